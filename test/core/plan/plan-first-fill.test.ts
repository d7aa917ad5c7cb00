import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { awaitsFirstFill, fittingFills, worthOfFirstFill } from "../../../lib/core/plan/plan-first-fill.ts";
import { succeed } from "../../../lib/core/plan/planner.ts";
import type { Policy } from "../../../lib/core/plan/policy.ts";
import { TOUCH_OVERHEAD_TOKENS, USUAL_TARIFF } from "../../../lib/core/plan/tariff.ts";
import type { PlanLimits } from "../../../lib/core/plan/tick.ts";
import { NOON } from "../samples.ts";
import { ALWAYS, anOptional, NOON_MINUTE, planned, planOf, used } from "./optional.ts";

describe("a prefix", () => {
  it("waits for a first fill when it has taken the place of one that was used", () => {
    const successor = planned(anOptional());
    expect(awaitsFirstFill(successor)).toBe(false);
    succeed(successor.plan, planOf(used(anOptional())));
    expect(awaitsFirstFill(successor)).toBe(true);
  });

  it("waits for none once its own bytes were written", () => {
    expect(awaitsFirstFill(planned(used(anOptional())))).toBe(false);
  });
});

/** 1,000 tokens of the usual tariff, written as 1h or 5m. */
function aPlan(fields: { readonly tokens?: number; readonly live?: "5m" | "1h" } = {}) {
  return {
    plan: { ...planOf(anOptional()), tariff: USUAL_TARIFF, tokens: 1_000, live: "1h" as const, ...fields },
  };
}

describe("the worth of a first fill", () => {
  const at = (chance: number): Policy => ({ ...ALWAYS, chanceOfUse: () => chance });

  it("is a read in the place of the user's write if it is used, less the write itself", () => {
    // Written for 2, read for 0.1 in the place of 2: all that is lost are the read and the touch's own message.
    expect(worthOfFirstFill(aPlan(), NOON, at(1), 0)).toBeCloseTo(-100 - TOUCH_OVERHEAD_TOKENS, 9);
    expect(worthOfFirstFill(aPlan(), NOON, at(0), 0)).toBeCloseTo(-2_000 - TOUCH_OVERHEAD_TOKENS, 9);
    // With lambda the user's waiting counts too.
    expect(worthOfFirstFill(aPlan(), NOON, at(1), 0.5)).toBeCloseTo(400 - TOUCH_OVERHEAD_TOKENS, 9);
    expect(worthOfFirstFill(aPlan(), NOON, at(0.9), 0.5)).toBeCloseTo(160 - TOUCH_OVERHEAD_TOKENS, 9);
  });

  it("is by the write that its predecessor had", () => {
    expect(worthOfFirstFill(aPlan({ live: "5m" }), NOON, at(0.5), 0.5)).toBeCloseTo(
      0.5 * 1_650 - 1_250 - TOUCH_OVERHEAD_TOKENS,
      9,
    );
  });

  it("grows with the size, and with the chance of use", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.9, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 100_000 }),
        (p, tokens) => {
          const worth = (chance: number, size: number) =>
            worthOfFirstFill(aPlan({ tokens: size }), NOON, at(chance), 0.5);
          expect(worth(p, tokens + 1)).toBeGreaterThan(worth(p, tokens));
          expect(worth(p, tokens)).toBeGreaterThan(worth(p - 0.1, tokens));
        },
      ),
      { numRuns: 20 },
    );
  });

  it.each([
    ["1h", 60],
    ["5m", 5],
  ] as const)(
    "asks for the chance of a use within the life of a %s entry, from this minute on",
    (live, minutes) => {
      const asked: number[][] = [];
      const policy: Policy = {
        ...ALWAYS,
        chanceOfUse: (_plan, from, to) => {
          asked.push([from, to]);
          return 1;
        },
      };
      worthOfFirstFill(aPlan({ live }), NOON + 59_999, policy, 0);
      expect(asked).toEqual([[NOON_MINUTE, NOON_MINUTE + minutes]]);
    },
  );

  it("is negative where nothing is predicted", () => {
    expect(worthOfFirstFill(aPlan(), NOON, ALWAYS, 5)).toBeLessThan(0);
  });
});

/** Wanted fills by name, size and worth. Tokens are given with what each touch takes beside them. */
function fitting(
  wanted: readonly (readonly [name: string, tokens: number, worth: number])[],
  limits: PlanLimits,
) {
  const members = wanted.map(([fingerprint, tokens, worth]) => {
    const member = planned(anOptional({ fingerprint }));
    member.plan.tokens = tokens - TOUCH_OVERHEAD_TOKENS;
    member.plan.live = "1h";
    return { member, worth };
  });
  const { fitting: fit, left } = fittingFills(members, limits);
  return {
    fit: fit.map(({ prefix }) => prefix.fingerprint),
    left: Object.fromEntries(left.map(({ member, reason }) => [member.prefix.fingerprint, reason])),
  };
}

describe("first fills", () => {
  const THREE = [
    ["a", 1_000, 10],
    ["b", 2_000, 60],
    ["c", 1_000, 20],
  ] as const;

  it("are all made where nothing is scarce, those that save most for their tokens first", () => {
    expect(fitting(THREE, {})).toEqual({ fit: ["b", "c", "a"], left: {} });
  });

  it("that save less for each token come later, however much they save in all", () => {
    const sizes = [
      ["large", 9_000, 30],
      ["small", 1_000, 20],
    ] as const;
    expect(fitting(sizes, {}).fit).toEqual(["small", "large"]);
  });

  it("that save the same are made by fingerprint, in whatever order they come", () => {
    const equal = [
      ["b", 1_000, 10],
      ["a", 1_000, 10],
      ["c", 1_000, 10],
    ] as const;
    expect(fitting(equal, {}).fit).toEqual(["a", "b", "c"]);
    expect(fitting(equal.toReversed(), {}).fit).toEqual(["a", "b", "c"]);
  });

  it.each([
    [12, ["b", "c", "a"]],
    [11, ["b", "c"]],
    [4, ["b"]],
    [3, []],
    [0, []],
  ] as const)("take a quarter of %d requests a minute", (requestsPerMinute, fit) => {
    const made = fitting(THREE, { requestsPerMinute });
    expect(made.fit).toEqual(fit);
    expect(Object.values(made.left)).toEqual(Array(3 - fit.length).fill("no_requests"));
  });

  it.each([
    [4_000, ["b", "c", "a"], {}],
    [3_999, ["b", "c"], { a: "no_tokens" }],
    [2_000, ["b"], { c: "no_tokens", a: "no_tokens" }],
    [1_999, ["c"], { b: "no_tokens", a: "no_tokens" }],
  ] as const)("take what fits into %d input tokens of their share", (tokens, fit, left) => {
    expect(fitting(THREE, { inputTokensPerMinute: 2 * tokens, share: 0.5 })).toEqual({ fit, left });
  });

  it("take what can be paid for, at the price of a write", () => {
    // A thousand tokens, written as 1h for 4 dollars a million, are 4,000 micro-USD.
    expect(fitting(THREE, { budget: 16_000 }).fit).toEqual(["b", "c", "a"]);
    expect(fitting(THREE, { budget: 15_999 })).toEqual({ fit: ["b", "c"], left: { a: "no_money" } });
    expect(fitting(THREE, { budget: 7_999 })).toEqual({ fit: ["c"], left: { b: "no_money", a: "no_money" } });
    expect(fitting(THREE, { budget: 0 }).fit).toEqual([]);
  });

  it("that do not fit leave their room to the others", () => {
    expect(fitting(THREE, { inputTokensPerMinute: 1_999, share: 1, requestsPerMinute: 1 })).toEqual({
      fit: ["c"],
      left: { b: "no_tokens", a: "no_requests" },
    });
  });
});
