import { describe, expect, it } from "vitest";
import type { Control } from "../../../lib/core/control.ts";
import type { Baseline } from "../../../lib/core/fill-cost/baseline.ts";
import { EMPTY_HISTORY, type FillHistory } from "../../../lib/core/fill-cost/fill-history.ts";
import { addToMinute } from "../../../lib/core/fill-cost/fill-minutes.ts";
import { fillRate } from "../../../lib/core/fill-cost/fill-rate.ts";
import type { KnownEvent } from "../../../lib/core/known-event.ts";
import { aControl, DAY, HOUR, MINUTE, NOON } from "../samples.ts";

const NOON_HOUR = NOON / HOUR;

const CONFIG = {
  spikes: {
    factors: { info: 1.5, warning: 2, critical: 5 },
    windows: { warning: 15, critical: 10 },
    minimumBaseline: 100_000,
    minimumSpike: 50_000,
  },
  expected: { prefixes: 1, tokensPerPrefix: 10_000, model: "claude-sonnet-5-5", ttl: "1h" },
  guardrails: { hourly: 1_000_000, daily: 9_000_000, absoluteMax: 9_000_000, actionOnLimit: "pause_warmer" },
} as const;

const BASELINE: Baseline = { state: "known", day: 7, fillRate: 0, hourlyPeak: 100_000, hoursCounted: 168 };
const HISTORY: FillHistory = { ...EMPTY_HISTORY, normal: { hour: NOON_HOUR, baseline: BASELINE } };

/** A fill in the last minute before noon. */
const COST = 80_000;

interface World {
  readonly control?: Partial<Control>;
  readonly history?: FillHistory;
  readonly events?: readonly KnownEvent[];
  /** Fill cost of the hour before noon, the last minute's included, and of the one that begins at noon. */
  readonly lastHour?: number;
  readonly thisHour?: number;
}

function rateOf({ control, history = HISTORY, events = [], lastHour = COST, thisHour = 0 }: World = {}) {
  const known = aControl(control);
  const fills = { fillCost: COST, fills: 1, unexpected: 0, failed: 0 };
  const ledger = {
    ...known.ledger,
    hour: { ...known.ledger.hour, fillCost: thisHour },
    minutes: addToMinute([], NOON - MINUTE, fills),
    closed: [{ hour: NOON_HOUR - 1, fillCost: lastHour, spent: lastHour }],
  };
  return fillRate({ ...known, ledger }, history, events, CONFIG, NOON);
}

const resumed = (at: number): World => ({ control: { lastResume: { at, by: "ops", reason: "fixed" } } });

/** What known events explain of the window of a quarter of an hour, at an hour's rate. */
const explainedBy = (world: World) => rateOf(world).reading.explained / 4;

describe("the rate of fill cost", () => {
  it("is that of the last quarter of an hour, against what is normal", () => {
    const { reading } = rateOf();
    expect(reading).toMatchObject({
      rate: 4 * COST,
      normal: 100_000,
      explained: 0,
      ratio: 3.2,
      level: "warning",
    });
  });

  it("is measured by the baseline that the monitor has made", () => {
    expect(rateOf().baseline).toBe(BASELINE);
    const live = { digest: "live", all: 10, largest: 500_000 };
    const { settings } = rateOf({ history: { ...HISTORY, normal: { hour: 1, baseline: BASELINE, live } } });
    expect(settings).toMatchObject(CONFIG.spikes);
  });

  it("is measured by the history's hours where it has made none, from the day on which recording began", () => {
    const hours = Array.from({ length: 168 }, (_, ago) => ({
      hour: NOON_HOUR - 168 + ago,
      fillCost: 300_000,
      spend: 0,
      avoided: 0,
      requests: 0,
    }));
    const history = { ...EMPTY_HISTORY, hours };
    const { baseline, reading } = rateOf({ history, control: { createdAt: NOON - 8 * DAY } });
    expect(baseline).toMatchObject({ state: "known", hourlyPeak: 300_000, hoursCounted: 168 });
    expect(reading.normal).toBe(300_000);
    expect(rateOf({ history, control: { createdAt: NOON } }).baseline.state).toBe("learning");
  });

  it("is explained by a known event", () => {
    const event = {
      id: "1",
      kind: "deploy",
      from: NOON - 5 * MINUTE,
      to: NOON,
      by: "ops",
      note: "",
    } as const;
    expect(explainedBy({ events: [{ ...event, expectedCost: 20_000 }] })).toBe(30_000);
  });
});

describe("the fills after a resume", () => {
  it.each([
    ["in the same minute", NOON - MINUTE, COST],
    ["half an hour before them", NOON - 31 * MINUTE, COST],
    ["longer before them", NOON - 32 * MINUTE, 0],
    ["after them", NOON, 0],
  ])("are expected where it was %s", (_when, at, explained) => {
    expect(explainedBy(resumed(at))).toBe(explained);
  });

  it("are expected once: what came between counts against what the resume explains", () => {
    const early = resumed(NOON - 31 * MINUTE);
    // Half as much again as the least baseline is explained: 150,000.
    expect(explainedBy({ ...early, lastHour: COST + 70_000 })).toBe(80_000);
    expect(explainedBy({ ...early, lastHour: COST + 100_000 })).toBe(50_000);
    expect(explainedBy({ ...early, lastHour: COST + 150_000 })).toBe(0);
    expect(explainedBy({ ...early, lastHour: COST + 100_000, thisHour: 20_000 })).toBe(30_000);
  });

  it("are counted from whole hours, each once, by the larger of its figures", () => {
    const anHour = (hour: number, fillCost: number) => ({
      hour,
      fillCost,
      spend: 0,
      avoided: 0,
      requests: 0,
    });
    const withHours = (...hours: readonly ReturnType<typeof anHour>[]) => ({
      ...resumed(NOON - 31 * MINUTE),
      history: { ...HISTORY, hours },
    });
    expect(explainedBy({ ...withHours(anHour(NOON_HOUR - 1, COST + 100_000)), lastHour: COST })).toBe(50_000);
    expect(explainedBy({ ...withHours(anHour(NOON_HOUR - 1, COST)), lastHour: COST + 100_000 })).toBe(50_000);
    expect(explainedBy(withHours(anHour(NOON_HOUR - 2, 1_000_000)))).toBe(COST);
  });
});
