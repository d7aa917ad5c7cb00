import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Adaptive } from "../../../lib/core/plan/adaptive.ts";
import { dayName } from "../../../lib/core/plan/calendar.ts";
import { decodePlanState, encodePlanState } from "../../../lib/core/plan/encode.ts";
import { openPolicy } from "../../../lib/core/plan/fleet-plan.ts";
import { fromHalf, toHalf } from "../../../lib/core/plan/half.ts";
import { POLICY_NAMES, policyNamed } from "../../../lib/core/plan/policies.ts";
import type { PlanState, Policy } from "../../../lib/core/plan/policy.ts";
import { USUAL_TARIFF } from "../../../lib/core/plan/tariff.ts";
import { prefix, START, ticks, use } from "./ticks.ts";

const given = { fingerprint: "a", required: false, tariff: USUAL_TARIFF };

describe("a prefix's stored state", () => {
  it.each(POLICY_NAMES)("takes at most 200 bytes and comes back as it was, for %s", (name) => {
    const policy = policyNamed(name);
    const state = prefix(policy);
    expect(decodePlanState(encodePlanState(state), given, policy)).toEqual(state);
    for (const field of ["retired", "filled"] as const) {
      state[field] = true;
      expect(decodePlanState(encodePlanState(state), given, policy)).toEqual(state);
      state[field] = false;
    }
    for (let i = 0; i < 300; i++) {
      use(state, policy, { minute: START + 17 * i, requests: (i % 3) + 1, tokens: 100_000 + i, wrote: "1h" });
    }
    const bytes = encodePlanState(state);
    expect(bytes.length).toBeLessThanOrEqual(200);
    expect(decodePlanState(bytes, given, policy)).toEqual(state);
  });

  it("is refused when it belongs to another policy or version", () => {
    const adaptive = policyNamed("adaptive");
    const bytes = encodePlanState(prefix(adaptive));
    expect(() => decodePlanState(bytes, given, policyNamed("off"))).toThrow(
      "must have version 3 and 32 bytes",
    );
    bytes[0] = 9;
    expect(() => decodePlanState(bytes, given, adaptive)).toThrow("got: version 9");
  });
});

describe("what was learned of the fleet", () => {
  /** A day of three prefixes; `between` may replace the policy and the states after every minute. */
  function day(between: (policy: Adaptive, states: PlanState[]) => [Adaptive, PlanState[]]): string[] {
    let policy = new Adaptive();
    let states = ["a", "b", "c"].map((name) => prefix(policy, false, name));
    const log: string[] = [];
    for (let minute = 0; minute < 1440; minute++) {
      states.forEach((state, i) => {
        if (minute % (7 + 31 * i) === 0) {
          const wrote = state.dueAt < (START + minute) * 60_000 || minute === 0 ? state.advice : undefined;
          use(state, policy, { minute: START + minute, requests: 1 + (minute % 2), wrote });
        }
        for (const sent of ticks(state, policy, START + minute, 1)) log.push(`${state.fingerprint} ${sent}`);
        log.push(`${state.advice} ${state.touchesLeft} ${state.dueAt}`);
      });
      [policy, states] = between(policy, states);
    }
    return log;
  }

  it("fits one item, and a policy that is stored after every tick decides as one that never is", () => {
    let largest = 0;
    const stored = day((policy, states) => {
      const bytes = policy.encodeFleet();
      largest = Math.max(largest, bytes.length);
      const again = new Adaptive();
      again.decodeFleet(bytes);
      return [
        again,
        states.map((state) =>
          decodePlanState(encodePlanState(state), { ...given, fingerprint: state.fingerprint }, again),
        ),
      ];
    });
    expect(stored).toEqual(day((policy, states) => [policy, states]));
    expect(largest).toBeLessThan(16_384);
  });

  it.each([
    ["empty", new Uint8Array(0)],
    ["short", new Uint8Array(100)],
  ])("is refused when it is %s", (_what, bytes) => {
    expect(() => new Adaptive().decodeFleet(bytes)).toThrow("fleet state must have version 3");
  });
});

describe("a policy that is opened", () => {
  const day = { name: "adaptive", lambda: 0.5 };
  const chance = (policy: Policy) => {
    const state = prefix(policy);
    for (let i = 0; i < 50; i++) use(state, policy, { minute: START + 90 * i, wrote: i ? undefined : "1h" });
    policy.commit?.(START + 90 * 49);
    return policy.chanceOfUse?.(state, START + 90 * 49 + 60, START + 90 * 49 + 120) ?? 0;
  };

  it("knows the closed days of the configuration", () => {
    const closedDays = [dayName(Math.floor((START + 90 * 49) / 1440))];
    const [told, untold] = [openPolicy({ ...day, closedDays }, undefined), openPolicy(day, undefined)];
    expect(chance(told.policy)).toBeLessThan(chance(untold.policy));
  });
});

describe("16-bit numbers", () => {
  it.each([
    [0, 0],
    [-1, 0],
    [Number.NaN, 0],
    [1, 1],
    [100, 100],
    [1e9, 4095],
    [1e-9, 0],
  ])("store %d as about %d", (value, stored) => {
    expect(fromHalf(toHalf(value))).toBeCloseTo(stored, 0);
  });

  it("are within one part in 4,096 and never change when stored twice", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-5, max: 4000, noNaN: true }), (value) => {
        const stored = fromHalf(toHalf(value));
        expect(Math.abs(stored - value)).toBeLessThanOrEqual(value / 4096);
        expect(fromHalf(toHalf(stored))).toBe(stored);
      }),
    );
  });

  it("keep decaying at every size", () => {
    let value = 100;
    for (let i = 0; i < 3000; i++) value = fromHalf(toHalf(value * 0.99));
    expect(value).toBe(0);
  });
});

describe("a policy's name", () => {
  it.each(["", "Adaptive", "cron", "cron(0m)", "cron(1441m)", "keepalive(255)", "keepalive(-1)", "cron(4h)"])(
    "is refused when it is %j, and the message names those there are",
    (name) => {
      expect(() => policyNamed(name)).toThrow(/policy must be one of adaptive, .*got: "/);
    },
  );
});
