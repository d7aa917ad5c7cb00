import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addToMinute,
  type FillMinute,
  minuteNumber,
  notAhead,
  PACKED_MINUTE,
  packMinute,
  sumOfMinutes,
  unpackMinute,
} from "../../../lib/core/fill-cost/fill-minutes.ts";
import { DAY, HOUR, MINUTE, NOON } from "../samples.ts";

const NOON_MINUTE = minuteNumber(NOON);
const cost = (fillCost: number) => ({ fillCost, fills: 1, unexpected: 0, failed: 0 });

/** Adds one fill of each cost, at `at`. */
function filled(...fills: readonly (readonly [at: number, fillCost: number])[]): readonly FillMinute[] {
  return fills.reduce<readonly FillMinute[]>(
    (minutes, [at, fillCost]) => addToMinute(minutes, at, cost(fillCost)),
    [],
  );
}

describe("addToMinute", () => {
  it("adds up what is settled in one minute", () => {
    expect(filled([NOON, 3], [NOON + 59_999, 4])).toEqual([
      { minute: NOON_MINUTE, fillCost: 7, fills: 2, unexpected: 0, failed: 0 },
    ]);
  });

  it("keeps nothing of touches that neither filled nor failed", () => {
    const minutes = filled([NOON, 3]);
    const reads = { fillCost: 0, fills: 0, unexpected: 0, failed: 0 };
    expect(addToMinute(minutes, NOON + MINUTE, reads)).toBe(minutes);
  });

  it("adds to the newest minute when a clock lags", () => {
    expect(filled([NOON, 3], [NOON - 5 * MINUTE, 4])).toMatchObject([{ minute: NOON_MINUTE, fillCost: 7 }]);
  });

  it("keeps sixteen minutes, whatever clock has jumped in between", () => {
    const before = filled(...Array.from({ length: 20 }, (_, i) => [NOON + i * MINUTE, 1] as const));
    expect(before).toHaveLength(16);
    const after = addToMinute(before, NOON + 3 * DAY, cost(1));
    expect(after).toHaveLength(16);
    expect(sumOfMinutes(notAhead(after, NOON + 20 * MINUTE), "fillCost", NOON + 20 * MINUTE, 15)).toBe(15);
  });
});

describe("sumOfMinutes", () => {
  it.each([
    { age: 0, counted: 0 },
    { age: 1, counted: 8 },
    { age: 15, counted: 8 },
    { age: 16, counted: 0 },
  ])("over 15 whole minutes counts $counted of a fill $age minutes ago", ({ age, counted }) => {
    expect(sumOfMinutes(filled([NOON - age * MINUTE, 8]), "fillCost", NOON, 15)).toBe(counted);
  });

  it("reads a constant rate as it is, at any second of a minute", () => {
    const minutes = filled(...Array.from({ length: 16 }, (_, i) => [NOON + i * MINUTE, 10] as const));
    for (const second of [0, 1, 59]) {
      expect(sumOfMinutes(minutes, "fillCost", NOON + 15 * MINUTE + second * 1_000, 15)).toBe(150);
    }
  });
});

describe("notAhead", () => {
  it("returns what it was given when no minute lies ahead", () => {
    const minutes = filled([NOON - MINUTE, 1], [NOON, 2]);
    expect(notAhead(minutes, NOON)).toBe(minutes);
  });

  it("brings what was settled by a clock that ran ahead back to now: it is seen once, and for 15 minutes", () => {
    const ahead = filled([NOON - MINUTE, 1], [NOON + 3 * DAY, 2], [NOON, 4]);
    const minutes = notAhead(ahead, NOON);
    expect(sumOfMinutes(minutes, "fillCost", NOON + MINUTE, 15)).toBe(7);
    expect(sumOfMinutes(minutes, "fillCost", NOON + HOUR, 15)).toBe(0);
  });
});

it("a minute is stored and read back without loss", () => {
  const count = fc.nat({ max: 1e12 });
  const minute = fc.record({
    minute: count,
    fillCost: count,
    fills: count,
    unexpected: count,
    failed: count,
  });
  fc.assert(
    fc.property(minute, (value) => {
      expect(packMinute(value)).toMatch(PACKED_MINUTE);
      expect(unpackMinute(packMinute(value))).toEqual(value);
    }),
  );
});
