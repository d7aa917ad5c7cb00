import { describe, expect, it } from "vitest";
import { NEVER } from "../../../lib/core/due.ts";
import {
  isSameFleet,
  openPolicy,
  parseFleetPlan,
  requiredPerHour,
} from "../../../lib/core/plan/fleet-plan.ts";
import { policyNamed } from "../../../lib/core/plan/policies.ts";
import type { Policy } from "../../../lib/core/plan/policy.ts";
import { aWarmState } from "../samples.ts";
import { anOptional } from "./optional.ts";
import { prefix, START, use } from "./ticks.ts";

const PLAN = {
  policy: "adaptive",
  fleet: Uint8Array.of(1, 2),
  requiredPerHour: 500,
  advice: { unlisted: "own", models: ["m"], required: ["0c1d2e3f4a5b"], listed: ["9a8b7c6d5e4f 1h 40"] },
};

describe("a stored plan of the fleet", () => {
  it("is read as it was written, also what a release before wrote", () => {
    expect(parseFleetPlan(PLAN)).toEqual(PLAN);
    expect(parseFleetPlan({ policy: "off", requiredPerHour: 0 })).toEqual({
      policy: "off",
      requiredPerHour: 0,
    });
  });

  it.each([
    ["policy", { policy: 5 }],
    ["fleet", { fleet: "bytes" }],
    ["requiredPerHour", { requiredPerHour: -1 }],
    ["requiredPerHour", { requiredPerHour: 0.5 }],
    ["advice.unlisted", { advice: { ...PLAN.advice, unlisted: "5m" } }],
    ["advice.listed.0", { advice: { ...PLAN.advice, listed: ["9a8b7c6d5e4f 2h 40"] } }],
  ])("that is damaged in %s is refused by name", (field, change) => {
    expect(parseFleetPlan({ ...PLAN, ...change })).toMatch(new RegExp(`^${field} \\S`));
  });

  it.each([undefined, null, 5, "plan"])("that is %j is refused as a whole", (value) => {
    expect(parseFleetPlan(value)).toMatch(/^plan \S/);
  });
});

/** A policy that has seen many prefixes used once. */
function taught(): Policy {
  const policy = policyNamed("adaptive");
  for (let i = 0; i < 20; i++) {
    const state = prefix(policy, false, `visitor ${i}`);
    use(state, policy, { minute: START + i, wrote: "5m" });
    policy.idle(state, START + i + 4_000);
    policy.commit?.(START + i);
  }
  return policy;
}

describe("a policy that is opened", () => {
  const name = "adaptive";
  const fleet = taught().encodeFleet?.();
  const stored = { policy: name, requiredPerHour: 0, ...(fleet !== undefined && { fleet }) };
  const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString("base64");
  const bytesOf = (opened: { readonly policy: Policy }) => text(opened.policy.encodeFleet?.());
  const fresh = text(policyNamed(name).encodeFleet?.());

  it("goes on with what it had learned", () => {
    const opened = openPolicy({ name }, stored);
    expect(opened).not.toHaveProperty("problem");
    expect(bytesOf(opened)).toBe(text(fleet));
    expect(bytesOf(opened)).not.toBe(fresh);
  });

  it("begins anew where nothing is stored, or nothing was learned, or by another policy", () => {
    for (const other of [
      undefined,
      { policy: name, requiredPerHour: 0 },
      { ...stored, policy: "adaptive-5m" },
    ]) {
      const opened = openPolicy({ name }, other);
      expect(opened).not.toHaveProperty("problem");
      expect(bytesOf(opened)).toBe(fresh);
    }
  });

  it("says so where what is stored is damaged, and begins anew", () => {
    const damaged = openPolicy({ name }, { damaged: "policy must be a text" });
    expect(damaged.problem).toBe("the plan was damaged (policy must be a text)");
    expect(bytesOf(damaged)).toBe(fresh);
    const short = openPolicy({ name }, { ...stored, fleet: Uint8Array.of(1, 2, 3) });
    expect(short.problem).toContain("got: 3 bytes; forget it");
    expect(bytesOf(short)).toBe(fresh);
  });

  it("that learns nothing of the fleet is opened with what another one has stored under its name", () => {
    expect(openPolicy({ name: "off" }, { ...stored, policy: "off" })).not.toHaveProperty("problem");
  });

  it("is refused where there is none of its name", () => {
    expect(() => openPolicy({ name: "none" }, undefined)).toThrow("policy must be one of");
  });
});

describe("what keeping the required prefixes warm costs an hour", () => {
  const warm = aWarmState({ ttl: "1h", grantedTtl: "1h" });
  const one = requiredPerHour([warm]);

  it("is a sum over those that the live color serves and that have a price", () => {
    expect(one).toBeGreaterThan(0);
    expect(requiredPerHour([])).toBe(0);
    expect(Math.abs(requiredPerHour([warm, warm]) - 2 * one)).toBeLessThanOrEqual(1);
    const others = [
      { ...warm, dueAt: NEVER },
      { ...warm, beside: true },
      { ...warm, model: "claude-unpriced" },
      anOptional(),
    ];
    for (const other of others) expect(requiredPerHour([warm, other])).toBe(one);
  });

  it("is by the TTL that was granted, else by the one that was asked for: 5m is touched many times as often", () => {
    expect(requiredPerHour([{ ...warm, grantedTtl: "5m" }])).toBeGreaterThan(5 * one);
    const { grantedTtl: _unknown, ...asked } = warm;
    expect(requiredPerHour([asked])).toBe(one);
    expect(requiredPerHour([{ ...asked, ttl: "5m" }])).toBeGreaterThan(5 * one);
  });

  it("is by the size", () => {
    expect(requiredPerHour([{ ...warm, measuredTokens: 100_000 }])).toBeGreaterThan(5 * one);
  });
});

describe("two plans of the fleet", () => {
  it.each([
    [undefined, undefined, true],
    [undefined, Uint8Array.of(), false],
    [Uint8Array.of(), undefined, false],
    [Uint8Array.of(1, 2), Uint8Array.of(1, 2), true],
    [Uint8Array.of(1, 2), Uint8Array.of(1, 3), false],
    [Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3), false],
    [Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2), false],
  ])("%j and %j are the same: %s", (a, b, same) => {
    expect(isSameFleet(a, b)).toBe(same);
  });
});
