import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTargetFault, OUTCOMES, type Outcome, worst } from "../../lib/core/outcome.ts";

const codes = Object.keys(OUTCOMES) as Outcome[];
const anyCode = fc.constantFrom(...codes);

describe("the outcomes", () => {
  // DESIGN's list: codes are API.
  it.each([
    "warmed",
    "nothing_due",
    "paused",
    "throttled",
    "not_initialised",
    "no_target",
    "unknown_color",
    "empty_target",
    "target_unreadable",
    "state_unreadable",
    "auth_failed",
    "provider_spend_limit",
    "limit_hour",
    "limit_day",
    "unpriced_model",
    "not_cached",
    "partial",
    "duplicate",
    "stale_event",
    "lease_held",
    "deadline",
  ])("have %s", (code) => expect(codes).toContain(code));

  it.each([
    ["an empty color", "empty_color"],
    ["an unknown color", "unknown_color"],
    ["a color with no manifest", "no_manifest"],
    ["a damaged body", "body_damaged"],
    ["a prefix below the model's minimum", "not_cached"],
    ["an unknown model", "unpriced_model"],
    ["a malformed event", "bad_event"],
    ["an unreadable table", "state_unreadable"],
    ["a revoked key", "auth_failed"],
    ["missing usage", "usage_missing"],
  ] as const)("never count %s as success: %s", (_input, code) => {
    expect(OUTCOMES[code].healthy).toBe(false);
  });

  it("have codes that a script can match and meanings that a person can read, no two alike", () => {
    for (const code of codes) expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    const meanings = codes.map((code) => OUTCOMES[code].meaning);
    expect(new Set(meanings).size).toBe(codes.length);
    for (const meaning of meanings) expect(meaning.length).toBeGreaterThan(15);
  });
});

describe("worst", () => {
  it("ranks every fault above every healthy outcome", () => {
    fc.assert(
      fc.property(anyCode, anyCode, (a, b) => {
        const isFault = !OUTCOMES[a].healthy || !OUTCOMES[b].healthy;
        expect(OUTCOMES[worst(a, b)].healthy).toBe(!isFault);
      }),
    );
  });

  it("is one of those given, whatever their order", () => {
    fc.assert(
      fc.property(fc.array(anyCode, { minLength: 1 }), (all) => {
        const [first = "failed", ...rest] = all;
        const result = worst(first, ...rest);
        expect(all).toContain(result);
        const [last = "failed", ...before] = all.toReversed();
        expect(worst(last, ...before)).toBe(result);
        expect(worst(result, ...all)).toBe(result);
      }),
    );
  });

  it.each([
    ["nothing_due", "warmed", "warmed"],
    ["warmed", "deadline", "deadline"],
    ["warmed", "partial", "partial"],
    ["transient_failure", "limit_hour", "limit_hour"],
    ["limit_hour", "auth_failed", "auth_failed"],
    ["auth_failed", "failed", "failed"],
  ] as const)("of %s and %s is %s", (a, b, result) => expect(worst(a, b)).toBe(result));
});

describe("isTargetFault", () => {
  const faults: readonly Outcome[] = [
    "no_target",
    "empty_color",
    "unknown_color",
    "target_unreadable",
    "no_manifest",
    "empty_target",
    "manifest_damaged",
  ];

  it("is true of exactly the ways in which the live color has no prefixes, all of them unhealthy", () => {
    expect(codes.filter(isTargetFault)).toEqual(faults);
    expect(faults.some((code) => OUTCOMES[code].healthy)).toBe(false);
  });
});
