import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  allow,
  emptyLedger,
  forgetRefused,
  type Ledger,
  MAX_IN_FLIGHT,
  removeAbandoned,
  reserve,
  rollOver,
  settle,
  windowsAt,
} from "../../lib/core/ledger.ts";
import { limitUsed } from "../../lib/core/window-limits.ts";
import { DAY, HOUR, MINUTE, NOON } from "./samples.ts";

const LIMITS = { hourly: 1_000, daily: 5_000 };

/** Reserves what must fit. */
function withReserved(ledger: Ledger, id: string, amount: number, now = NOON): Ledger {
  const result = reserve(ledger, id, [amount], LIMITS, now);
  expect(result.granted).toBe(1);
  return result.ledger;
}

function withSpent(hour: number, day = hour): Ledger {
  const empty = emptyLedger(NOON);
  return { ...empty, hour: { ...empty.hour, spent: hour }, day: { ...empty.day, spent: day } };
}

describe("reserve", () => {
  it.each([
    [999, 1, undefined],
    [1_000, 1, undefined],
    [1_001, 0, "limit_hour"],
  ])("an amount of %i under an hourly limit of 1,000", (amount, granted, refusal) => {
    const result = reserve(emptyLedger(NOON), "a", [amount], LIMITS, NOON);
    expect(result.granted).toBe(granted);
    expect(result.refusal).toBe(refusal);
    expect(result.ledger.hour.spent).toBe(granted * amount);
    expect(result.ledger.day.spent).toBe(granted * amount);
  });

  it.each([
    [4_500, 500, undefined],
    [4_500, 501, "limit_day"],
    [5_000, 1, "limit_day"],
  ])("after %i today, %i more is held against the day's limit", (today, amount, refusal) => {
    const result = reserve(withSpent(0, today), "a", [amount], LIMITS, NOON);
    expect(result.refusal).toBe(refusal);
    expect(result.granted).toBe(refusal === undefined ? 1 : 0);
  });

  it.each([
    ["hourly", "limit_hour"],
    ["daily", "limit_day"],
    ["absolute", "absolute_max"],
  ])("grants nothing under a limit that is no number: %s", (limit, refusal) => {
    const limits = { ...LIMITS, [limit]: Number.NaN };
    expect(reserve(emptyLedger(NOON), "a", [1], limits, NOON)).toMatchObject({ granted: 0, refusal });
    expect(reserve(emptyLedger(NOON), "a", [Number.NaN], LIMITS, NOON).granted).toBe(0);
  });

  it("names the day when both limits are met: it holds longer", () => {
    expect(reserve(withSpent(1_000, 5_000), "a", [1], LIMITS, NOON).refusal).toBe("limit_day");
  });

  it.each([
    [5_400, 600, undefined],
    [5_400, 601, "absolute_max"],
  ])(
    "after %i today, %i more is held against the absolute maximum, which no allowance lifts",
    (today, amount, refusal) => {
      const spent = withSpent(0, today);
      const allowed = { ...spent, day: { ...spent.day, allowance: 9_000 } };
      const result = reserve(allowed, "a", [amount], { ...LIMITS, absolute: 6_000 }, NOON);
      expect(result.refusal).toBe(refusal);
      expect(result.ledger.day.refused).toBe(refusal === undefined ? 0 : amount);
    },
  );

  it("is held against the absolute maximum alone where limits only alert", () => {
    const alert = { hourly: Number.POSITIVE_INFINITY, daily: Number.POSITIVE_INFINITY, absolute: 6_000 };
    expect(reserve(emptyLedger(NOON), "a", [6_000], alert, NOON).granted).toBe(1);
    expect(reserve(emptyLedger(NOON), "a", [6_001], alert, NOON).refusal).toBe("absolute_max");
  });

  it("grants the first amounts that fit, in order, and no later one that is smaller", () => {
    const result = reserve(emptyLedger(NOON), "a", [400, 400, 300, 100], LIMITS, NOON);
    expect(result).toMatchObject({ granted: 2, refusal: "limit_hour" });
    expect(result.ledger.inFlight).toEqual([expect.objectContaining({ id: "a", amount: 800, at: NOON })]);
  });

  it("writes a refused amount down only if nothing of the wave fits: that is a met limit", () => {
    expect(reserve(emptyLedger(NOON), "a", [900, 200], LIMITS, NOON).ledger.hour.refused).toBe(0);
    const met = reserve(withSpent(900), "a", [200, 50], LIMITS, NOON).ledger;
    expect([met.hour.refused, met.day.refused]).toEqual([200, 0]);
    const metToday = reserve(withSpent(0, 4_900), "a", [200], LIMITS, NOON).ledger;
    expect([metToday.hour.refused, metToday.day.refused]).toEqual([0, 200]);
  });

  it("gives the room that an operator allowed, and no more", () => {
    const spent = withSpent(1_000);
    const allowed = { ...spent, hour: { ...spent.hour, allowance: 250 } };
    expect(reserve(allowed, "a", [250], LIMITS, NOON).granted).toBe(1);
    expect(reserve(allowed, "a", [251], LIMITS, NOON)).toMatchObject({ granted: 0, refusal: "limit_hour" });
  });

  it("takes nothing for nothing", () => {
    const result = reserve(emptyLedger(NOON), "a", [], LIMITS, NOON);
    expect(result).toStrictEqual({ ledger: emptyLedger(NOON), granted: 0 });
  });

  it("counts a wave once that is reserved again because the answer was lost", () => {
    const first = reserve(emptyLedger(NOON), "a", [300, 300], LIMITS, NOON);
    const again = reserve(first.ledger, "a", [300, 300], LIMITS, NOON + 1);
    expect(again).toEqual({ ledger: first.ledger, granted: 2 });
  });

  it("grants a wave again only as far as it was reserved", () => {
    const first = reserve(emptyLedger(NOON), "a", [400, 400, 400], LIMITS, NOON);
    expect(first.granted).toBe(2);
    expect(reserve(first.ledger, "a", [400, 400, 400], LIMITS, NOON).granted).toBe(2);
  });

  it("holds 64 reservations and not one more", () => {
    let ledger = emptyLedger(NOON);
    for (let i = 0; i < MAX_IN_FLIGHT; i++) ledger = withReserved(ledger, `wave ${i}`, 1);
    const full = reserve(ledger, "one more", [1], LIMITS, NOON);
    expect(full).toEqual({ ledger, granted: 0, refusal: "reservations_full" });
    expect(reserve(settle(ledger, "wave 7", 1, 0), "one more", [1], LIMITS, NOON).granted).toBe(1);
  });
});

describe("rollOver", () => {
  const used = withReserved(emptyLedger(NOON), "a", 700);

  it.each([
    ["a millisecond before the hour", NOON + HOUR - 1, 700, 700],
    ["at the hour", NOON + HOUR, 0, 700],
    ["a millisecond before the UTC day ends", NOON + 12 * HOUR - 1, 0, 700],
    ["at the end of the UTC day", NOON + 12 * HOUR, 0, 0],
    ["a month later", NOON + 30 * DAY, 0, 0],
  ])("%s", (_when, now, hour, day) => {
    const { ledger, windows } = { ledger: rollOver(used, now), windows: windowsAt(used, now) };
    expect([ledger.hour.spent, ledger.day.spent]).toEqual([hour, day]);
    expect([windows.hour, windows.day]).toEqual([ledger.hour, ledger.day]);
  });

  it("forgets refusals and allowances with their window", () => {
    const met = { ...used, hour: { ...used.hour, refused: 5, allowance: 9 } };
    expect(rollOver(met, NOON + HOUR).hour).toMatchObject({
      spent: 0,
      refused: 0,
      allowance: 0,
      fillCost: 0,
    });
  });

  it("changes nothing inside a window, so that nothing is written", () => {
    expect(rollOver(used, NOON + HOUR - 1)).toBe(used);
  });

  it("never reopens an old window for a clock that lags", () => {
    const next = withReserved(rollOver(used, NOON + HOUR), "b", 900, NOON + HOUR);
    for (const lag of [1, MINUTE, 2 * HOUR, 2 * DAY]) expect(rollOver(next, NOON + HOUR - lag)).toBe(next);
    expect(reserve(rollOver(next, NOON), "late", [101], LIMITS, NOON).refusal).toBe("limit_hour");
  });

  it("keeps what is in flight", () => {
    expect(rollOver(used, NOON + 2 * DAY).inFlight).toEqual(used.inFlight);
  });
});

describe("settle", () => {
  const reserved = withReserved(withSpent(100), "a", 700);

  it.each([
    ["less", 30, 20, 130],
    ["nothing", 0, 0, 100],
    ["exactly what was reserved", 700, 700, 800],
    ["more than was reserved", 900, 900, 1_000],
  ])("replaces the reservation by the truth: %s", (_what, actual, fillCost, spent) => {
    const settled = settle(reserved, "a", actual, fillCost);
    expect(settled.hour).toMatchObject({ spent, fillCost });
    expect(settled.day).toMatchObject({ spent, fillCost });
    expect(settled.inFlight).toEqual([]);
  });

  it("twice changes nothing, nor for a wave that was never reserved", () => {
    const once = settle(reserved, "a", 30, 0);
    expect(settle(once, "a", 30, 0)).toBe(once);
    expect(settle(reserved, "b", 30, 0)).toBe(reserved);
  });

  it("after the hour lowers the day only: the money belongs to the hour of its reservation", () => {
    const next = withReserved(rollOver(reserved, NOON + HOUR), "b", 50, NOON + HOUR);
    const settled = settle(next, "a", 30, 10);
    expect(settled.hour).toMatchObject({ spent: 50, fillCost: 0 });
    expect(settled.day).toMatchObject({ spent: 100 + 30 + 50, fillCost: 10 });
    expect(settled.inFlight.map(({ id }) => id)).toEqual(["b"]);
  });

  it("after the day lowers nothing", () => {
    const next = rollOver(reserved, NOON + DAY);
    const settled = settle(next, "a", 30, 10);
    expect(settled).toMatchObject({ hour: next.hour, day: next.day, inFlight: [] });
    // But the hour that was closed meanwhile learns of it.
    expect(settled.closed.at(-1)).toEqual({ hour: reserved.hour.key, fillCost: 10, spent: 130 });
  });

  it("after the entry was removed as spent changes nothing", () => {
    const removed = removeAbandoned(reserved, NOON + HOUR - 1, MINUTE);
    expect(settle(removed, "a", 1, 0)).toBe(removed);
    expect(removed.hour.spent).toBe(800);
  });
});

describe("removeAbandoned", () => {
  const ledger = withReserved(withReserved(emptyLedger(NOON), "a", 10, NOON), "b", 20, NOON + 1);

  it.each([
    ["at the age", NOON + MINUTE, ["a", "b"]],
    ["one millisecond older", NOON + MINUTE + 1, ["b"]],
    ["both older", NOON + MINUTE + 2, []],
    ["seen by a clock that lags", NOON - HOUR, ["a", "b"]],
  ])("%s: removes what must be over, and leaves it spent", (_when, now, left) => {
    const after = removeAbandoned(ledger, now, MINUTE);
    expect(after.inFlight.map(({ id }) => id)).toEqual(left);
    expect(after.hour).toEqual(ledger.hour);
    expect(after.day).toEqual(ledger.day);
  });

  it("gives the same ledger back when nothing is too old, so that nothing is written", () => {
    expect(removeAbandoned(ledger, NOON, MINUTE)).toBe(ledger);
  });
});

describe("limitUsed", () => {
  const spend = (fields: object) => ({ ...emptyLedger(NOON).hour, ...fields });

  it.each([
    ["nothing spent", {}, 0],
    ["half", { spent: 500 }, 0.5],
    ["one micro-USD below", { spent: 999 }, 0.999],
    ["all", { spent: 1_000 }, 1],
    ["little spent and a large touch refused", { spent: 500, refused: 501 }, 1.001],
    ["the same after an allowance", { spent: 500, refused: 501, allowance: 2_000 }, 1_001 / 3_000],
    ["settled above its reservation", { spent: 1_200 }, 1.2],
  ])("of %s", (_what, fields, share) => expect(limitUsed(spend(fields), 1_000)).toBe(share));

  it("of a limit of zero is used up, and finite", () => {
    expect(limitUsed(spend({}), 0)).toBe(1);
    expect(limitUsed(spend({ allowance: -5 }), 0)).toBe(1);
  });

  it("is at least 1 whenever a wave was refused, and at most 1 while none was and costs stay in their bounds", () => {
    const amounts = fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(amounts, (amounts) => {
        let ledger = emptyLedger(NOON);
        for (const [i, amount] of amounts.entries()) {
          const result = reserve(ledger, `${i}`, [amount], LIMITS, NOON);
          ledger = result.ledger;
          if (result.refusal === "limit_hour") {
            expect(limitUsed(ledger.hour, LIMITS.hourly)).toBeGreaterThan(1);
            return;
          }
          expect(limitUsed(ledger.hour, LIMITS.hourly)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

describe("under any interleaving of workers whose clocks lag, late and double settlements and dead runs", () => {
  type Step =
    | { readonly kind: "reserve"; readonly amounts: readonly number[]; readonly lag: number }
    | { readonly kind: "settle"; readonly wave: number; readonly share: number; readonly lag: number }
    | { readonly kind: "remove"; readonly lag: number }
    | { readonly kind: "repeat"; readonly wave: number; readonly lag: number };

  const lag = fc.constantFrom(0, 1_000, 10 * MINUTE, 2 * HOUR);
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("reserve" as const),
        amounts: fc.array(fc.nat(400), { minLength: 1, maxLength: 4 }),
        lag,
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("settle" as const),
        wave: fc.nat(30),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
        lag,
      }),
    },
    fc.record({ kind: fc.constant("remove" as const), lag }),
    fc.record({ kind: fc.constant("repeat" as const), wave: fc.nat(30), lag }),
  );
  const steps = fc.array(fc.tuple(step, fc.constantFrom(0, MINUTE, 20 * MINUTE, 5 * HOUR)), {
    maxLength: 60,
  });

  interface Wave {
    readonly hour: number;
    readonly day: number;
    readonly amounts: readonly number[];
    readonly reserved: number;
    /** What the provider billed; `undefined` while the wave is in flight, or when its run died. */
    billed?: number;
  }

  it("never counts less than was billed and is in flight, and never passes a limit", () => {
    fc.assert(
      fc.property(steps, (steps) => {
        let ledger = emptyLedger(NOON);
        let clock = NOON;
        const waves: Wave[] = [];
        for (const [step, passed] of steps) {
          clock += passed;
          const now = clock - step.lag;
          ledger = rollOver(ledger, now);
          if (step.kind === "reserve") {
            const result = reserve(ledger, `w${waves.length}`, step.amounts, LIMITS, now);
            ledger = result.ledger;
            const reserved = step.amounts.slice(0, result.granted).reduce((sum, amount) => sum + amount, 0);
            const { hour, day } = ledger;
            waves.push({ hour: hour.key, day: day.key, amounts: step.amounts, reserved });
          } else if (step.kind === "remove") {
            ledger = removeAbandoned(ledger, now, 3 * MINUTE);
          } else {
            const index = step.wave % Math.max(1, waves.length);
            const wave = waves[index];
            if (wave === undefined) continue;
            if (step.kind === "settle") {
              // A second settlement of the same wave says the same as the first.
              wave.billed ??= Math.floor(wave.reserved * step.share);
              ledger = settle(ledger, `w${index}`, wave.billed, wave.billed);
            } else if (ledger.inFlight.some(({ id }) => id === `w${index}`)) {
              const again = reserve(ledger, `w${index}`, wave.amounts, LIMITS, now);
              expect(again.ledger).toBe(ledger);
              const granted = wave.amounts.slice(0, again.granted).reduce((sum, amount) => sum + amount, 0);
              expect(granted).toBe(wave.reserved);
            }
          }
          const owed = (window: "hour" | "day") =>
            waves
              .filter((wave) => wave[window] === ledger[window].key)
              .reduce((sum, wave) => sum + (wave.billed ?? wave.reserved), 0);
          expect(ledger.hour.spent).toBeGreaterThanOrEqual(owed("hour"));
          expect(ledger.day.spent).toBeGreaterThanOrEqual(owed("day"));
          expect(ledger.hour.spent).toBeLessThanOrEqual(LIMITS.hourly);
          expect(ledger.day.spent).toBeLessThanOrEqual(LIMITS.daily);
          expect(ledger.hour.fillCost).toBeLessThanOrEqual(ledger.hour.spent);
          expect(ledger.inFlight.length).toBeLessThanOrEqual(MAX_IN_FLIGHT);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("counts exactly what was billed once every wave is settled in its own window", () => {
    const waves = fc.array(fc.tuple(fc.nat(50), fc.double({ min: 0, max: 1, noNaN: true })), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(waves, fc.infiniteStream(fc.nat()), (waves, order) => {
        let ledger = emptyLedger(NOON);
        const open = waves.map(([amount, share], i) => ({
          id: `${i}`,
          amount,
          cost: Math.floor(amount * share),
        }));
        for (const { id, amount } of open) ledger = reserve(ledger, id, [amount], LIMITS, NOON).ledger;
        const billed = open.reduce((sum, { cost }) => sum + cost, 0);
        while (open.length > 0) {
          const [wave] = open.splice((order.next().value as number) % open.length, 1);
          if (wave !== undefined) ledger = settle(ledger, wave.id, wave.cost, 0);
        }
        expect([ledger.hour.spent, ledger.day.spent, ledger.inFlight.length]).toEqual([billed, billed, 0]);
      }),
    );
  });
});

describe("an allowance", () => {
  const met = { ...withSpent(1_000), hour: { ...withSpent(1_000).hour, refused: 7 } };

  it("widens the open hour and the open day by as much, each time that one is given", () => {
    const twice = allow(allow(met, 250), 50);
    expect([twice.hour.allowance, twice.day.allowance]).toEqual([300, 300]);
    expect(twice).toEqual({
      ...met,
      hour: { ...met.hour, allowance: 300 },
      day: { ...met.day, allowance: 300 },
    });
  });

  it("of nothing changes nothing", () => expect(allow(met, 0)).toBe(met));
});

describe("forgetRefused", () => {
  it("takes back what was refused in both windows, and nothing else", () => {
    const { hour, day, ...rest } = withSpent(900);
    const met = { ...rest, hour: { ...hour, refused: 200 }, day: { ...day, refused: 300 } };
    expect(forgetRefused(met)).toEqual(withSpent(900));
  });
});

describe("the hours that were closed", () => {
  const charge = (ledger: Ledger, at: number) =>
    settle(withReserved(rollOver(ledger, at), `${at}`, 100, at), `${at}`, 60, 40);

  it("are kept with what they came to, oldest first, and no more than six of them", () => {
    let ledger = emptyLedger(NOON);
    for (let i = 0; i < 9; i++) ledger = charge(ledger, NOON + i * HOUR);
    const first = Math.floor(NOON / HOUR);
    expect(ledger.closed).toEqual(
      [2, 3, 4, 5, 6, 7].map((i) => ({ hour: first + i, fillCost: 40, spent: 60 })),
    );
  });

  it("are not added to by a new day alone, nor twice", () => {
    const charged = charge(emptyLedger(NOON), NOON);
    const closed = rollOver(charged, NOON + HOUR);
    expect(rollOver(closed, NOON + HOUR + 1).closed).toBe(closed.closed);
    expect(closed.closed).toHaveLength(1);
  });

  it("learn only of their own late settlements", () => {
    const first = withReserved(emptyLedger(NOON), "late", 500);
    const second = withReserved(rollOver(first, NOON + HOUR), "b", 100, NOON + HOUR);
    const third = settle(rollOver(second, NOON + 2 * HOUR), "late", 30, 20);
    expect(third.closed.map(({ spent, fillCost }) => [spent, fillCost])).toEqual([
      [30, 20],
      [100, 0],
    ]);
  });
});

describe("the minutes of a settlement", () => {
  it("are those in which it settled, with its fills, the unexpected and the failed ones", () => {
    const touches = { now: NOON + 3 * MINUTE, fills: 4, unexpected: 2, failed: 1 };
    const settled = settle(withReserved(emptyLedger(NOON), "a", 700), "a", 300, 200, touches);
    expect(settled.minutes).toEqual([
      { minute: NOON / MINUTE + 3, fillCost: 200, fills: 4, unexpected: 2, failed: 1 },
    ]);
  });

  it("are those of its reservation, without a count, where nobody looks at rates", () => {
    const settled = settle(withReserved(emptyLedger(NOON), "a", 700), "a", 300, 200);
    expect(settled.minutes).toEqual([
      { minute: NOON / MINUTE, fillCost: 200, fills: 0, unexpected: 0, failed: 0 },
    ]);
  });
});
