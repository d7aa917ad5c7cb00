import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { baselineOf } from "../../../lib/core/fill-cost/baseline.ts";
import type { KnownEvent } from "../../../lib/core/known-event.ts";
import { chance } from "../../support/memory/chance.ts";
import { DAY, HOUR, MINUTE, NOON } from "../samples.ts";

const END = NOON / HOUR;
const LONG_AGO = NOON - 100 * DAY;

interface Hour {
  readonly hour: number;
  readonly fillCost: number;
}

function mark(from: number, to: number): KnownEvent {
  return { id: `mark ${from}`, kind: "onboarding", from, to, by: "ops", note: "" };
}

const week = (cost: (hoursAgo: number) => number): Hour[] =>
  Array.from({ length: 168 }, (_, i) => ({ hour: END - 168 + i, fillCost: cost(168 - i) }));

/** The same figures in another way: hour by hour over the clock, sorting and counting by hand. */
function byHand(hours: readonly Hour[], events: readonly KnownEvent[]) {
  const counted: number[] = [];
  const days: number[] = [];
  for (let day = 0; day < 7; day++) {
    let cost = 0;
    let known = 0;
    for (let hour = END - 24 * (day + 1); hour < END - 24 * day; hour++) {
      const entry = hours.find((candidate) => candidate.hour === hour);
      const start = hour * HOUR;
      const isMarked = events.some(({ from, to }) => {
        for (let at = start; at < start + HOUR; at += 5 * MINUTE) if (at >= from && at <= to) return true;
        return false;
      });
      if (entry === undefined || isMarked) continue;
      counted.push(entry.fillCost);
      cost += entry.fillCost;
      known += 1;
    }
    if (known > 0) days.push(cost);
  }
  const ascending = (a: number, b: number) => a - b;
  days.sort(ascending);
  counted.sort(ascending);
  const [low = 0, high = 0] = [days[Math.ceil(days.length / 2) - 1], days[Math.floor(days.length / 2)]];
  // 95 % of the way from the smallest to the largest, by linear interpolation, in hundredths of a place.
  const place = 95 * Math.max(0, counted.length - 1);
  const [lower = 0, upper = lower] = counted.slice(Math.floor(place / 100), Math.floor(place / 100) + 2);
  const hourlyPeak = (lower * (100 - (place % 100)) + upper * (place % 100)) / 100;
  return { fillRate: (low + high) / 2, hourlyPeak, hoursCounted: counted.length };
}

const baseline = (hours: readonly Hour[], events: readonly KnownEvent[] = [], now = NOON) =>
  baselineOf(hours, events, LONG_AGO, now);

describe("the baseline", () => {
  it("is the same as one computed by hand, on any series with gaps and marks, to half a micro-USD", () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(0, 0.1, 0.9), fc.nat(4), (seed, gaps, marks) => {
        const hours = Array.from({ length: 200 }, (_, i) => ({
          hour: END - 190 + i,
          // Most hours fill nothing, as those of a warmer that reads.
          fillCost: Math.max(0, Math.round(5e6 * (chance(seed, i) - 0.6))),
        })).filter((_, i) => chance(seed, i, 1) >= gaps);
        const events = Array.from({ length: marks }, (_, i) => {
          const from = NOON - Math.floor(170 * 12 * chance(seed, i, 2)) * 5 * MINUTE;
          return mark(from, from + Math.floor(144 * chance(seed, i, 3)) * 5 * MINUTE);
        });
        const expected = byHand(hours, events);
        const actual = baseline(hours, events);
        expect(actual).toMatchObject({ state: "known", hoursCounted: expected.hoursCounted });
        expect(Math.abs(actual.fillRate - expected.fillRate)).toBeLessThanOrEqual(0.5);
        expect(Math.abs(actual.hourlyPeak - expected.hourlyPeak)).toBeLessThanOrEqual(0.501);
      }),
      { numRuns: 60 },
    );
  });

  it("of a constant cost is that cost", () => {
    expect(baseline(week(() => 50))).toMatchObject({ fillRate: 24 * 50, hourlyPeak: 50, hoursCounted: 168 });
  });

  it("counts a day without fills as zero", () => {
    const hours = week((ago) => (ago <= 4 * 24 ? 0 : 50));
    expect(baseline(hours)).toMatchObject({ fillRate: 0, hourlyPeak: 50 });
  });

  it("counts a day that nobody recorded not at all", () => {
    const hours = week(() => 50).filter((_, i) => i >= 4 * 24);
    expect(baseline(hours)).toMatchObject({ fillRate: 24 * 50, hoursCounted: 72 });
  });

  it("is nothing after a week of marked events: the least baseline is the yardstick then", () => {
    const marked = [mark(NOON - 8 * DAY, NOON)];
    expect(
      baseline(
        week(() => 50),
        marked,
      ),
    ).toMatchObject({
      state: "known",
      fillRate: 0,
      hourlyPeak: 0,
      hoursCounted: 0,
    });
  });

  it("leaves out every hour that an event touches, be it by a millisecond", () => {
    const marked = [mark(NOON - 10 * HOUR, NOON - 8 * HOUR - 1)];
    expect(
      baseline(
        week(() => 50),
        marked,
      ).hoursCounted,
    ).toBe(166);
    expect(
      baseline(
        week(() => 50),
        [mark(NOON - 10 * HOUR, NOON - 8 * HOUR)],
      ).hoursCounted,
    ).toBe(165);
  });

  it.each([
    ["overlap", [mark(NOON - 10 * HOUR, NOON - 5 * HOUR - 1), mark(NOON - 8 * HOUR, NOON - 6 * HOUR)], 163],
    ["lie in the future", [mark(NOON + HOUR, NOON + 9 * HOUR)], 168],
    ["end before they begin", [mark(NOON - 5 * HOUR, NOON - 9 * HOUR)], 168],
    ["end before they begin, within an hour", [mark(NOON - 5 * HOUR + 9, NOON - 5 * HOUR + 3)], 168],
  ])("with marks that %s counts the hours that none of them covers", (_what, events, counted) => {
    expect(
      baseline(
        week(() => 50),
        events,
      ).hoursCounted,
    ).toBe(counted);
  });

  it("ignores hours of the future, and those of more than seven days ago", () => {
    const odd = [-1, 0, 5].map((ahead) => ({ hour: END + ahead, fillCost: 1e9 }));
    const old = { hour: END - 169, fillCost: 1e9 };
    expect(baseline([old, ...week(() => 50).slice(0, -1), ...odd.slice(1)])).toMatchObject({
      hourlyPeak: 50,
      hoursCounted: 167,
    });
  });
});

describe("learning", () => {
  it.each([
    { after: 0, state: "learning", day: 1 },
    { after: 24 * HOUR - 1, state: "learning", day: 1 },
    { after: 24 * HOUR, state: "learning", day: 2 },
    { after: 60 * HOUR, state: "learning", day: 3 },
    { after: 168 * HOUR - 1, state: "learning", day: 7 },
    { after: 168 * HOUR, state: "known", day: 7 },
    { after: 500 * HOUR, state: "known", day: 7 },
    { after: -3 * HOUR, state: "learning", day: 1 },
  ])("$after ms after init is $state, day $day", ({ after, state, day }) => {
    expect(baselineOf([], [], NOON, NOON + after)).toMatchObject({ state, day });
  });

  it("does not begin again when the history is lost: that would silence the levels for a week", () => {
    expect(baseline([]).state).toBe("known");
  });
});
