import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allow, emptyLedger, type Ledger, reserve } from "../../lib/core/ledger.ts";
import { openWindows } from "../../lib/core/open-windows.ts";
import { SHARE_STEPS } from "../../lib/core/partitions.ts";
import {
  followShare,
  limitIn,
  SHARES_SETTLE_MS,
  usableBeside,
  usableOf,
} from "../../lib/core/window-limits.ts";
import { DAY, HOUR, MINUTE, NOON } from "./samples.ts";

const LIMIT = 10_000;

/** What a ledger may spend in the hour and the day, under limits of `LIMIT` for the whole warmer. */
function limitsOf(ledger: Ledger, share: number): { readonly hour: number; readonly day: number } {
  const own = (LIMIT * share) / SHARE_STEPS;
  return { hour: limitIn(ledger.hour, own), day: limitIn(ledger.day, own) };
}

/** A ledger whose share was changed, at one instant, in this order. */
const withShares = (...shares: readonly number[]): Ledger =>
  shares.reduce((ledger, share) => followShare(ledger, share, NOON), emptyLedger(NOON));

/** At `at`, a ledger whose share grew from 200 to 800 `before` ms earlier. */
function grown(before: number, at: number): Ledger {
  const first = openWindows(emptyLedger(at - before), { share: 200 }, at - before);
  return openWindows(openWindows(first, { share: 800 }, at - before), { share: 800 }, at);
}

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

  it.each([
    { before: 1, usable: 2_000 },
    { before: SHARES_SETTLE_MS - 1, usable: 2_000 },
    { before: SHARES_SETTLE_MS, usable: 8_000 },
    { before: SHARES_SETTLE_MS + 1, usable: 8_000 },
  ])(
    "that grew $before ms before an hour and a day begin is worth $usable in them: others may not have followed",
    ({ before, usable }) => {
      const midnight = Math.ceil(NOON / DAY) * DAY;
      expect(limitsOf(grown(before, midnight), 800)).toEqual({ hour: usable, day: usable });
    },
  );

  it("that grew before a window begins stays less in it, and not beyond it", () => {
    const hour = Math.ceil(NOON / HOUR) * HOUR;
    const late = openWindows(grown(60_000, hour), { share: 800 }, hour + HOUR - 1);
    expect(limitsOf(late, 800).hour).toBe(2_000);
    expect(limitsOf(openWindows(late, { share: 800 }, hour + HOUR), 800).hour).toBe(8_000);
  });

  it("that grew is less in a window that begins soon, but is met late: it is told by the window's beginning", () => {
    const hour = Math.ceil(NOON / HOUR) * HOUR;
    const before = grown(60_000, hour - 1);
    expect(limitsOf(openWindows(before, { share: 800 }, hour + HOUR - 1), 800).hour).toBe(2_000);
  });

  it.each([
    { shares: [200, 500, 800], share: 800, usable: 2_000 },
    { shares: [200, 800, 500], share: 500, usable: 2_000 },
    { shares: [200, 800, 100], share: 100, usable: 1_000 },
    { shares: [800, 200], share: 200, usable: 2_000 },
  ])("that went by $shares is worth $usable in the hour that begins soon", ({ shares, share, usable }) => {
    const hour = Math.ceil(NOON / HOUR) * HOUR;
    const first = emptyLedger(hour - 60_000);
    const changed = shares.reduce((ledger, one) => followShare(ledger, one, hour - 60_000), first);
    expect(limitsOf(openWindows(changed, { share }, hour), share).hour).toBe(usable);
  });

  it("that grew is forgotten once others must have followed", () => {
    const settled = openWindows(grown(0, NOON), { share: 800 }, NOON + SHARES_SETTLE_MS);
    expect(settled).not.toHaveProperty("gain");
    expect(openWindows(settled, { share: 800 }, NOON + SHARES_SETTLE_MS)).toBe(settled);
  });

  it("changes nothing while it stays the same, and nothing without partitions", () => {
    const ledger = withShares(300);
    expect(followShare(ledger, 300, NOON)).toBe(ledger);
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
  const split = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 3, maxLength: 3 }).map((parts) => {
    const sum = parts.reduce((all, part) => all + part, 0);
    return parts.map((part) => Math.max(1, Math.floor((part * (SHARE_STEPS - 3)) / sum)));
  });
  const three = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 3, maxLength: 3 });
  const step = fc.record({
    /** Deployed once the deployment before has ended; each ledger follows in its own time. */
    deploys: split,
    lags: three(fc.integer({ min: 0, max: SHARES_SETTLE_MS / MINUTE })),
    /** How much each one would spend, in hundredths of the limit. */
    wanted: three(fc.constantFrom(0, 30, 100)),
    minutes: fc.constantFrom(1, 5, 10, 15, 30),
  });

  it("never pass a limit, however their shares change, whoever follows first and whoever spends first", () => {
    fc.assert(
      fc.property(split, fc.array(step, { minLength: 10, maxLength: 30 }), (begin, steps) => {
        // So late that days begin, too.
        let now = NOON + 8 * HOUR;
        let ledgers = begin.map((share) => followShare(emptyLedger(now), share, now));
        let [old, next, lags, deployedAt] = [begin, begin, [0, 0, 0], now];
        const spentBy = new Map<string, number>();
        let count = 0;
        for (const { deploys, minutes, wanted, lags: theirs } of steps) {
          now += minutes * MINUTE;
          if (now >= deployedAt + SHARES_SETTLE_MS) {
            // Each one has run since it followed the deployment before: it is woken every minute.
            ledgers = ledgers.map((before, i) =>
              openWindows(before, { share: next[i] ?? 1 }, deployedAt + (lags[i] ?? 0) * MINUTE),
            );
            [old, next, lags, deployedAt] = [next, deploys, theirs, now];
          }
          ledgers = ledgers.map((before, i) => {
            const hasFollowed = now >= deployedAt + (lags[i] ?? 0) * MINUTE;
            const share = (hasFollowed ? next : old)[i] ?? 1;
            const own = Math.floor((LIMIT * share) / SHARE_STEPS);
            const open = openWindows(before, { share }, now);
            const amounts = new Array<number>(wanted[i] ?? 0).fill(LIMIT / 100);
            const limits = { hourly: own, daily: own * 2 };
            const { ledger, granted } = reserve(open, String(count++), amounts, limits, now);
            for (const key of [`hour ${Math.floor(now / HOUR)}`, `day ${Math.floor(now / DAY)}`])
              spentBy.set(key, (spentBy.get(key) ?? 0) + (granted * LIMIT) / 100);
            return ledger;
          });
        }
        for (const [key, spent] of spentBy)
          expect(spent, key).toBeLessThanOrEqual(key.startsWith("hour") ? LIMIT : 2 * LIMIT);
      }),
      { numRuns: 1_000 },
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
