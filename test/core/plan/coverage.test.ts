import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Candidate, planCoverage } from "../../../lib/core/plan/coverage.ts";
import type { Policy } from "../../../lib/core/plan/policy.ts";
import { MINUTE, NOON } from "../samples.ts";
import { ALWAYS, anOptional, NOON_MINUTE, planOf } from "./optional.ts";

interface Traffic {
  /** How likely it is used in the first minute, in percent. */
  readonly chance: number;
  readonly whenUsed?: number;
  readonly required?: boolean;
  readonly warm?: boolean;
}

const PLAN = planOf(anOptional());

/** Predicts what a candidate's plan holds: the chance in `requests`, and how many when it is used in `tokens`. */
const POLICY: Policy = {
  ...ALWAYS,
  chanceInMinute: ({ requests }) => requests / 100,
  requestsWhenUsed: ({ tokens }) => tokens,
};

function candidate(fingerprint: string, { chance, whenUsed = 1, ...rest }: Traffic): Candidate {
  return {
    fingerprint,
    required: false,
    warm: false,
    traffic: { ...PLAN, requests: chance, tokens: whenUsed },
    ...rest,
  };
}

const plan = (candidates: Readonly<Record<string, Traffic>>, target = 1) =>
  planCoverage(
    Object.entries(candidates).map(([name, traffic]) => candidate(name, traffic)),
    NOON,
    POLICY,
    target,
  );

describe("what is warmed before a flip", () => {
  it("is what is required, then what is used most likely, equals by fingerprint", () => {
    const { order } = plan({
      rare: { chance: 10 },
      z: { chance: 40 },
      a: { chance: 40 },
      needed: { chance: 5, required: true },
      often: { chance: 90 },
    });
    expect(order).toEqual(["needed", "often", "a", "z", "rare"]);
  });

  it("is the same for any order of the candidates", () => {
    const traffic = fc.record({
      chance: fc.nat(100),
      whenUsed: fc.integer({ min: 1, max: 9 }),
      required: fc.boolean(),
    });
    const fleets = fc.dictionary(fc.stringMatching(/^[a-f]{3}$/), traffic, { maxKeys: 12 });
    fc.assert(
      fc.property(fleets, fc.double({ min: 0, max: 1, noNaN: true }), (fleet, target) => {
        const turned = Object.fromEntries(Object.entries(fleet).toReversed());
        expect(plan(turned, target).order).toEqual(plan(fleet, target).order);
      }),
      { numRuns: 50 },
    );
  });

  it("is all that is required, though nobody uses it, and nothing optional that nobody uses", () => {
    expect(plan({ needed: { chance: 0, required: true }, idle: { chance: 0 } })).toEqual({
      order: ["needed"],
      coverage: 1,
      before: 1,
      aim: 1,
      requests: 0,
    });
  });

  it("is nothing that is warm already, and that counts as covered", () => {
    expect(plan({ warm: { chance: 60, warm: true }, cold: { chance: 20 } })).toMatchObject({
      order: ["cold"],
      before: 0.75,
      coverage: 1,
    });
  });

  it("is nothing of whose traffic nothing is known", () => {
    const unknown = { fingerprint: "unknown", required: false, warm: false };
    const unused = { ...unknown, fingerprint: "unused", traffic: { ...PLAN, requests: 0 } };
    expect(planCoverage([unknown, unused], NOON, ALWAYS, 1)).toMatchObject({ order: [], requests: 0 });
  });

  it("takes each known prefix as used once where the policy predicts nothing", () => {
    const known = ["a", "b"].map((name) => candidate(name, { chance: 5 }));
    expect(planCoverage(known, NOON, ALWAYS, 1)).toMatchObject({ order: ["a", "b"], requests: 2, before: 0 });
  });

  it("asks for the minute in which traffic moves", () => {
    const asked: number[] = [];
    const policy: Policy = {
      ...ALWAYS,
      chanceInMinute: (_plan, minute) => {
        asked.push(minute);
        return 1;
      },
    };
    planCoverage([candidate("a", { chance: 1 })], NOON + MINUTE - 1, policy, 1);
    expect(asked).toEqual([NOON_MINUTE]);
  });
});

describe("the predicted coverage", () => {
  it("counts each request, and of those of one minute only the first ones miss", () => {
    // A prefix is used with 50 %, eleven times then: one miss, and a tenth of the ten that follow it.
    const { requests, before, coverage } = plan({ a: { chance: 50, whenUsed: 11 } });
    expect(requests).toBeCloseTo(5.5, 9);
    expect(before).toBeCloseTo(1 - (0.5 * 2) / 5.5, 9);
    expect(coverage).toBe(1);
  });

  const busy = (prefixes: number) =>
    Object.fromEntries(Array.from({ length: prefixes }, (_, i) => [`p${i}`, { chance: 100 }]));

  it("ends at the target, with a margin for how requests scatter", () => {
    // Twenty misses are allowed. Sixteen are expected: one standard deviation more, their root, is just that.
    const { order, aim, coverage } = plan(busy(200), 0.9);
    expect(aim).toBeCloseTo(1 - 16 / 200, 9);
    expect([184, 185]).toContain(order.length);
    expect(coverage).toBeGreaterThanOrEqual(aim);
    expect(coverage).toBeLessThan(aim + 0.01);
  });

  it("spends at most a quarter of the allowed misses on the margin", () => {
    expect(plan(busy(40), 0.9).aim).toBeCloseTo(1 - (0.75 * 4) / 40, 9);
    expect(plan(busy(40), 1).aim).toBe(1);
  });

  it("warms nothing optional where the aim is met already", () => {
    const fleet = { warm: { chance: 99, warm: true }, cold: { chance: 1 } };
    expect(plan(fleet, 0.9).order).toEqual([]);
    expect(plan({ ...fleet, needed: { chance: 1, required: true } }, 0.9).order).toEqual(["needed"]);
  });

  it("stays within 0 and 1, grows with what is warmed, and reaches its aim", () => {
    const traffic = fc.record({
      chance: fc.nat(100),
      whenUsed: fc.integer({ min: 1, max: 50 }),
      required: fc.boolean(),
      warm: fc.boolean(),
    });
    const fleets = fc.dictionary(fc.stringMatching(/^[a-f]{3}$/), traffic, { maxKeys: 12 });
    fc.assert(
      fc.property(fleets, fc.double({ min: 0, max: 1, noNaN: true }), (fleet, target) => {
        const { before, coverage, aim } = plan(fleet, target);
        expect(before).toBeGreaterThanOrEqual(0);
        expect(coverage).toBeLessThanOrEqual(1);
        expect(coverage).toBeGreaterThanOrEqual(before);
        expect(coverage).toBeGreaterThanOrEqual(aim - 1e-9);
      }),
      { numRuns: 50 },
    );
  });
});
