import { describe, expect, it } from "vitest";
import { INVARIANTS } from "./invariants.ts";
import { caughtBySeed, PLANTED_BUGS } from "./planted-bugs.ts";

/** A bug that is seen late is looked for in many stories. */
const LOOKED_FOR_AT_MOST = 300_000;

describe("planted bugs", () => {
  it.each(PLANTED_BUGS)(
    "$breaks sees that $name",
    async (bug) => {
      expect(await caughtBySeed(bug)).toBeDefined();
    },
    LOOKED_FOR_AT_MOST,
  );

  it("are at least twenty, and each invariant is broken by one", () => {
    expect(PLANTED_BUGS.length).toBeGreaterThanOrEqual(20);
    expect(new Set(PLANTED_BUGS.map(({ breaks }) => breaks))).toEqual(new Set(Object.keys(INVARIANTS)));
    expect(new Set(PLANTED_BUGS.map(({ name }) => name)).size).toBe(PLANTED_BUGS.length);
  });
});
