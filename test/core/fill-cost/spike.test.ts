import { describe, expect, it } from "vitest";
import type { Baseline } from "../../../lib/core/fill-cost/baseline.ts";
import { addToMinute, type FillMinute } from "../../../lib/core/fill-cost/fill-minutes.ts";
import { type Level, readSpike, type SpikeSettings } from "../../../lib/core/fill-cost/spike.ts";
import type { KnownEvent } from "../../../lib/core/known-event.ts";
import { DAY, HOUR, MINUTE, NOON } from "../samples.ts";

/** Normal is 1.20 USD an hour: 2 cents a minute. */
const NORMAL = 1_200_000;
const A_MINUTE = NORMAL / 60;

const KNOWN: Baseline = { state: "known", day: 7, fillRate: 0, hourlyPeak: NORMAL, hoursCounted: 168 };
const SETTINGS: SpikeSettings = {
  factors: { info: 1.5, warning: 2, critical: 5 },
  windows: { warning: 15, critical: 10 },
  minimumBaseline: 100_000,
  minimumSpike: 50_000,
};

/** Fills that cost so much, so many minutes ago. */
function fills(...costs: readonly (readonly [minutesAgo: number, cost: number])[]): readonly FillMinute[] {
  return costs.reduce<readonly FillMinute[]>(
    (minutes, [ago, fillCost]) =>
      addToMinute(minutes, NOON - ago * MINUTE, { fillCost, fills: 1, unexpected: 0, failed: 0 }),
    [],
  );
}

/** The same cost in each of the last minutes, the oldest first. */
const steady = (cost: number, minutes = 15) =>
  fills(...Array.from({ length: minutes }, (_, i) => [minutes - i, cost] as const));

function mark(fields: Partial<KnownEvent> = {}): KnownEvent {
  const from = NOON - 10 * MINUTE;
  return { id: "mark", kind: "deploy", from, to: NOON + HOUR, by: "ops", note: "", ...fields };
}

interface Around {
  readonly baseline?: Baseline;
  readonly events?: readonly KnownEvent[];
  readonly settings?: Partial<SpikeSettings>;
  readonly costSince?: number;
}

function read(minutes: readonly FillMinute[], around: Around = {}) {
  const { baseline = KNOWN, events = [], settings = {}, costSince = 0 } = around;
  return readSpike(minutes, baseline, events, { ...SETTINGS, ...settings }, () => costSince, NOON);
}

describe("a level", () => {
  it.each<{ times: number; over: number; level: Level | undefined }>([
    { times: 1.5, over: 0, level: undefined },
    { times: 1.5, over: 1, level: "info" },
    { times: 2, over: -1, level: "info" },
    { times: 2, over: 0, level: "info" },
    { times: 2, over: 1, level: "warning" },
    { times: 5, over: -1, level: "warning" },
    { times: 5, over: 0, level: "warning" },
  ])("at $times times normal and $over micro-USD is $level", ({ times, over, level }) => {
    const even = fills([11, 15 * times * A_MINUTE + over]);
    expect(read(even).level).toBe(level);
  });

  it.each<{ over: number; level: Level }>([
    { over: -1, level: "warning" },
    { over: 0, level: "warning" },
    { over: 1, level: "critical" },
  ])("at 5 times normal over ten minutes and $over micro-USD is $level", ({ over, level }) => {
    const reading = read(fills([10, 5 * 10 * A_MINUTE + over]));
    expect(reading.level).toBe(level);
    expect(reading.ratio).toBeGreaterThan(SETTINGS.factors[level]);
  });

  it("is critical only if the last ten minutes confirm it: a burst that is over is not", () => {
    expect(read(fills([14, 15 * 9 * A_MINUTE]))).toMatchObject({ ratio: 5, level: "warning" });
    expect(read(fills([10, 15 * 9 * A_MINUTE]))).toMatchObject({ ratio: 13.5, level: "critical" });
  });

  it("follows the factors and windows of the configuration", () => {
    const settings = {
      factors: { info: 1.1, warning: 3, critical: 4 },
      windows: { warning: 5, critical: 5 },
    };
    expect(read(steady(1.2 * A_MINUTE), { settings }).level).toBe("info");
    expect(read(steady(3 * A_MINUTE + 1, 5), { settings }).level).toBe("warning");
    expect(read(fills([6, 1e9]), { settings }).level).toBeUndefined();
  });

  it("does not hold while the baseline is learnt, whatever the rate", () => {
    const reading = read(steady(1e9), { baseline: { ...KNOWN, state: "learning" } });
    expect(reading.rate).toBe(60e9);
    expect(reading).not.toHaveProperty("ratio");
    expect(reading).not.toHaveProperty("level");
  });

  it("is measured against the least baseline where the baseline is lower", () => {
    const baseline = { ...KNOWN, hourlyPeak: 0 };
    const settings = { minimumBaseline: NORMAL };
    expect(read(fills([11, 15 * 2 * A_MINUTE + 1]), { baseline, settings }).level).toBe("warning");
    expect(read(fills([11, 15 * 1.5 * A_MINUTE]), { baseline, settings })).toMatchObject({
      normal: NORMAL,
      ratio: 1.5,
    });
  });

  it.each([
    { over: 0, ratio: 1, level: undefined },
    { over: 1, ratio: expect.closeTo(1.75), level: "info" },
  ])("does not hold below the least spike: $over above it is $level", ({ over, ratio, level }) => {
    const settings = { minimumSpike: 0.75 * NORMAL };
    const reading = read(fills([11, 15 * 1.75 * A_MINUTE + over]), { settings });
    expect(reading.ratio).toEqual(ratio);
    expect(reading.level).toBe(level);
  });

  it("ends when the fills have left the window", () => {
    expect(read(fills([15, 1e9])).level).toBe("warning");
    expect(read(fills([16, 1e9])).level).toBeUndefined();
  });
});

describe("a known event", () => {
  const cost = 15 * 4 * A_MINUTE;

  it.each([
    { expected: cost / 1.5, level: undefined, what: "all of it" },
    { expected: cost / 3, level: "info", what: "half of it" },
    { expected: cost / 60, level: "warning", what: "next to nothing" },
    { expected: undefined, level: "warning", what: "nothing: nobody predicted a cost" },
  ])("explains up to 1.5 times its predicted cost: $what", ({ expected, level }) => {
    const event = mark({
      from: NOON - 12 * MINUTE,
      ...(expected !== undefined && { expectedCost: expected }),
    });
    const reading = read(fills([11, cost]), { events: [event] });
    expect(reading.level).toBe(level);
    expect(reading.explained).toBe(Math.min(4 * cost, Math.floor(1.5 * (expected ?? 0)) * 4));
  });

  it("does not explain what its allowance was spent on before the window", () => {
    const event = mark({ from: NOON - 2 * HOUR, expectedCost: cost });
    const minutes = fills([11, cost]);
    const having = (spentBefore: number) => read(minutes, { events: [event], costSince: spentBefore + cost });
    expect(having(0).explained).toBe(4 * cost);
    expect(having(0.5 * cost).explained).toBe(4 * cost);
    expect(having(cost)).toMatchObject({ explained: 2 * cost, level: "info" });
    expect(having(1.5 * cost)).toMatchObject({ explained: 0, level: "warning" });
  });

  it("explains only the minutes that it covers", () => {
    const later = mark({ from: NOON - 5 * MINUTE, expectedCost: 1e9 });
    const earlier = mark({ from: NOON - DAY, to: NOON - 12 * MINUTE, expectedCost: 1e9 });
    expect(read(fills([11, cost]), { events: [later, earlier] })).toMatchObject({
      explained: 0,
      level: "warning",
    });
    expect(read(fills([5, cost]), { events: [later] }).explained).toBe(4 * cost);
    expect(read(fills([12, cost]), { events: [earlier] }).explained).toBe(4 * cost);
  });

  it("adds its allowance to that of one that overlaps it, and no minute is explained twice", () => {
    const half = mark({ from: NOON - 12 * MINUTE, expectedCost: cost / 3 });
    expect(read(fills([11, cost]), { events: [half, { ...half, id: "other" }] }).explained).toBe(4 * cost);
    const whole = { ...half, expectedCost: cost };
    expect(read(fills([11, cost]), { events: [whole, { ...whole, id: "other" }] })).toMatchObject({
      explained: 4 * cost,
      ratio: 0,
    });
  });

  it.each([
    ["of the future", { from: NOON + MINUTE, to: NOON + HOUR }],
    ["that is long over", { from: NOON - DAY, to: NOON - HOUR }],
    ["that ends before it begins", { from: NOON - 5 * MINUTE, to: NOON - 12 * MINUTE }],
    ["that costs nothing", { expectedCost: 0 }],
  ])("%s explains nothing", (_what, fields) => {
    const event = mark({ from: NOON - 12 * MINUTE, expectedCost: 1e9, ...fields });
    expect(read(fills([11, cost]), { events: [event] })).toMatchObject({ explained: 0, level: "warning" });
  });

  it("never makes the rate itself smaller: the gauge shows what is spent", () => {
    const event = mark({ from: NOON - 12 * MINUTE, expectedCost: 1e9 });
    expect(read(fills([11, cost]), { events: [event] }).rate).toBe(4 * cost);
  });
});
