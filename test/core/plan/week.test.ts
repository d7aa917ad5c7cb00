import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LEARNED_SIZE } from "../../../lib/core/plan/layout.ts";
import { daysUsed, markWeek, usesPerHour, wasUsed } from "../../../lib/core/plan/week.ts";

/** Hours since the epoch: a midnight. */
const MIDNIGHT = 483_336;
const WEEK = 168;

/** A week in which these hours were used, in order. */
function weekOf(hours: readonly number[]): Uint16Array {
  const learned = new Uint16Array(LEARNED_SIZE);
  let last = 0;
  for (const hour of hours) {
    markWeek(learned, last, hour * 60 + 17);
    last = hour * 60 + 17;
  }
  return learned;
}

/** Used at the same hours of each of the last seven days. */
const daily = (...hoursOfDay: readonly number[]) =>
  weekOf(
    Array.from({ length: 7 }, (_, day) => hoursOfDay.map((hour) => MIDNIGHT + 24 * (day - 7) + hour)).flat(),
  );

describe("the week of a prefix", () => {
  it("holds exactly the used ones of the last 168 hours", () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(gaps, fc.nat(WEEK), (between, start) => {
        let at = MIDNIGHT + start;
        const hours = between.map((gap) => (at += gap));
        const learned = weekOf(hours);
        const used = new Set(hours.filter((hour) => hour > at - WEEK));
        const last = Array.from({ length: WEEK }, (_, ago) => at - ago);
        expect(last.filter((hour) => wasUsed(learned, hour))).toEqual(last.filter((hour) => used.has(hour)));
        const ofDay = Array.from({ length: 24 }, (_, hour) => hour);
        expect(ofDay.map((hour) => daysUsed(learned, hour))).toEqual(
          ofDay.map((hour) => [...used].filter((one) => one % 24 === hour).length),
        );
      }),
      { numRuns: 40 },
    );
  });

  it("keeps to its own place among what is learned", () => {
    const learned = daily(...Array.from({ length: 24 }, (_, hour) => hour));
    expect(learned.filter((word) => word !== 0)).toEqual(new Uint16Array(12).fill(0x7f7f));
  });

  it.each([
    [0, true],
    [59, true],
    [60, false],
    [-1, false],
  ])("marks the hour that holds the minute, at its minute %d: %s", (minute, used) => {
    const learned = new Uint16Array(LEARNED_SIZE);
    markWeek(learned, 0, MIDNIGHT * 60 + minute);
    expect(wasUsed(learned, MIDNIGHT)).toBe(used);
  });
});

describe("uses per hour", () => {
  const at = (learned: Uint16Array, hourOfDay: number, seen = WEEK) =>
    usesPerHour(learned, MIDNIGHT + hourOfDay, seen);

  it("are most at the hours that were used, fewer the farther away, and fewest at night", () => {
    const week = daily(12);
    const rates = [12, 13, 14, 15, 16, 17].map((hour) => at(week, hour));
    expect(rates[0]).toBeGreaterThanOrEqual(rates[1] ?? Number.NaN);
    for (let away = 2; away < rates.length; away++) {
      expect(rates[away]).toBeLessThan(rates[away - 1] ?? Number.NaN);
    }
    expect(at(week, 17)).toBe(at(week, 0));
  });

  it("are the same before and after, also around midnight", () => {
    for (const hour of [0, 3, 12, 23]) {
      const week = daily(hour);
      for (let away = 1; away < 8; away++) {
        expect(at(week, (hour + away) % 24)).toBeCloseTo(at(week, (hour - away + 24) % 24), 12);
      }
    }
  });

  it("are more with each day, and fewer the more hours it could have been seen in", () => {
    const days = (count: number) =>
      weekOf(Array.from({ length: count }, (_, day) => MIDNIGHT + 24 * (day - count) + 12));
    for (let count = 1; count < 7; count++) {
      expect(at(days(count + 1), 12)).toBeGreaterThan(at(days(count), 12));
      expect(at(days(count), 12, 100)).toBeGreaterThan(at(days(count), 12, 101));
    }
  });

  it("at an hour far from any use are more where there were more uses on the whole", () => {
    expect(at(daily(11, 12, 13), 23)).toBeGreaterThan(at(daily(12), 23));
    // Seven uses in 168 hours, and a doubt of one hour; nine hours of the day say something of one, the far ones less.
    const rare = -Math.log(1 - 7.3 / 169 / (6.6 * 7 + 1));
    expect(at(daily(12), 23)).toBeCloseTo(rare, 9);
    expect(at(daily(0), 12)).toBeCloseTo(rare, 9);
  });

  it("are positive and finite whatever was seen, as one that lives on habit alone needs", () => {
    const all = Array.from({ length: 24 }, (_, hour) => hour);
    for (const week of [daily(), daily(5), daily(...all)]) {
      for (const seen of [1, 24, WEEK]) {
        for (const hour of all) {
          expect(at(week, hour, seen)).toBeGreaterThan(0);
          expect(at(week, hour, seen)).toBeLessThanOrEqual(-Math.log(0.005) + 1e-9);
        }
      }
    }
  });

  it("of a prefix that was used in one hour out of n are about one in n, whatever the hour", () => {
    const everyThird = weekOf(Array.from({ length: 56 }, (_, i) => MIDNIGHT - WEEK + 3 * i));
    for (let hour = 0; hour < 24; hour++) {
      expect(1 - Math.exp(-at(everyThird, hour))).toBeGreaterThan(0.25);
      expect(1 - Math.exp(-at(everyThird, hour))).toBeLessThan(0.42);
    }
  });
});
