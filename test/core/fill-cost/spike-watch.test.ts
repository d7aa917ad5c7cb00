import { describe, expect, it } from "vitest";
import type { Level } from "../../../lib/core/fill-cost/spike.ts";
import {
  CALM_AFTER_MS,
  isUntold,
  type SpikeWatch,
  watchSpike,
} from "../../../lib/core/fill-cost/spike-watch.ts";
import { HOUR, MINUTE, NOON } from "../samples.ts";

/** Each letter is a minute with that level; what became of the incident, minute by minute. */
function changes(minutes: string, tells = true): string[] {
  const levels: Record<string, Level | undefined> = { i: "info", w: "warning", c: "critical" };
  let watch: SpikeWatch | undefined;
  return [...minutes].map((letter, i) => {
    const step = watchSpike(watch, levels[letter], `incident ${i}`, NOON + i * MINUTE);
    watch = step.watch;
    if (tells && watch !== undefined && isUntold(watch)) {
      watch = { ...watch, told: watch.level };
      return `${step.change} ${watch.level}, told`;
    }
    return step.change ?? "";
  });
}

const quiet = (minutes: number) => ".".repeat(minutes);
const told = (...args: Parameters<typeof changes>) => changes(...args).filter((change) => change !== "");

describe("a spike", () => {
  it("opens an incident, and is told once for each level that it rises to", () => {
    expect(told("..iiiwwwccc")).toEqual([
      "opened info, told",
      "raised warning, told",
      "raised critical, told",
    ]);
  });

  it("is told at once at the level that it begins with", () => {
    expect(told("..ccwwii")).toEqual(["opened critical, told"]);
  });

  it("is not told again when it flaps below the level that it reached", () => {
    expect(told(`cc..ww${quiet(10)}ii..cc..`)).toEqual(["opened critical, told"]);
  });

  it.each([
    [15, []],
    [16, ["calmed"]],
  ])("is calm after a quarter of an hour without a level: %i quiet minutes", (minutes, ended) => {
    expect(told(`w${quiet(minutes)}`)).toEqual(["opened warning, told", ...ended]);
  });

  it("that comes after a calm one is another incident", () => {
    expect(told(`w${quiet(16)}i`)).toEqual(["opened warning, told", "calmed", "opened info, told"]);
  });

  it("is not calm before people were told of it", () => {
    expect(told(`w${quiet(60)}`, false)).toEqual(["opened"]);
  });

  const watch: SpikeWatch = { incident: "1", level: "info", since: NOON, told: "info" };

  it("counts the calm anew when a clock goes back", () => {
    const calm = watchSpike(watch, undefined, "", NOON + HOUR).watch;
    const back = watchSpike(calm, undefined, "", NOON).watch;
    expect(back?.calmSince).toBe(NOON);
    expect(watchSpike(back, undefined, "", NOON + CALM_AFTER_MS)).toEqual({
      watch: undefined,
      change: "calmed",
    });
  });

  it("that goes on as it is changes nothing that would have to be stored", () => {
    expect(watchSpike(watch, "info", "", NOON + MINUTE).watch).toBe(watch);
    const calm = { ...watch, calmSince: NOON };
    expect(watchSpike(calm, undefined, "", NOON + MINUTE).watch).toBe(calm);
    expect(watchSpike(undefined, undefined, "", NOON)).toEqual({ watch: undefined });
  });
});
