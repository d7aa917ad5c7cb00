import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyLedger, type Ledger, type Window } from "../../../lib/core/ledger.ts";
import { guardrailsForOptional, limitsLess, roomOf } from "../../../lib/core/plan/plan-limits.ts";
import { DAY, HOUR, MINUTE, NOON } from "../samples.ts";

const GUARDRAILS = {
  hourly: 100_000,
  daily: 1_000_000,
  absoluteMax: 2_000_000,
  actionOnLimit: "alert_only",
} as const;

describe("guardrails for optional prefixes", () => {
  const at = (now: number, requiredPerHour = 12_000, fields = {}) =>
    guardrailsForOptional({ ...GUARDRAILS, ...fields }, requiredPerHour, emptyLedger(now), now);

  it.each([
    ["noon", NOON, 12_000, 144_000],
    ["half past noon", NOON + 30 * MINUTE, 6_000, 138_000],
    ["the last minute of the hour", NOON + 59 * MINUTE, 200, 132_200],
    ["the last millisecond of the day", NOON + 12 * HOUR - 1, 1, 1],
    ["midnight", NOON - 12 * HOUR, 12_000, 288_000],
  ])(
    "leave at %s what the required prefixes need for the rest of the hour and of the day",
    (_when, now, ofHour, ofDay) => {
      expect(at(now)).toMatchObject({
        hourly: 100_000 - ofHour,
        daily: 1_000_000 - ofDay,
        absoluteMax: 2_000_000,
      });
    },
  );

  it("leave nothing where the required prefixes need it all, and never less", () => {
    expect(at(NOON, 100_000)).toMatchObject({ hourly: 0, daily: 0 });
    expect(at(NOON, 300_000)).toMatchObject({ hourly: 0, daily: 0 });
    expect(at(NOON, 99_999).hourly).toBe(1);
  });

  it.each([
    { usable: 500, leaves: 50_000 - 12_000 },
    // A hundred, but for the rounding.
    { usable: 121, leaves: 99 },
    { usable: 120, leaves: 0 },
    { usable: 1, leaves: 0 },
    { usable: 0, leaves: 0 },
  ])("leave the required ones theirs of what is usable: $usable thousandths", ({ usable, leaves }) => {
    const empty = emptyLedger(NOON);
    const ledger = { ...empty, hour: { ...empty.hour, usable } };
    const guardrails = guardrailsForOptional(GUARDRAILS, 12_000, ledger, NOON);
    expect(roomOf(ledger, { ...guardrails, daily: 1e9, absoluteMax: 1e9 }, NOON)).toBe(leaves);
    expect(guardrails.daily).toBe(1_000_000 - 144_000);
  });

  it("leave nothing of nothing, also where nothing is required", () => {
    const empty = emptyLedger(NOON);
    const ledger = { ...empty, hour: { ...empty.hour, usable: 0 } };
    expect(guardrailsForOptional(GUARDRAILS, 0, ledger, NOON).hourly).toBe(0);
  });

  it("are never passed, whatever a met limit does otherwise", () => {
    expect(at(NOON).actionOnLimit).toBe("pause_warmer");
  });
});

describe("the room that is left", () => {
  const ledger = (hour: Partial<Window>, day: Partial<Window>): Ledger => {
    const empty = emptyLedger(NOON);
    return { ...empty, hour: { ...empty.hour, ...hour }, day: { ...empty.day, ...day } };
  };
  const LIMITS = { ...GUARDRAILS, hourly: 100, daily: 1_000, absoluteMax: 2_000 };

  it.each<[string, Partial<Window>, Partial<Window>, number]>([
    ["the hour's", { spent: 30 }, { spent: 30 }, 70],
    ["the day's", { spent: 30 }, { spent: 950 }, 50],
    ["the hour's, with what an operator gave it", { spent: 30, allowance: 40 }, { spent: 30 }, 110],
    ["the day's, with what an operator gave it", { spent: 0 }, { spent: 950, allowance: 20 }, 70],
    ["what no allowance passes", { allowance: 5_000 }, { spent: 1_990, allowance: 5_000 }, 10],
    ["nothing", { spent: 100 }, { spent: 100 }, 0],
    ["nothing, where a limit was lowered below what is spent", { spent: 120 }, { spent: 120 }, 0],
  ])("is the least one: %s", (_what, hour, day, room) => {
    expect(roomOf(ledger(hour, day), LIMITS, NOON)).toBe(room);
  });

  it("is whole again in the next hour, and in the next day", () => {
    const spent = ledger({ spent: 100 }, { spent: 970 });
    expect(roomOf(spent, LIMITS, NOON + HOUR)).toBe(30);
    expect(roomOf(spent, LIMITS, NOON + DAY)).toBe(100);
  });
});

describe("the provider's limits less what a run has used", () => {
  it("are less by what was used, so that the warmer's share is", () => {
    fc.assert(
      fc.property(
        fc.record({ requests: fc.nat(100), tokens: fc.nat(10_000) }),
        fc.integer({ min: 1, max: 100 }).map((percent) => percent / 100),
        (used, share) => {
          const limits = { requestsPerMinute: 10_000, inputTokensPerMinute: 1_000_000, share, budget: 7 };
          const left = limitsLess(limits, used);
          expect((left.requestsPerMinute ?? 0) * share).toBeCloseTo(10_000 * share - used.requests, 6);
          expect((left.inputTokensPerMinute ?? 0) * share).toBeCloseTo(1_000_000 * share - used.tokens, 6);
          expect(left).toMatchObject({ share, budget: 7 });
        },
      ),
      { numRuns: 50 },
    );
  });

  it("are by a quarter where no share is said, and never below nothing", () => {
    const limits = { requestsPerMinute: 40, inputTokensPerMinute: 400 };
    expect(limitsLess(limits, { requests: 3, tokens: 30 })).toEqual({
      requestsPerMinute: 28,
      inputTokensPerMinute: 280,
    });
    expect(limitsLess(limits, { requests: 11, tokens: 101 })).toEqual({
      requestsPerMinute: 0,
      inputTokensPerMinute: 0,
    });
  });

  it("bind only where they did before", () => {
    expect(limitsLess({}, { requests: 5, tokens: 5 })).toEqual({});
    expect(limitsLess({ requestsPerMinute: 40 }, { requests: 1, tokens: 5 })).toEqual({
      requestsPerMinute: 36,
    });
    expect(limitsLess({ inputTokensPerMinute: 40 }, { requests: 1, tokens: 5 })).toEqual({
      inputTokensPerMinute: 20,
    });
  });
});
