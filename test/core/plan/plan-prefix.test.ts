import { describe, expect, it } from "vitest";
import { expiresAt, NEVER } from "../../../lib/core/due.ts";
import {
  isKept,
  isOptional,
  isPlanned,
  plannedPrefix,
  sizeOf,
  withPlan,
} from "../../../lib/core/plan/plan-prefix.ts";
import { policyNamed } from "../../../lib/core/plan/policies.ts";
import type { PrefixState } from "../../../lib/core/prefix-state.ts";
import { NOON } from "../samples.ts";
import { ALWAYS, anOptional, planOf, used } from "./optional.ts";

describe("the planner decides about a prefix", () => {
  it.each<[string, Partial<PrefixState>, boolean]>([
    ["that is optional", {}, true],
    ["that is required: no", { required: true }, false],
    ["beside the live color: no", { beside: true }, false],
    ["that a person has to look at first: no", { stopped: "not_cached" }, false],
  ])("%s", (_what, fields, isTrue) => {
    expect(isOptional(anOptional(fields))).toBe(isTrue);
    expect(isPlanned(anOptional(fields))).toBe(isTrue);
  });

  it("while the live color serves it, though nothing is wanted of it just now", () => {
    expect(isPlanned(anOptional({ dueAt: NEVER, passed: "not_worth_it" }))).toBe(true);
    expect(isPlanned(anOptional({ dueAt: NEVER }))).toBe(false);
  });
});

describe("the size of a prefix", () => {
  const { measuredTokens: _measured, ...unmeasured } = anOptional({ bytes: 40_000 });

  it("is the measured one, else the counted one, else about four bytes a token", () => {
    expect(sizeOf(anOptional({ measuredTokens: 9_000, countedTokens: 8_000 }))).toBe(9_000);
    expect(sizeOf({ ...unmeasured, countedTokens: 8_000 })).toBe(8_000);
    expect(Math.round(sizeOf(unmeasured) / 1_000)).toBe(10);
  });
});

describe("a prefix's plan", () => {
  it("begins with what is known of the prefix and of its model's prices", () => {
    const made = plannedPrefix(anOptional({ measuredTokens: 9_000 }), ALWAYS, NOON);
    expect(made?.isForgotten).toBe(false);
    expect(made?.plan).toMatchObject({
      fingerprint: anOptional().fingerprint,
      required: false,
      tokens: 9_000,
      requests: 0,
      tariff: { read: 0.05, write5m: 1.25, write1h: 2, input: 2_000_000, minimumTokens: 512 },
    });
  });

  it("comes back from the store as it was left", () => {
    const plan = { ...planOf(used(anOptional())), touchesSent: 3 };
    const again = plannedPrefix(withPlan(anOptional(), plan), ALWAYS, NOON);
    expect(again).toMatchObject({ plan, isForgotten: false });
  });

  it.each([
    ["another policy's", used(anOptional(), {}, policyNamed("adaptive"))],
    ["no plan", anOptional({ plan: "" })],
    ["damaged", anOptional({ plan: "AAAA" })],
  ])("is learned again where what is stored is %s", (_what, prefix) => {
    expect(plannedPrefix(prefix, ALWAYS, NOON)).toEqual({
      prefix,
      plan: planOf(anOptional()),
      isForgotten: true,
    });
  });

  it("does not hide another failure behind that", () => {
    const broken = {
      ...ALWAYS,
      get learnedSize(): number {
        throw new TypeError("broken");
      },
    };
    expect(() => plannedPrefix(used(anOptional()), broken, NOON)).toThrow("broken");
  });

  it("is none for a model without a price", () => {
    expect(plannedPrefix(anOptional({ model: "claude-unpriced" }), ALWAYS, NOON)).toBeUndefined();
  });
});

describe("a prefix as the planner leaves it", () => {
  it("is due when the plan says, whatever it was before", () => {
    const plan = planOf(used(anOptional()));
    const left = withPlan(anOptional({ dueAt: 5, retryAt: 6, passed: "expired" }), plan);
    expect(left.dueAt).toBe(plan.dueAt);
    expect(left).not.toHaveProperty("retryAt");
    expect(left).not.toHaveProperty("passed");
  });

  it("says why it is left alone", () => {
    const plan = planOf(used(anOptional()));
    expect(withPlan(anOptional(), plan, "no_money").passed).toBe("no_money");
    expect(withPlan(anOptional(), { ...plan, touchAt: NEVER }).passed).toBe("not_worth_it");
    expect(withPlan(anOptional(), { ...plan, touchAt: NEVER }, "spent").passed).toBe("spent");
  });
});

describe("the provider keeps a prefix", () => {
  it.each([
    [NOON, "1h", expiresAt(NOON, "1h") - 1, true],
    [NOON, "1h", expiresAt(NOON, "1h"), false],
    [NOON, "5m", expiresAt(NOON, "5m") - 1, true],
    [NOON, "5m", expiresAt(NOON, "5m"), false],
    [0, "1h", 1, false],
    [1, "1h", 1, true],
  ] as const)("that was used last at %d, with %s, at %d: %s", (lastStart, live, now, kept) => {
    expect(isKept({ ...planOf(anOptional()), lastStart, live }, now)).toBe(kept);
  });
});
