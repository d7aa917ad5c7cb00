import { describe, expect, it } from "vitest";
import { changing, isInLine } from "../../../lib/core/release/in-line.ts";
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
    ["with nothing while a run changes them", { ...serving, isChanging: true }, live, [], false],
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
    expect(isInLine(known, wanted, beside)).toBe(inLine);
  });
});

describe("a run that begins to change them", () => {
  it("says so in the control item first", () => {
    const control = changing(aControl({ serving }));
    expect(control.serving).toEqual({ ...serving, isChanging: true });
    expect(isInLine(control.serving, live, [])).toBe(false);
  });

  it("has nothing to say where they are in line with nothing anyway", () => {
    for (const control of [aControl(), aControl({ serving: { ...serving, isChanging: true } })])
      expect(changing(control)).toBe(control);
  });
});
