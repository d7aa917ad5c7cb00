import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FAULTS, SIMULATED } from "./fault-table.ts";
import { HAPPENINGS } from "./happenings.ts";

const ROOT = join(import.meta.dirname, "../..");

describe("the table of simulated faults", () => {
  it("has F1 to F45, each once and in order", () => {
    expect(Object.keys(FAULTS)).toEqual(Array.from({ length: 45 }, (_, i) => `F${i + 1}`));
  });

  it("lets every fault happen that it says happens, and no other", () => {
    const happening = Object.entries(FAULTS).flatMap(([code, { how }]) => (how === "happens" ? [code] : []));
    const planned = Object.keys(HAPPENINGS).filter((name) => /^F\d+$/.test(name));
    expect(planned.toSorted()).toEqual(happening.toSorted());
  });

  it("names a test for each fault that is caused elsewhere, and those are few", () => {
    const elsewhere = Object.values(FAULTS).filter((fault) => fault.how === "elsewhere");
    for (const { test } of elsewhere) expect(existsSync(join(ROOT, test)), test).toBe(true);
    expect(elsewhere.length + SIMULATED.length).toBe(45);
    expect(elsewhere.length).toBeLessThan(5);
  });
});
