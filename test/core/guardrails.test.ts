import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ActionOnLimit, WarmerConfig } from "../../lib/core/config.ts";
import type { Control } from "../../lib/core/control.ts";
import { isAllowed, type pausePrefix, throttle, throttlePrefix } from "../../lib/core/control-state.ts";
import {
  ABANDONED_AFTER_MS,
  limitIsMet,
  releaseSlots,
  reserveWave,
  slotOpensAt,
  spendLimits,
  type WaveGrant,
} from "../../lib/core/guardrails.ts";
import { MAX_IN_FLIGHT, settle } from "../../lib/core/ledger.ts";
import { aControl, HOUR, MINUTE, NOON, SECOND } from "./samples.ts";

const TIMEOUT = 30 * SECOND;

type Guardrails = WarmerConfig["guardrails"];

const guardrails = (fields: Partial<Guardrails> = {}): Guardrails => ({
  hourly: 2_000_000,
  daily: 10_000_000,
  absoluteMax: 30_000_000,
  actionOnLimit: "pause_warmer",
  ...fields,
});

function ask(
  control: Control,
  bounds: readonly number[],
  { id = "w1", now = NOON, rules = guardrails() }: { id?: string; now?: number; rules?: Guardrails } = {},
): WaveGrant {
  const touches = bounds.map((bound, i) => ({ prefix: `p${i}`, bound }));
  return reserveWave(control, { id, touches, guardrails: rules, now, requestTimeoutMs: TIMEOUT });
}

const spent = (hour: number, day = hour): Control => {
  const { ledger } = aControl();
  return aControl({
    ledger: { ...ledger, hour: { ...ledger.hour, spent: hour }, day: { ...ledger.day, spent: day } },
  });
};

const act = { reason: "slower", by: "anna", at: NOON, cause: "operator" } as const;
const throttled = throttle(aControl(), { ...act, maxFillsPerMinute: 6, nextSlotAt: NOON });

function allowed(result: ReturnType<typeof pausePrefix>): Control {
  if (!isAllowed(result)) throw new Error(result.notAllowed);
  return result;
}

describe("spendLimits", () => {
  it("are the limits and the absolute maximum for pause_warmer", () => {
    expect(spendLimits(guardrails())).toEqual({ hourly: 2_000_000, daily: 10_000_000, absolute: 30_000_000 });
  });

  it.each(["alert_only", "throttle"] as ActionOnLimit[])(
    "are the absolute maximum alone for %s",
    (actionOnLimit) => {
      expect(spendLimits(guardrails({ actionOnLimit }))).toEqual({
        hourly: Number.POSITIVE_INFINITY,
        daily: Number.POSITIVE_INFINITY,
        absolute: 30_000_000,
      });
    },
  );
});

describe("reserveWave", () => {
  it("grants what fits and changes nothing but the ledger", () => {
    const control = aControl();
    const grant = ask(control, [500_000, 500_000]);
    expect(grant.granted).toBe(2);
    expect(grant).not.toHaveProperty("refusal");
    expect(grant.control).toEqual({ ...control, ledger: grant.control.ledger });
    expect(grant.control.ledger.hour.spent).toBe(1_000_000);
  });

  it("goes on with a part of a wave without calling it a met limit", () => {
    const grant = ask(spent(1_500_000), [400_000, 400_000]);
    expect(grant.granted).toBe(1);
    expect(grant).not.toHaveProperty("refusal");
    expect(grant.control).not.toHaveProperty("paused");
  });

  it.each([
    ["hourly limit", spent(1_999_999), "limit_hour", "the hourly limit of $2.00 was met"],
    ["daily limit", spent(0, 9_999_999), "limit_day", "the daily limit of $10.00 was met"],
    [
      "absolute maximum",
      spent(0, 29_999_999),
      "absolute_max",
      "the absolute maximum of $30.00 a day was met",
    ],
  ])("pauses in the same change when the %s is met, and people are told", (_what, control, cause, reason) => {
    const grant = ask(control, [2], { now: NOON + 1 });
    expect(grant).toMatchObject({ granted: 0, refusal: cause });
    expect(grant.control).toMatchObject({
      generation: 2,
      paused: { cause, by: "ledger", at: NOON + 1, reason },
      outbox: [{ kind: "paused", cause, reason }],
      ledger: { inFlight: [] },
    });
  });

  it("pauses at the usable part of a limit, and tells why it is a part", () => {
    const full = spent(500_000);
    const control = { ...full, ledger: { ...full.ledger, hour: { ...full.ledger.hour, usable: 250 } } };
    const { paused } = ask(control, [1]).control;
    expect(paused?.reason).toBe(
      "the hourly limit of $2.00 ($0.50 of it until the window ends: shares changed) was met",
    );
    expect(ask(spent(500_000), [1]).granted).toBe(1);
  });

  it("spends exactly up to the limit before it pauses", () => {
    expect(ask(spent(1_999_999), [1]).granted).toBe(1);
  });

  it("lets no allowance lift the absolute maximum", () => {
    const { ledger } = spent(0, 29_999_999);
    const room = { ...ledger, day: { ...ledger.day, allowance: 50_000_000 } };
    expect(ask(aControl({ ledger: room }), [1]).granted).toBe(1);
    expect(ask(aControl({ ledger: room }), [2]).refusal).toBe("absolute_max");
  });

  it.each(["alert_only", "throttle"] as ActionOnLimit[])(
    "with %s goes on past the limits and pauses at the absolute maximum",
    (actionOnLimit) => {
      const rules = guardrails({ actionOnLimit });
      expect(ask(spent(29_999_999), [1], { rules }).granted).toBe(1);
      const grant = ask(spent(29_999_999), [2], { rules });
      expect(grant).toMatchObject({ granted: 0, refusal: "absolute_max" });
      expect(grant.control.paused?.cause).toBe("absolute_max");
    },
  );

  it("with alert_only tells people when a limit is passed, and sends at full speed", () => {
    const rules = guardrails({ actionOnLimit: "alert_only" });
    const at = ask(spent(1_999_999), [1], { rules }).control;
    expect(at).not.toHaveProperty("outbox");
    const past = ask(at, [1], { rules, id: "w2" }).control;
    expect(past).toMatchObject({ generation: 1, outbox: [{ kind: "limit_met", cause: "limit_hour" }] });
    expect(past).not.toHaveProperty("throttled");
  });

  it("with throttle slows down when a limit is passed, once", () => {
    const rules = guardrails({ actionOnLimit: "throttle" });
    const past = ask(spent(2_000_000), [1], { rules }).control;
    expect(past).toMatchObject({
      generation: 2,
      throttled: { maxFillsPerMinute: 10, cause: "limit_hour" },
      outbox: [{ kind: "throttled" }],
    });
    expect(ask(past, [1], { rules, id: "w2" }).control.generation).toBe(2);
  });

  it("reserves nothing while paused, whoever paused, and keeps the first reason", () => {
    const paused = aControl({ paused: { ...act, reason: "lunch", incident: 2 } });
    expect(ask(paused, [1])).toEqual({ control: paused, granted: 0, refusal: "paused" });
  });

  it("grants a new hour its own money, and not a new day's", () => {
    const control = spent(2_000_000, 9_500_000);
    expect(ask(control, [500_000], { now: NOON + HOUR }).granted).toBe(1);
    expect(ask(control, [500_001], { now: NOON + HOUR }).refusal).toBe("limit_day");
  });

  it("frees the places of runs that died, and their money stays spent", () => {
    let control = aControl();
    for (let i = 0; i < MAX_IN_FLIGHT; i++) control = ask(control, [10], { id: `w${i}` }).control;
    const at = (age: number) => ask(control, [10], { id: "next", now: NOON + age });
    expect(at(ABANDONED_AFTER_MS)).toMatchObject({ granted: 0, refusal: "reservations_full" });
    expect(at(ABANDONED_AFTER_MS).control).not.toHaveProperty("paused");
    const after = at(ABANDONED_AFTER_MS + 1);
    expect(after.granted).toBe(1);
    expect(after.control.ledger.hour.spent).toBe(10 * MAX_IN_FLIGHT + 10);
  });

  it("reserves a wave once, also when it is asked twice", () => {
    const first = ask(spent(1_500_000), [400_000, 400_000]);
    const second = ask(first.control, [400_000, 400_000]);
    expect(second.granted).toBe(1);
    expect(second.control.ledger).toEqual(first.control.ledger);
  });

  it.each(["pause_warmer", "alert_only", "throttle"] as ActionOnLimit[])(
    "with %s stops with every other part of the system dead",
    (actionOnLimit) => {
      const rules = guardrails({ actionOnLimit, absoluteMax: 10_000_000 });
      const most = actionOnLimit === "pause_warmer" ? 2_000_000 : 10_000_000;
      const wave = fc.tuple(
        fc.array(fc.integer({ min: 1, max: 700_000 }), { minLength: 1, maxLength: 6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 5 * SECOND }),
      );
      fc.assert(
        fc.property(fc.array(wave, { maxLength: 60 }), (waves) => {
          let control = aControl();
          let billed = 0;
          let now = NOON;
          for (const [i, [bounds, share, passed]] of waves.entries()) {
            now += passed;
            const grant = ask(control, bounds, { id: `w${i}`, now, rules });
            control = grant.control;
            if (grant.granted === 0) continue;
            const bound = bounds.slice(0, grant.granted).reduce((sum, amount) => sum + amount, 0);
            const cost = Math.floor(bound * share);
            billed += cost;
            control = { ...control, ledger: settle(control.ledger, `w${i}`, cost, cost) };
          }
          expect(billed).toBeLessThanOrEqual(most);
          expect(control.ledger.hour.spent).toBe(billed);
        }),
        { numRuns: 50 },
      );
    },
  );
});

describe("a throttle", () => {
  it("sends touches one by one, each when its slot is open", () => {
    const first = ask(throttled, [1, 1, 1]);
    expect(first.granted).toBe(1);
    const second = ask(first.control, [1], { id: "w2", now: NOON + 1 });
    expect(second).toMatchObject({ granted: 0, refusal: "throttled", retryAt: NOON + TIMEOUT + 10 * SECOND });
    expect(second.control).toBe(first.control);
    expect(ask(first.control, [1], { id: "w2", now: second.retryAt ?? 0 }).granted).toBe(1);
  });

  it.each([
    [true, NOON + 12 * SECOND],
    [false, NOON + 2 * SECOND],
  ])("keeps its spacing after a fill (%s) and gives the slot back after a read", (filled, next) => {
    const taken = ask(throttled, [1]).control;
    const released = releaseSlots(taken, taken, "p0", filled, NOON + 2 * SECOND);
    expect(released.throttled?.nextSlotAt).toBe(next);
    expect(ask(released, [1], { id: "w2", now: next - 1 }).granted).toBe(0);
    expect(ask(released, [1], { id: "w2", now: next }).granted).toBe(1);
  });

  it("that somebody set anew while a touch was in flight is left as it was set", () => {
    const taken = ask(throttled, [1]).control;
    const anew = throttle(taken, { ...act, maxFillsPerMinute: 1, nextSlotAt: NOON + MINUTE });
    expect(releaseSlots(anew, taken, "p0", false, NOON + SECOND).throttled?.nextSlotAt).toBe(NOON + MINUTE);
  });

  it("of one prefix lets the others go, up to its own place in the wave", () => {
    const one = allowed(throttlePrefix(aControl(), "p1", { ...act, maxFillsPerMinute: 6, nextSlotAt: NOON }));
    const grant = ask(one, [1, 1, 1]);
    expect(grant.granted).toBe(1);
    expect(grant.control.prefixes).toEqual(one.prefixes);
    const alone = reserveWave(one, {
      id: "w2",
      touches: [{ prefix: "p1", bound: 1 }],
      guardrails: guardrails(),
      now: NOON,
      requestTimeoutMs: TIMEOUT,
    });
    expect(alone.control.prefixes?.["p1"]?.throttled?.nextSlotAt).toBe(NOON + TIMEOUT + 10 * SECOND);
    const released = releaseSlots(alone.control, alone.control, "p1", true, NOON + SECOND);
    expect(released.prefixes?.["p1"]?.throttled?.nextSlotAt).toBe(NOON + 11 * SECOND);
  });

  it("never lets two fills come closer than its spacing, whatever the requests take", () => {
    const touch = fc.record({
      wait: fc.nat(20_000),
      took: fc.integer({ min: 1, max: TIMEOUT }),
      dies: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.array(touch, { maxLength: 30 }), (limit, touches) => {
        let control = throttle(aControl(), { ...act, maxFillsPerMinute: limit, nextSlotAt: NOON });
        const fills: number[] = [];
        let now = NOON;
        for (const [i, { wait, took, dies }] of touches.entries()) {
          now += wait;
          const grant = ask(control, [1], { id: `w${i}`, now });
          control = grant.control;
          if (grant.granted === 0) continue;
          fills.push(now);
          if (!dies) control = releaseSlots(control, control, "p0", true, now + took);
        }
        for (const [i, fill] of fills.entries()) {
          const before = fills[i - 1];
          if (before !== undefined) expect(fill - before).toBeGreaterThanOrEqual(60_000 / limit);
        }
      }),
    );
  });
});

describe("a wave that yields", () => {
  const yielding = (control: Control, bound: number, rules = guardrails()) =>
    reserveWave(control, {
      id: "w1",
      touches: [{ prefix: "p0", bound }],
      guardrails: rules,
      now: NOON,
      requestTimeoutMs: TIMEOUT,
      yields: true,
    });

  it.each(["pause_warmer", "throttle"] as ActionOnLimit[])(
    "is left out where there is no room, and with %s nothing is written, paused or told",
    (actionOnLimit) => {
      const control = spent(2_000_000);
      const grant = yielding(control, 1, guardrails({ actionOnLimit }));
      expect(grant).toEqual({ control, granted: 0, refusal: "limit_hour" });
      expect(grant.control).toBe(control);
    },
  );

  it("is sent as far as there is room, and nobody is told of the rest", () => {
    const wave = {
      id: "w1",
      touches: [
        { prefix: "p0", bound: 1 },
        { prefix: "p1", bound: 1 },
      ],
      guardrails: guardrails(),
      now: NOON,
      requestTimeoutMs: TIMEOUT,
      yields: true,
    };
    const grant = reserveWave(spent(1_999_999), wave);
    expect(grant.granted).toBe(1);
    expect(grant.control.ledger.inFlight).toHaveLength(1);
    expect(grant.control).not.toHaveProperty("paused");
  });

  it("is sent where there is room", () => {
    const grant = yielding(spent(1_999_999), 1);
    expect(grant.granted).toBe(1);
    expect(grant.control.ledger.inFlight).toHaveLength(1);
  });
});

describe("a limit that only alerts", () => {
  const rules = guardrails({ actionOnLimit: "alert_only" });

  it.each([
    ["hour", spent(1_999_999, 1_999_999), "limit_hour", "the hourly limit of $2.00 was met"],
    ["day", spent(0, 9_999_999), "limit_day", "the daily limit of $10.00 was met"],
  ] as const)(
    "tells once in each %s, when it is passed and not when it is met",
    (window, control, cause, reason) => {
      const met = ask(control, [1], { rules });
      expect(met.control).not.toHaveProperty("outbox");
      const passed = ask(met.control, [1], { id: "w2", rules, now: NOON + 1 }).control;
      expect(passed.outbox).toMatchObject([
        { kind: "limit_met", cause, by: "ledger", at: NOON + 1, incident: control.generation, reason },
      ]);
      expect(passed.ledger[window].told).toBe(true);
      expect(ask(passed, [1], { id: "w3", rules }).control.outbox).toEqual(passed.outbox);
    },
  );

  it("counts from what an operator allowed beside it", () => {
    const { ledger } = spent(2_000_000);
    const roomy = aControl({ ledger: { ...ledger, hour: { ...ledger.hour, allowance: 5 } } });
    const at = ask(roomy, [5], { rules }).control;
    expect(at).not.toHaveProperty("outbox");
    expect(ask(at, [1], { id: "w2", rules }).control.outbox).toHaveLength(1);
  });
});

describe("a met limit that throttles", () => {
  const rules = guardrails({ actionOnLimit: "throttle" });

  it.each([
    ["hour", spent(2_000_000), "limit_hour", "the hourly limit of $2.00 was met"],
    ["day", spent(0, 10_000_000), "limit_day", "the daily limit of $10.00 was met"],
  ] as const)(
    "of the %s names itself, holds from this moment and sends one touch",
    (window, control, cause, reason) => {
      const { control: after, granted, refusal } = ask(control, [1, 1], { rules });
      expect([granted, refusal]).toEqual([1, undefined]);
      expect(after.throttled).toEqual({
        cause,
        by: "ledger",
        at: NOON,
        reason,
        incident: 2,
        maxFillsPerMinute: 10,
        nextSlotAt: NOON + TIMEOUT + 6 * SECOND,
      });
      expect(after.ledger[window].told).toBe(true);
      expect(after.ledger[window === "hour" ? "day" : "hour"]).not.toHaveProperty("told");
      expect(after.outbox).toHaveLength(1);
    },
  );

  it.each([
    [10, 10],
    [9, 9],
    [11, 10],
  ])("never speeds up a warmer that is held at %i a minute: %i", (before, maxFillsPerMinute) => {
    const held = throttle(spent(2_000_000), { ...act, maxFillsPerMinute: before, nextSlotAt: NOON });
    expect(ask(held, [1], { rules }).control.throttled?.maxFillsPerMinute).toBe(maxFillsPerMinute);
  });

  it("is not met by a wave that fits in part", () => {
    const part = ask(spent(1_999_999), [1, 1], { rules });
    expect(part.granted).toBe(1);
    expect(part.control).not.toHaveProperty("throttled");
  });

  it("pauses nothing and slows nothing where the place for a reservation is missing", () => {
    let control = aControl();
    for (let i = 0; i < MAX_IN_FLIGHT; i++) control = ask(control, [10], { id: `w${i}`, rules }).control;
    const full = ask(control, [10], { id: "next", rules });
    expect(full).toMatchObject({ granted: 0, refusal: "reservations_full" });
    expect(full.control).toEqual(control);
  });
});

describe("slots", () => {
  const own = (control: Control, nextSlotAt: number) =>
    allowed(throttlePrefix(control, "p1", { ...act, maxFillsPerMinute: 6, nextSlotAt }));

  it("open at once where nothing is throttled", () => expect(slotOpensAt(aControl(), "p1")).toBe(0));

  it.each([
    [NOON + 1, NOON + 2],
    [NOON + 2, NOON + 1],
  ])("open when both the warmer's throttle (%i) and the prefix's own (%i) let it go", (warmer, prefix) => {
    const both = own(throttle(aControl(), { ...act, maxFillsPerMinute: 6, nextSlotAt: warmer }), prefix);
    expect(slotOpensAt(both, "p1")).toBe(NOON + 2);
    expect(slotOpensAt(both, "p2")).toBe(warmer);
    const one = (now: number) =>
      reserveWave(both, {
        id: "w1",
        touches: [{ prefix: "p1", bound: 1 }],
        guardrails: guardrails(),
        now,
        requestTimeoutMs: TIMEOUT,
      });
    expect(one(NOON + 1)).toMatchObject({ granted: 0, refusal: "throttled", retryAt: NOON + 2 });
    const sent = one(NOON + 2);
    expect(sent.granted).toBe(1);
    const next = NOON + 2 + TIMEOUT + 10 * SECOND;
    expect(sent.control.throttled?.nextSlotAt).toBe(next);
    expect(sent.control.prefixes?.["p1"]?.throttled?.nextSlotAt).toBe(next);
    const read = releaseSlots(sent.control, sent.control, "p1", false, NOON + SECOND);
    expect(read.throttled?.nextSlotAt).toBe(NOON + SECOND);
    expect(read.prefixes?.["p1"]?.throttled?.nextSlotAt).toBe(NOON + SECOND);
  });

  it("that were given up meanwhile stay given up: a resume is not undone by a reply", () => {
    const taken = own(throttled, NOON);
    const { throttled: _ended, prefixes: _own, ...resumed } = taken;
    expect(releaseSlots(resumed, taken, "p1", true, NOON + SECOND)).toStrictEqual(resumed);
    const { throttled: _then, prefixes: _none, ...before } = taken;
    expect(releaseSlots(taken, before, "p1", true, NOON + SECOND)).toEqual(taken);
    const another = { ...taken, prefixes: { p2: {} } };
    expect(releaseSlots(taken, another, "p1", true, NOON + SECOND).prefixes).toEqual(taken.prefixes);
  });

  it("are not taken by a touch that met a limit", () => {
    const { ledger } = spent(2_000_000);
    const met = ask({ ...throttled, ledger }, [1]);
    expect(met).toMatchObject({ granted: 0, refusal: "limit_hour" });
    expect(met.control.throttled?.nextSlotAt).toBe(NOON);
  });
});

describe("limitIsMet", () => {
  const at = (hour: number, day: number, refused = 0) => {
    const { ledger } = spent(hour, day);
    return { ...ledger, day: { ...ledger.day, refused } };
  };

  it.each([
    ["below both", at(1_999_999, 9_999_999), false],
    ["the hour's", at(2_000_000, 2_000_000), true],
    ["the day's", at(0, 10_000_000), true],
    ["the day's, by what was refused", at(0, 9_999_999, 1), true],
  ])("says whether a limit holds that stops or slows: %s", (_what, ledger, met) => {
    expect(limitIsMet(ledger, guardrails(), NOON)).toBe(met);
    expect(limitIsMet(ledger, guardrails({ actionOnLimit: "throttle" }), NOON)).toBe(met);
    expect(limitIsMet(ledger, guardrails({ actionOnLimit: "alert_only" }), NOON)).toBe(false);
  });

  it.each([
    [30_000_000, 0, false],
    [29_999_999, 1, false],
    [30_000_000, 1, true],
    [30_000_001, 0, true],
  ])("counts the absolute maximum where limits only alert: %i spent, %i refused", (day, refused, met) => {
    const rules = guardrails({ actionOnLimit: "alert_only" });
    expect(limitIsMet(at(0, day, refused), rules, NOON)).toBe(met);
  });

  it("counts the absolute maximum also where an allowance made room under the limits", () => {
    const ledger = at(0, 30_000_001);
    const roomy = { ...ledger, day: { ...ledger.day, allowance: 90_000_000 } };
    expect(limitIsMet(roomy, guardrails(), NOON)).toBe(true);
  });

  it("looks at the windows of now: a new hour is not met", () => {
    expect(limitIsMet(at(2_000_000, 2_000_000), guardrails(), NOON + HOUR - 1)).toBe(true);
    expect(limitIsMet(at(2_000_000, 2_000_000), guardrails(), NOON + HOUR)).toBe(false);
  });
});
