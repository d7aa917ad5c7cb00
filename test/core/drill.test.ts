import { describe, expect, it } from "vitest";
import { type Drill, drillIsDue, isDrilling, provenAt } from "../../lib/core/drill.ts";
import { DAY, NOON, SECOND } from "./samples.ts";

describe("a drill", () => {
  it("lasts for two and a half minutes: two periods of its alarm, whatever minute it begins in", () => {
    const drill = { requestedAt: NOON };
    const lasts = [0, 150 * SECOND - 1, 150 * SECOND].map((after) => isDrilling(drill, NOON + after));
    expect(lasts).toEqual([true, true, false]);
  });

  it("does not last where none was asked for", () => {
    expect(isDrilling(undefined, NOON)).toBe(false);
    expect(isDrilling({ heardByAction: NOON }, NOON)).toBe(false);
  });
});

describe("the paths to a pause", () => {
  const created = NOON - 90 * DAY;

  it.each<[string, Drill | undefined, number]>([
    ["the warmer exists, before the first drill", undefined, created],
    ["the warmer exists, while a drill was heard by nobody", { requestedAt: NOON }, created],
    ["the warmer exists, while only the action heard it", { heardByAction: NOON }, created],
    ["the warmer exists, while only the rule heard it", { heardByRule: NOON }, created],
    ["the rule heard it, the older one", { heardByAction: NOON, heardByRule: NOON - 5 }, NOON - 5],
    ["the action heard it, the older one", { heardByAction: NOON - 5, heardByRule: NOON }, NOON - 5],
  ])("are proven since %s", (_what, drill, at) => {
    expect(provenAt(drill, created)).toBe(at);
  });
});

describe("the next drill", () => {
  const proven = { requestedAt: NOON, heardByAction: NOON, heardByRule: NOON };

  it("is due thirty days after the last proof", () => {
    expect(drillIsDue(proven, 0, NOON + 30 * DAY - 1)).toBe(false);
    expect(drillIsDue(proven, 0, NOON + 30 * DAY)).toBe(true);
  });

  it("of a new warmer is due thirty days after it was made", () => {
    expect(drillIsDue(undefined, NOON, NOON + 30 * DAY - 1)).toBe(false);
    expect(drillIsDue(undefined, NOON, NOON + 30 * DAY)).toBe(true);
  });

  it("is asked for once a day where a path is broken", () => {
    const broken = { ...proven, requestedAt: NOON + 40 * DAY };
    expect(drillIsDue(broken, 0, NOON + 41 * DAY - 1)).toBe(false);
    expect(drillIsDue(broken, 0, NOON + 41 * DAY)).toBe(true);
  });
});
