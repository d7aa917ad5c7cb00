import { describe, expect, it } from "vitest";
import {
  CLOSED_KEPT,
  finishedHours,
  firstOpenHour,
  forgetHours,
  PACKED_HOUR,
  packHour,
  unpackHour,
} from "../../../lib/core/fill-cost/closed-hours.ts";
import { emptyLedger, type Ledger, reserve, rollOver, settle } from "../../../lib/core/ledger.ts";
import { DAY, HOUR, MINUTE, NOON } from "../samples.ts";

const NOON_HOUR = NOON / HOUR;
const LIMITS = { hourly: 1e9, daily: 1e9 };

/** Spends in the hour of `at`; a third of it is fills. */
function spent(ledger: Ledger, at: number, amount: number): Ledger {
  const reserved = reserve(rollOver(ledger, at), `run.${at}`, [amount], LIMITS, at).ledger;
  return settle(reserved, `run.${at}`, amount, amount / 3);
}

const figures = (ledger: Ledger, lastKnown: number | undefined, now: number) =>
  finishedHours(ledger, lastKnown, now).map(({ hour, spent: all }) => [hour - NOON_HOUR, all]);

describe("an hour", () => {
  it.each([
    [NOON + 5 * MINUTE - 1, NOON_HOUR - 1],
    [NOON + 5 * MINUTE, NOON_HOUR],
  ])("is over five minutes after its end: at %i the first open one is %i", (now, hour) => {
    expect(firstOpenHour(now)).toBe(hour);
  });

  it("that is over has what was spent and filled in it", () => {
    const ledger = spent(emptyLedger(NOON), NOON + MINUTE, 300);
    expect(finishedHours(ledger, undefined, NOON + 59 * MINUTE)).toEqual([]);
    expect(finishedHours(ledger, undefined, NOON + HOUR + 5 * MINUTE)).toEqual([
      { hour: NOON_HOUR, fillCost: 100, spent: 300 },
    ]);
  });

  it("gets what is settled after its end", () => {
    const reserved = reserve(emptyLedger(NOON), "run.w1", [900], LIMITS, NOON + 59 * MINUTE).ledger;
    const later = settle(rollOver(reserved, NOON + HOUR), "run.w1", 300, 150);
    expect(later.closed).toEqual([{ hour: NOON_HOUR, fillCost: 150, spent: 300 }]);
  });

  it("is stored and read back without loss", () => {
    const hour = { hour: NOON_HOUR, fillCost: 12, spent: 345 };
    expect(packHour(hour)).toMatch(PACKED_HOUR);
    expect(unpackHour(packHour(hour))).toEqual(hour);
  });
});

describe("hours without a window in the ledger", () => {
  it("cost nothing between two that have one, and until now", () => {
    const ledger = spent(spent(emptyLedger(NOON), NOON, 3), NOON + 3 * HOUR, 6);
    expect(figures(ledger, undefined, NOON + 5 * HOUR + 6 * MINUTE)).toEqual([
      [0, 3],
      [1, 0],
      [2, 0],
      [3, 6],
      [4, 0],
    ]);
  });

  it("cost nothing since the last one that the history has", () => {
    const ledger = emptyLedger(NOON - 3 * HOUR);
    const again = [-3, 0];
    expect(figures(ledger, NOON_HOUR - 2, NOON + HOUR + 6 * MINUTE)).toEqual([
      again,
      [-2, 0],
      [-1, 0],
      [0, 0],
    ]);
  });

  it("are unknown after the ledger may have dropped some", () => {
    let ledger = emptyLedger(NOON);
    for (let i = 0; i <= CLOSED_KEPT + 1; i++) ledger = spent(ledger, NOON + i * HOUR, 3);
    expect(ledger.closed).toHaveLength(CLOSED_KEPT);
    const hours = figures(ledger, NOON_HOUR - 2, NOON + (CLOSED_KEPT + 1) * HOUR + 6 * MINUTE);
    expect(hours.map(([hour]) => hour)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("are unknown when they are longer than a day: a clock jumped, or nobody was there", () => {
    const ledger = spent(emptyLedger(NOON), NOON, 3);
    expect(figures(ledger, undefined, NOON + DAY + 5 * MINUTE)).toHaveLength(24);
    expect(figures(ledger, undefined, NOON + DAY + HOUR + 5 * MINUTE)).toEqual([[0, 3]]);
  });

  it("are unknown while the ledger's window lies ahead: it takes all that is spent until then", () => {
    const ahead = spent(spent(emptyLedger(NOON), NOON, 3), NOON + 20 * HOUR, 6);
    expect(figures(ahead, undefined, NOON + 4 * HOUR)).toEqual([[0, 3]]);
  });
});

describe("forgetHours", () => {
  it("forgets those before an hour, and returns the same ledger when there are none", () => {
    const ledger = spent(spent(emptyLedger(NOON), NOON, 3), NOON + 3 * HOUR, 6);
    expect(forgetHours(ledger, NOON_HOUR)).toBe(ledger);
    expect(forgetHours(ledger, NOON_HOUR + 1).closed).toEqual([]);
  });
});
