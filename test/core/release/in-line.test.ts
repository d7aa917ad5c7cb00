import { describe, expect, it } from "vitest";
import { changing, inLineWith, isInLine, over } from "../../../lib/core/release/in-line.ts";
import type { Served, Serving } from "../../../lib/core/release/serving.ts";
import { aControl, NOON } from "../samples.ts";

const live = { color: "blue", digest: "d1" };
const green = { color: "green", digest: "d2" };
const canary = { color: "canary", digest: "d3" };
const serving: Serving = {
  ...live,
  release: "r1",
  parameterVersion: 3,
  since: NOON,
  prefixes: 1,
  required: 1,
};

describe("the prefix items are in line", () => {
  it.each<[string, Serving | undefined, Served, readonly Served[], boolean]>([
    ["with nothing at first", undefined, live, [], false],
    ["with the live manifest", serving, live, [], true],
    ["with no other color", serving, { ...live, color: "green" }, [], false],
    ["with no other manifest of it", serving, { ...live, digest: "d9" }, [], false],
    ["with those beside it", { ...serving, beside: [green] }, live, [green], true],
    [
      "with those beside it in any order",
      { ...serving, beside: [green, canary] },
      live,
      [canary, green],
      true,
    ],
    ["not if one more is beside it", { ...serving, beside: [green] }, live, [green, canary], false],
    ["not if one less is beside it", { ...serving, beside: [green] }, live, [], false],
    ["not if none was beside it", serving, live, [green], false],
    [
      "not if another manifest is beside it",
      { ...serving, beside: [green] },
      live,
      [{ ...green, digest: "d9" }],
      false,
    ],
    [
      "not if one of two is another",
      { ...serving, beside: [green, canary] },
      live,
      [green, { ...canary, color: "x" }],
      false,
    ],
  ])("%s", (_what, known, wanted, beside, inLine) => {
    const control = aControl(known === undefined ? {} : { serving: known });
    expect(isInLine(control, wanted, beside)).toBe(inLine);
  });
});

describe("a run that changes them", () => {
  const run = { owner: "run", until: NOON + 120_000 };
  const other = { owner: "other", until: NOON + 60_000 };

  it("says so in the control item first, also before the first release", () => {
    for (const before of [aControl({ serving }), aControl()]) {
      const control = changing(before, run);
      expect(control).toEqual({ ...before, changing: [run] });
      expect(isInLine(control, live, [])).toBe(false);
    }
  });

  it("says what they are in line with last", () => {
    const after = inLineWith(changing(aControl(), run), serving, "run", NOON);
    expect(after).toEqual(aControl({ serving }));
    expect(isInLine(after, live, [])).toBe(true);
  });

  it.each([
    { readAt: other.until - 1, left: [other] },
    { readAt: other.until, left: [] },
  ])("says so for another one too that was dead before it read them: at $readAt", ({ readAt, left }) => {
    const both = changing(changing(aControl(), other), run);
    const after = inLineWith(both, serving, "run", readAt);
    expect(after.changing ?? []).toEqual(left);
    expect(isInLine(after, live, [])).toBe(left.length === 0);
  });

  it("that fails leaves its mark, which the next one takes away at once", () => {
    const failed = over(changing(changing(aControl({ serving }), other), run), "run");
    expect(isInLine(failed, live, [])).toBe(false);
    const after = inLineWith(failed, serving, "next", NOON);
    expect(after.changing).toEqual([other]);
  });

  it("and has no mark any more has nothing to say of its end", () => {
    const control = changing(aControl({ serving }), other);
    expect(over(control, "run")).toBe(control);
    expect(over(aControl(), "run")).toEqual(aControl());
  });

  it("is named once, and no more than four are", () => {
    const runs = ["a", "b", "c", "d", "b", "e"].map((owner) => ({ owner, until: NOON }));
    const marks = runs.reduce(changing, aControl()).changing ?? [];
    expect(marks.map(({ owner }) => owner)).toEqual(["c", "d", "b", "e"]);
  });
});
