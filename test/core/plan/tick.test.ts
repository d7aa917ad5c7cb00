import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MINUTE_MS, NEVER } from "../../../lib/core/due.ts";
import { policyNamed } from "../../../lib/core/plan/policies.ts";
import type { PlanState } from "../../../lib/core/plan/policy.ts";
import { mostKeepAlives, tariffOf, USUAL_TARIFF } from "../../../lib/core/plan/tariff.ts";
import { type PlanLimits, planTick } from "../../../lib/core/plan/tick.ts";
import { pricesFor } from "../../../lib/core/prices.ts";
import { prefix, START, use } from "./ticks.ts";

const NOW = (START + 58) * MINUTE_MS + 5_000;

interface Kind {
  readonly name: string;
  readonly tokens: number;
  readonly required?: boolean;
}

/** Prefixes whose 1h entries are due now. */
function due(kinds: readonly Kind[]): PlanState[] {
  const policy = policyNamed("always");
  return kinds.map(({ name, tokens, required }) => {
    const state = prefix(policy, required ?? false, name);
    use(state, policy, { minute: START, wrote: "1h", tokens });
    return state;
  });
}

function plan(kinds: readonly Kind[], limits: PlanLimits) {
  const { touches, passed } = planTick(due(kinds), NOW, policyNamed("always"), limits);
  return {
    touched: touches.map(({ state }) => state.fingerprint),
    passed: Object.fromEntries(passed.map(({ state, reason }) => [state.fingerprint, reason])),
    states: [...touches, ...passed].map(({ state }) => state),
  };
}

const THREE: readonly Kind[] = [
  { name: "small", tokens: 2_000 },
  { name: "large", tokens: 100_000 },
  { name: "needed", tokens: 1_000, required: true },
];

describe("a tick's plan", () => {
  it("touches all that is due, required first, when nothing is scarce", () => {
    expect(plan(THREE, {}).touched).toEqual(["needed", "large", "small"]);
  });

  it.each([
    [12, ["needed", "large", "small"], {}],
    [8, ["needed", "large"], { small: "no_requests" }],
    [4, ["needed"], { small: "no_requests", large: "no_requests" }],
    [3, [], { small: "no_requests", large: "no_requests", needed: "no_requests" }],
  ] as const)(
    "of %d requests a minute takes a quarter, the most valuable first",
    (limit, touched, passed) => {
      const made = plan(THREE, { requestsPerMinute: limit });
      expect(made.touched).toEqual(touched);
      expect(made.passed).toEqual(passed);
    },
  );

  it("asks again at the next tick for what did not fit", () => {
    const { states } = plan(THREE, { requestsPerMinute: 4 });
    const deferred = states.filter(({ fingerprint }) => fingerprint !== "needed");
    for (const state of deferred) expect(state.dueAt).toBe((START + 59) * MINUTE_MS);
  });

  it("takes what it can pay for when the budget is short", () => {
    // A read of 100,000 tokens at 3 dollars is 3 cents, of the others a tenth of a cent and less.
    expect(plan(THREE, { budget: 2_000 })).toMatchObject({
      touched: ["needed", "small"],
      passed: { large: "no_money" },
    });
    expect(plan(THREE, { budget: 0 }).touched).toEqual([]);
  });

  it("counts only what is written against input tokens", () => {
    expect(plan(THREE, { inputTokensPerMinute: 200 }).touched).toHaveLength(3);
    const dead = due([{ name: "dead", tokens: 5_000, required: true }]);
    const later = NOW + 3_600_000;
    const limits = { inputTokensPerMinute: 20_000, share: 0.25 };
    expect(planTick(dead, later, policyNamed("always"), limits).passed[0]?.reason).toBe("no_tokens");
    const room = { inputTokensPerMinute: 20_048, share: 0.25 };
    expect(planTick(dead, later + MINUTE_MS, policyNamed("always"), room).touches).toHaveLength(1);
  });

  it("is the same for any order of the prefixes, and stays within every limit", () => {
    const kinds = fc.uniqueArray(
      fc.record({
        name: fc.stringMatching(/^[a-f0-9]{4}$/),
        tokens: fc.integer({ min: 1, max: 200_000 }),
        required: fc.boolean(),
      }),
      { selector: ({ name }) => name, minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(
        kinds,
        fc.nat(60),
        fc.nat(100_000),
        fc.infiniteStream(fc.nat()),
        (all, rpm, budget, keys) => {
          const limits = { requestsPerMinute: rpm, budget };
          const shuffled = all
            .map((kind) => [keys.next().value ?? 0, kind] as const)
            .sort(([a], [b]) => a - b)
            .map(([, kind]) => kind);
          const { touched, passed } = plan(all, limits);
          expect(plan(shuffled, limits)).toMatchObject({ touched, passed });
          expect(touched.length).toBeLessThanOrEqual(rpm / 4);
          expect(touched.length + Object.keys(passed).length).toBe(all.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("prefers the prefix that is more likely to be used", () => {
    const policy = policyNamed("adaptive");
    const [busy, idle] = [prefix(policy, false, "z-busy"), prefix(policy, false, "a-idle")];
    for (let i = 0; i < 60; i++) {
      use(busy, policy, { minute: START + 20 * i, wrote: i === 0 ? "1h" : undefined });
      if (i % 20 === 0 || i === 59) use(idle, policy, { minute: START + 20 * i, wrote: "1h" });
      policy.commit?.(START + 20 * i);
    }
    for (const state of [busy, idle]) state.touchesLeft = 5;
    const now = (START + 20 * 59 + 58) * MINUTE_MS;
    for (const state of [busy, idle]) state.touchAt = now;
    const { touches } = planTick([idle, busy], now, policy, { requestsPerMinute: 4 });
    expect(touches.map(({ state }) => state.fingerprint)).toEqual(["z-busy"]);
    expect(idle.dueAt).not.toBe(NEVER);
  });
});

describe("a tariff", () => {
  it.each([
    ["claude-sonnet-4-6", 10_000, { read: 0.1, write5m: 1.25, write1h: 2 }],
    ["claude-fable-5-1", 10_000, { read: 0.025, write5m: 1.25, write1h: 2 }],
    ["claude-haiku-5-5", 100_001, { read: 0.1, write5m: 1.25, write1h: 2, input: 500_000 }],
  ] as const)("of %s at %d tokens comes from the price table", (model, tokens, expected) => {
    const prices = pricesFor(model, Date.UTC(2026, 10, 21), tokens);
    expect(prices && tariffOf(prices)).toMatchObject(expected);
  });

  it.each([
    [{ read: 0.1 }, "1h", 19],
    [{ read: 0.1 }, "5m", 11],
    [{ read: 0.25 }, "5m", 4],
    [{ read: 0.025 }, "1h", 79],
    [{ read: 0.1, write1h: 0.1 }, "1h", 0],
    [{ read: 0 }, "1h", 254],
  ] as const)("with %j pays for a %s entry that waits %d keep-alives", (change, ttl, most) => {
    expect(mostKeepAlives({ ...USUAL_TARIFF, ...change }, ttl)).toBe(most);
  });
});
