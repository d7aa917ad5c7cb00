import { describe, expect, it } from "vitest";
import { deployedNow } from "../../lib/core/deployed.ts";
import { HOUR, NOON } from "./samples.ts";

const version = { config: "c1", code: "k1" };
const before = deployedNow(undefined, version, NOON);

describe("what is deployed", () => {
  it("is no change when it is seen for the first time", () => {
    expect(before).toEqual({ ...version, since: NOON, changed: [] });
  });

  it("stays the same value as long as it is the same, so that nothing is written", () => {
    expect(deployedNow(before, { ...version }, NOON + HOUR)).toBe(before);
  });

  it.each([
    [{ config: "c2", code: "k1" }, ["configuration"]],
    [{ config: "c1", code: "k2" }, ["stack-update"]],
    [{ config: "c2", code: "k2" }, ["configuration", "stack-update"]],
  ])("is %j since it was first seen, and says what changed: %j", (next, changed) => {
    expect(deployedNow(before, next, NOON + HOUR)).toEqual({ ...next, since: NOON + HOUR, changed });
  });

  it("names the last change only", () => {
    const second = deployedNow(before, { ...version, config: "c2" }, NOON + 1);
    const third = deployedNow(second, { config: "c2", code: "k2" }, NOON + 2);
    expect(third).toEqual({ config: "c2", code: "k2", since: NOON + 2, changed: ["stack-update"] });
  });
});
