import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dayName } from "../../../lib/core/plan/calendar.ts";
import { Experience } from "../../../lib/core/plan/experience.ts";
import { Forecast, MOST_PER_MINUTE } from "../../../lib/core/plan/forecast.ts";
import { policyNamed } from "../../../lib/core/plan/policies.ts";
import type { PlanState } from "../../../lib/core/plan/policy.ts";
import { prefix, START, use } from "./ticks.ts";

/** A midnight, in minutes since the epoch. */
const MIDNIGHT = Math.floor(START / 1440) * 1440;

/** Used at these minutes. */
function usedAt(...minutes: readonly number[]): PlanState {
  const policy = policyNamed("adaptive");
  const state = prefix(policy);
  for (const minute of minutes) use(state, policy, { minute, wrote: "1h" });
  return state;
}

const forecast = new Forecast(new Experience([]));

/** Used at ten o'clock of each of the seven days before. */
const daily = usedAt(...Array.from({ length: 7 }, (_, day) => MIDNIGHT + 1440 * (day - 7) + 600));

describe("the chance of a use", () => {
  it("is none of a prefix that was never used", () => {
    expect(forecast.chanceOfUse(usedAt(), START, START + 60)).toBe(0);
    expect(forecast.chanceInMinute(usedAt(), START, START)).toBe(0);
  });

  it("is one less all chances that nobody comes, part by part of the silence", () => {
    const minutes = fc.array(fc.nat(5_000), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(minutes, (some) => {
        const [a = 0, b = 0, c = 0] = some.toSorted((x, y) => x - y).map((minute) => START + minute);
        const state = usedAt(START - 70, START);
        const nobody = (from: number, to: number) => 1 - forecast.chanceOfUse(state, from, to);
        expect(nobody(a, c)).toBeCloseTo(nobody(a, b) * nobody(b, c), 9);
        expect(nobody(a, c)).toBeGreaterThanOrEqual(0);
        expect(nobody(a, c)).toBeLessThanOrEqual(1);
        expect(nobody(a, a)).toBe(1);
      }),
      { numRuns: 40 },
    );
  });

  it("falls as a silence gets longer", () => {
    const state = usedAt(START);
    const chances = [1, 10, 60, 600].map((after) =>
      forecast.chanceOfUse(state, START + after, START + after + 5),
    );
    expect(chances).toEqual(chances.toSorted((a, b) => b - a));
    expect(new Set(chances).size).toBe(4);
  });
});

describe("the chance of a use in one minute", () => {
  it("is that of its silence while it is being used", () => {
    const state = usedAt(START - 20, START);
    for (const after of [1, 6]) {
      expect(forecast.chanceInMinute(state, START + after, START)).toBe(
        forecast.chanceOfUse(state, START + after, START + after + 1),
      );
    }
    expect(forecast.chanceInMinute(state, START + 7, START)).not.toBe(
      forecast.chanceOfUse(state, START + 7, START + 8),
    );
  });

  it("is then that of the same hours of the days before", () => {
    const at = (hour: number) => forecast.chanceInMinute(daily, MIDNIGHT + 60 * hour, MIDNIGHT - 9 * 1440);
    expect(at(10)).toBeGreaterThan(at(13));
    expect(at(13)).toBeGreaterThan(at(16));
    expect(at(16)).toBe(at(23));
    expect(at(16)).toBeGreaterThan(0);
    expect(at(10)).toBeLessThan(0.1);
  });

  it("is less the longer anything has been seen: a new prefix was idle before", () => {
    const state = usedAt(START);
    const chance = (informed: number) => forecast.chanceInMinute(state, START + 60, START + informed);
    expect(chance(-600)).toBeLessThan(chance(0));
    expect(chance(-6_000)).toBeLessThan(chance(-600));
    // Beyond a week nothing is remembered of it either.
    expect(chance(-30_000)).toBe(chance(-20_000));
    expect(chance(30)).toBe(chance(0));
  });

  it("is far less on a closed day", () => {
    const closed = new Forecast(new Experience([dayName(MIDNIGHT / 1440)]));
    const minute = MIDNIGHT + 600;
    const ratio = closed.chanceInMinute(daily, minute, 0) / forecast.chanceInMinute(daily, minute, 0);
    expect(ratio).toBeCloseTo(0.2, 2);
  });
});

describe("requests in a minute of use", () => {
  it("are at least one, and never more than are counted", () => {
    const busy = usedAt(START);
    const policy = policyNamed("adaptive");
    for (let i = 1; i < 60; i++) use(busy, policy, { minute: START + i, requests: 400 });
    const [few, many] = [usedAt(START), busy].map((state) => forecast.requestsWhenUsed(state));
    expect(few).toBeGreaterThanOrEqual(1);
    expect(many).toBeGreaterThan(few ?? 0);
    expect(many).toBeLessThanOrEqual(MOST_PER_MINUTE);
  });
});
