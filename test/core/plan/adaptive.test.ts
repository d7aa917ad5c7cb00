import { describe, expect, it } from "vitest";
import type { Ttl } from "../../../lib/core/due.ts";
import { Adaptive } from "../../../lib/core/plan/adaptive.ts";
import { dayName } from "../../../lib/core/plan/calendar.ts";
import { planCoverage } from "../../../lib/core/plan/coverage.ts";
import { policyNamed } from "../../../lib/core/plan/policies.ts";
import type { PlanState } from "../../../lib/core/plan/policy.ts";
import { USUAL_TARIFF } from "../../../lib/core/plan/tariff.ts";
import { prefix, START, ticks, use } from "./ticks.ts";

/** A prefix that was used every `every` minutes, as often as given and until `ago` minutes ago. */
function used(
  policy: Adaptive,
  fingerprint: string,
  every: number,
  times: number,
  wrote: Ttl = "1h",
  ago = 0,
) {
  const state = prefix(policy, false, fingerprint);
  for (let i = times - 1; i >= 0; i--) {
    const minute = START - ago - i * every;
    use(state, policy, { minute, wrote: i === times - 1 ? wrote : undefined });
    policy.commit(minute);
  }
  return state;
}

/** Keep-alives in the day after a prefix's last use, while those it was like are used as ever, or no more. */
function keptWhileOthers(goOn: boolean): number {
  const policy = new Adaptive();
  const fleet = Array.from({ length: 30 }, (_, i) => prefix(policy, false, `p${i}`));
  const [watched, ...others] = fleet as [PlanState, ...PlanState[]];
  const EVERY = 150;
  /** Each prefix is used in two of five steps, not all of them in the same ones. */
  const step = (minute: number, states: readonly PlanState[]) => {
    const at = minute / EVERY;
    for (const [i, state] of states.entries()) {
      if (Math.floor(at * at + 7 * i + at / 3) % 5 < 2) use(state, policy, { minute, wrote: "1h" });
      else if (state.requests > 0) policy.idle(state, minute);
    }
    policy.commit(minute);
  };
  const last = Math.ceil(START / EVERY + 80) * EVERY;
  for (let minute = last - 80 * EVERY; minute < last; minute += EVERY) step(minute, fleet);
  use(watched, policy, { minute: last, wrote: "1h" });
  step(last, others);
  let sent = 0;
  for (let minute = last; minute < last + 1440; minute += EVERY) {
    sent += ticks(watched, policy, minute + 1, EVERY).length;
    if (goOn) step(minute + EVERY, others);
    else for (const state of others) policy.idle(state, minute + EVERY);
    policy.commit(minute + EVERY);
  }
  return sent;
}

describe("the adaptive policy", () => {
  it("advises 1h for a prefix that is used every 20 minutes, and keeps it for hours", () => {
    const state = used(new Adaptive(), "a", 20, 60);
    expect(state.advice).toBe("1h");
    expect(state.touchesLeft).toBeGreaterThan(0);
  });

  it("advises 5m when most prefixes are used once", () => {
    const policy = new Adaptive();
    for (let i = 0; i < 300; i++) {
      const state = prefix(policy, false, `visitor ${i}`);
      use(state, policy, { minute: START + i, wrote: policy.firstTtl(USUAL_TARIFF) });
      policy.idle(state, START + i + 4000);
      policy.commit(START + i);
    }
    expect(policy.firstTtl(USUAL_TARIFF)).toBe("5m");
  });

  it("never advises an application of which is said that it writes 5m to write 1h", () => {
    const policy = policyNamed("adaptive-5m");
    const state = prefix(policy);
    for (let i = 0; i < 100; i++) {
      use(state, policy, { minute: START + 20 * i, wrote: "5m" });
      policy.commit?.(START + 20 * i);
      expect([state.advice, policy.firstTtl(USUAL_TARIFF)]).toEqual(["5m", "5m"]);
    }
  });

  it("plays 5m on paper once it has seen that 1h is refused, and 1h again when it is granted", () => {
    const policy = new Adaptive();
    const inVain = () => JSON.stringify([...policy.encodeFleet().slice(8, 72)]);
    for (let i = 0; i < 7; i++) policy.granted("1h", "5m");
    policy.commit(START);
    const before = inVain();
    for (let i = 0; i < 5; i++) policy.granted("1h", "5m");
    policy.commit(START + 1);
    expect(inVain()).not.toBe(before);
    const state = used(policy, "a", 20, 60, "5m");
    expect(state.live).toBe("5m");
    expect(state.advice).toBe("1h");
  });

  it("expects little use on a day that is said to be closed, and takes none of it for a habit", () => {
    const DAYS = 12;
    const days = (closedDays: readonly string[], until: number) => {
      const policy = new Adaptive({ closedDays });
      const state = prefix(policy);
      for (let minute = 0; minute < until * 1440; minute += 70) {
        use(state, policy, { minute: minute + START, wrote: minute === 0 ? "1h" : undefined });
        policy.commit(minute + START);
      }
      return { policy, state };
    };
    const first = Math.ceil(START / 1440);
    const closed = [dayName(first + DAYS), dayName(first + DAYS + 1)];
    const before = (first + DAYS) * 1440 - START;
    const [open, told] = [days([], before / 1440), days(closed, before / 1440)];
    const midnight = (first + DAYS) * 1440;
    const chance = ({ policy, state }: typeof open) =>
      policy.chanceOfUse(state, midnight + 120, midnight + 300);
    expect(chance(told)).toBeLessThan(0.4 * chance(open));
    expect(told.state.touchesLeft).toBeLessThan(open.state.touchesLeft);
    const tables = ({ policy, state }: typeof open, minute: number) => {
      policy.idle(state, minute);
      policy.commit(minute);
      const bytes = policy.encodeFleet();
      return Buffer.from(bytes.slice(8 + 8 * new DataView(bytes.buffer).getUint32(4))).toString("hex");
    };
    const night = midnight + 60;
    const [toldAtNight, openAtNight] = [tables(told, night), tables(open, night)];
    expect(tables(told, midnight + 1300)).toBe(toldAtNight);
    expect(tables(open, midnight + 1300)).not.toBe(openAtNight);
  });

  it("gives an entry up sooner when the others fall silent as well", () => {
    const silent = keptWhileOthers(false);
    expect(silent).toBeGreaterThan(0);
    expect(silent).toBeLessThan(keptWhileOthers(true));
  });

  it("decides equally for equal prices and histories, and otherwise where reads cost more", () => {
    const policy = new Adaptive();
    const [a, b] = [prefix(policy, false, "a"), prefix(policy, false, "b")];
    const dear = { ...prefix(policy, false, "c"), tariff: { ...USUAL_TARIFF, read: 0.25 } };
    for (let i = 0; i < 40; i++) {
      const minute = START + 47 * i + (i % 3) * 90;
      for (const state of [a, b, dear]) use(state, policy, { minute, wrote: i === 0 ? "1h" : undefined });
      policy.commit(minute);
    }
    const { fingerprint: _a, ...restA } = a;
    const { fingerprint: _b, ...restB } = b;
    expect(restA).toEqual(restB);
    expect(dear.touchesLeft).toBeLessThan(a.touchesLeft);
  });
});

describe("coverage of a candidate", () => {
  const policy = new Adaptive();
  const at = (START + 1) * 60_000;
  const candidates = [
    {
      fingerprint: "rare",
      required: false,
      warm: false,
      traffic: used(policy, "old-rare", 400, 10, "1h", 300),
    },
    { fingerprint: "busy", required: false, warm: false, traffic: used(policy, "old-busy", 1, 400) },
    {
      fingerprint: "often",
      required: false,
      warm: false,
      traffic: used(policy, "old-often", 12, 100, "1h", 11),
    },
    { fingerprint: "shared", required: false, warm: true, traffic: used(policy, "shared", 2, 300) },
    { fingerprint: "unknown", required: false, warm: false },
    { fingerprint: "needed", required: true, warm: false },
  ];

  it("warms required prefixes first, then by the chance of being used at once", () => {
    const { order } = planCoverage(candidates, at, policy, 1);
    expect(order).toEqual(["needed", "busy", "often", "rare"]);
  });

  it.each([0.1, 0.5, 0.7, 0.9, 0.99])("of %d takes as few as reach it, and what is warm counts", (target) => {
    const all = planCoverage(candidates, at, policy, 1).order;
    const { order, coverage, aim, requests } = planCoverage(candidates, at, policy, target);
    expect(order).toEqual(all.slice(0, order.length));
    expect(coverage).toBeGreaterThanOrEqual(aim);
    expect(aim).toBeGreaterThan(target);
    expect(requests).toBeGreaterThan(1);
    const without = candidates.map((one) => ({
      ...one,
      warm: one.warm || order.slice(0, -1).includes(one.fingerprint),
    }));
    const { before } = planCoverage(without, at, policy, target);
    expect(order.length === 1 || before < aim).toBe(true);
  });

  it("is the same for any order of the candidates", () => {
    const plan = planCoverage(candidates, at, policy, 0.99);
    expect(planCoverage(candidates.toReversed(), at, policy, 0.99).order).toEqual(plan.order);
  });

  it("of nothing needs nothing", () => {
    const nothing = { order: [], coverage: 1, before: 1, aim: 1, requests: 0 };
    expect(planCoverage([], at, policy, 0.93)).toEqual(nothing);
  });

  const evenly = (count: number, whenUsed: number) => ({
    states: Array.from({ length: count }, (_, i) => ({
      fingerprint: `p${i}`,
      required: false,
      warm: false,
      traffic: used(new Adaptive(), `t${i}`, 60, 1),
    })),
    policy: Object.assign(new Adaptive(), {
      chanceInMinute: () => 0.5,
      requestsWhenUsed: () => whenUsed,
    }),
  });

  it.each([
    // requests, misses allowed, expected misses at which it ends: one deviation fewer, or a quarter
    [10, 1, 0.75],
    [120, 12, 9],
    [200, 20, 16],
    [1100, 110, 100],
  ])("of %d requests, %d of which may miss, expects %d misses", (requests, allowed, expected) => {
    const { states, policy: even } = evenly(2 * requests, 1);
    const { aim } = planCoverage(states, at, even, 1 - allowed / requests);
    expect(requests * (1 - aim)).toBeCloseTo(expected, 9);
  });

  it("counts those as missing that come before a cold one's entry can be read", () => {
    const { states, policy: even } = evenly(100, 3);
    const { before, requests } = planCoverage(states, at, even, 0.5);
    expect(requests).toBe(150);
    expect((1 - before) * requests).toBeCloseTo(60, 9);
  });

  it("goes by the silence alone for what was used minutes ago, and by the days before for the rest", () => {
    const learned = new Adaptive();
    const busy = used(learned, "busy", 7, 300);
    const chance = (minute: number) => learned.chanceInMinute(busy, minute);
    for (const ago of [1, 3, 6]) {
      expect(chance(START + ago)).toBe(learned.chanceOfUse(busy, START + ago, START + ago + 1));
    }
    expect(chance(START + 7)).not.toBe(learned.chanceOfUse(busy, START + 7, START + 8));
  });
});
