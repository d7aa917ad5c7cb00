import { describe, expect, it } from "vitest";
import { estimateText } from "../../bin/commands/estimate.ts";
import { type Estimate, estimatePlans } from "../../lib/app/estimate-plan.ts";
import { MINUTE_MS } from "../../lib/core/due.ts";
import { POLICY_NAMES } from "../../lib/core/plan/policies.ts";
import { type PrefixUse, UNMARKED, type UsageRecord } from "../../lib/core/usage/usage-record.ts";
import { HOUR, START } from "../support/memory/world.ts";

const FINGERPRINT = "a".repeat(64);

function aUse(requests: number, given: Partial<PrefixUse> = {}): PrefixUse {
  return {
    fingerprint: FINGERPRINT,
    model: "claude-sonnet-4-6",
    requests,
    cold: 0,
    neither: 0,
    readTokens: 10_000 * requests,
    write5mTokens: 0,
    write1hTokens: 0,
    uncachedTokens: 0,
    first: 0,
    firstHits: 0,
    ...given,
  };
}

/** One record every so many minutes of the last day. */
function every(minutes: number, use: PrefixUse, lost = 0): UsageRecord[] {
  return Array.from({ length: Math.floor(1_440 / minutes) }, (_, i) => ({
    minute: START - 24 * HOUR + i * minutes * MINUTE_MS,
    writer: "app",
    part: i,
    lost,
    prefixes: [use],
  }));
}

function estimate(records: readonly UsageRecord[], days = 3): Promise<Estimate> {
  const usage = {
    between: async (from: number, to: number) =>
      records.filter(({ minute }) => minute >= from && minute < to),
  };
  return estimatePlans({ clock: { now: () => START }, usage }, { days, policies: POLICY_NAMES, lambda: 0.5 });
}

describe("an estimate", () => {
  it("says what to do where nothing is recorded", async () => {
    const nothing = await estimate([]);
    expect(nothing).toMatchObject({ requests: 0, policies: [] });
    expect(nothing.advice).toBeUndefined();
    expect(estimateText(nothing, "adaptive")).toMatch(
      /^no requests with a prefix are recorded.*\nLet the app/,
    );
  });

  it("advises to warm what is used every ten minutes, cheapest policy first, and marks the one that runs", async () => {
    const busy = await estimate(every(10, aUse(2)));
    expect(busy).toMatchObject({ requests: 288, prefixes: 1, leftOut: 0, days: expect.closeTo(1, 6) });
    const costs = busy.policies.map(({ usdPerDay }) => usdPerDay);
    expect(costs).toEqual(costs.toSorted((a, b) => a - b));
    expect(Math.min(...costs)).toBeGreaterThanOrEqual(busy.optimumUsdPerDay);
    expect(busy.policies.map(({ policy }) => policy).sort()).toEqual([...POLICY_NAMES].sort());
    expect(estimateText(busy, "adaptive")).toMatch(/adaptive {8,}\d+\.\d\d +\d+\.\d % {2}runs now/);
  });

  it("advises not to warm what is used twice a day", async () => {
    const rare = await estimate(every(900, aUse(1)));
    expect(rare.advice).toMatchObject({ isBetterNotToWarm: true });
    expect(estimateText(rare, "adaptive")).toContain("advice: do not warm this");
  });

  it("adds up models, each at its own prices, and tells what it leaves out", async () => {
    const one = await estimate(every(10, aUse(1)));
    const other = { fingerprint: "b".repeat(64), model: "claude-haiku-4-5" };
    const two = await estimate([...every(10, aUse(1)), ...every(10, aUse(1, other))]);
    const usdOf = ({ policies }: Estimate) =>
      policies.find(({ policy }) => policy === "always")?.usdPerDay ?? 0;
    // Haiku 4.5 costs a third of Sonnet 4.6.
    expect(usdOf(two)).toBeCloseTo((usdOf(one) * 4) / 3, 2);
    const odd = await estimate([
      ...every(10, aUse(1)),
      ...every(60, aUse(1, { fingerprint: UNMARKED })),
      ...every(60, aUse(1, { model: "unheard-of", fingerprint: "c".repeat(64) }), 2),
    ]);
    expect(odd).toMatchObject({ requests: 144, leftOut: 48, lost: 48 });
    expect(estimateText(odd, "off")).toContain("left out: 48 requests");
  });

  it("looks no further back than it is told", async () => {
    const records = every(10, aUse(1)).map((record) => ({ ...record, minute: record.minute - 48 * HOUR }));
    expect((await estimate(records, 2)).requests).toBe(0);
    expect((await estimate(records, 3)).requests).toBe(144);
  });
});
