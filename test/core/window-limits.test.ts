import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openWindows } from "../../lib/core/guardrails.ts";
import { allow, emptyLedger, type Ledger, reserve } from "../../lib/core/ledger.ts";
import { SHARE_STEPS } from "../../lib/core/partitions.ts";
import { followShare, limitIn, usableBeside, usableOf } from "../../lib/core/window-limits.ts";
import { DAY, HOUR, NOON } from "./samples.ts";

const LIMIT = 10_000;

/** What a ledger may spend in the hour and the day, under limits of `LIMIT` for the whole warmer. */
function limitsOf(ledger: Ledger, share: number): { readonly hour: number; readonly day: number } {
  const own = (LIMIT * share) / SHARE_STEPS;
  return { hour: limitIn(ledger.hour, own), day: limitIn(ledger.day, own) };
}

/** A ledger whose share was changed, at one instant, in this order. */
const withShares = (...shares: readonly number[]): Ledger => shares.reduce(followShare, emptyLedger(NOON));

describe("the share of a ledger", () => {
  it("is all its own from its first window on", () => {
    expect(limitsOf(withShares(300), 300)).toEqual({ hour: 3_000, day: 3_000 });
  });

  it.each([
    { shares: [200, 800], usable: 2_000 },
    { shares: [800, 200], usable: 2_000 },
    { shares: [200, 800, 200], usable: 2_000 },
    { shares: [500, 200, 500], usable: 2_000 },
    { shares: [500, 250, 1_000, 400], usable: 2_500 },
    { shares: [1, 1_000], usable: 10 },
  ])("is the least that it was in an open window: $usable of 10,000 after $shares", ({ shares, usable }) => {
    const limits = limitsOf(withShares(...shares), shares.at(-1) ?? 0);
    expect(limits.hour).toBe(usable);
    expect(limits.day).toBe(usable);
  });

  it("is whole again in the next hour, and in the next day", () => {
    const raised = withShares(200, 800);
    const nextHour = openWindows(raised, { share: 800 }, NOON + HOUR);
    expect(limitsOf(nextHour, 800)).toEqual({ hour: 8_000, day: 2_000 });
    const nextDay = openWindows(raised, { share: 800 }, NOON + DAY);
    expect(limitsOf(nextDay, 800)).toEqual({ hour: 8_000, day: 8_000 });
  });

  it("is held against the windows of the change, not against those of the last reservation", () => {
    const changed = openWindows(withShares(200), { share: 800 }, NOON + HOUR);
    expect(limitsOf(changed, 800).hour).toBe(2_000);
  });

  it("changes nothing while it stays the same, and nothing without partitions", () => {
    const ledger = withShares(300);
    expect(followShare(ledger, 300)).toBe(ledger);
    const plain = emptyLedger(NOON);
    expect(openWindows(plain, {}, NOON)).toBe(plain);
  });

  it.each([0, 1, 999])("leaves what has no limit without one, with %i thousandths usable", (usable) => {
    const { hour } = emptyLedger(NOON);
    expect(limitIn({ ...hour, usable }, Infinity)).toBe(Infinity);
  });

  it("bounds the absolute maximum too, which no allowance widens", () => {
    const ledger = allow(withShares(200, 800), 500);
    expect(limitIn(ledger.day, 8_000)).toBe(2_500);
    expect(usableOf(ledger.day, 8_000)).toBe(2_000);
    const limits = { hourly: Infinity, daily: Infinity, absolute: 8_000 };
    expect(reserve(ledger, "a", [2_000], limits, NOON).refusal).toBeUndefined();
    expect(reserve(ledger, "a", [2_001], limits, NOON).refusal).toBe("absolute_max");
  });
});

describe("all ledgers of a warmer together", () => {
  /** At most the whole, in thousandths, as synth allows it. */
  const split = fc
    .array(fc.integer({ min: 1, max: 1_000 }), { minLength: 3, maxLength: 3 })
    .map((parts) => parts.map((part) => Math.max(1, Math.floor((part * SHARE_STEPS) / 3_003))));
  const step = fc.record({
    shares: split,
    amounts: fc.array(fc.integer({ min: 0, max: 9_000 }), { minLength: 3, maxLength: 3 }),
    minutes: fc.integer({ min: 0, max: 40 }),
  });

  it("never pass a limit, however their shares change and whoever spends first", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let now = NOON;
        let ledgers = [0, 1, 2].map(() => emptyLedger(NOON));
        const spentBy = new Map<string, number>();
        let count = 0;
        for (const { shares, amounts, minutes } of steps) {
          now += minutes * 60_000;
          ledgers = ledgers.map((before, i) => {
            const share = shares[i] ?? 1;
            const own = Math.floor((LIMIT * share) / SHARE_STEPS);
            const open = openWindows(before, { share }, now);
            const amount = amounts[i] ?? 0;
            const limits = { hourly: own, daily: own * 2 };
            const { ledger, granted } = reserve(open, String(count++), [amount], limits, now);
            for (const key of [`hour ${Math.floor(now / HOUR)}`, `day ${Math.floor(now / DAY)}`])
              spentBy.set(key, (spentBy.get(key) ?? 0) + (granted === 1 ? amount : 0));
            return ledger;
          });
        }
        for (const [key, spent] of spentBy)
          expect(spent, key).toBeLessThanOrEqual(key.startsWith("hour") ? LIMIT : 2 * LIMIT);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a new ledger beside others", () => {
  it.each([
    { spent: [], usable: 1_000 },
    { spent: [{ spent: 7_000, share: 700 }], usable: 1_000 },
    { spent: [{ spent: 7_001, share: 700 }], usable: 999 },
    { spent: [{ spent: 8_500, share: 700 }], usable: 500 },
    { spent: [{ spent: 10_000, share: 700 }], usable: 0 },
    { spent: [{ spent: 90_000, share: 700 }], usable: 0 },
    { spent: [{ spent: 1_500, share: 0 }], usable: 500 },
    {
      spent: [
        { spent: 0, share: 700 },
        { spent: 1_500, share: 0 },
      ],
      usable: 500,
    },
  ])("of three tenths can use $usable thousandths of it where $spent was spent", ({ spent, usable }) => {
    expect(usableBeside(LIMIT, spent, 300)).toBe(usable);
  });

  it("can use nothing where no share is left for it, or nothing of a limit", () => {
    expect(usableBeside(LIMIT, [], 0)).toBe(0);
    expect(usableBeside(0, [{ spent: 1, share: 0 }], 300)).toBe(0);
  });
});
