import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePrefixState } from "../../lib/core/prefix-item.ts";
import type { PrefixState } from "../../lib/core/prefix-state.ts";
import { aFilledState, aWarmState, NOON } from "./samples.ts";

const full: PrefixState = {
  ...aWarmState(),
  beside: true,
  page: "10.1023",
  countedTokens: 9_000,
  drifted: true,
  retryAt: NOON,
  plan: "wait",
  stopped: "not_cached",
  recentFills: ["1 first 5m 2 3", "4 again 1h 5 6"],
  changedAt: [NOON],
  before: { model: "claude-opus-4-8", fill: "1 gone 5m 2 3" },
};

describe("a stored prefix", () => {
  it.each([
    ["that was filled", aFilledState()],
    ["that is warm", aWarmState()],
  ])("%s is read back as it was", (_what, state) => {
    expect(parsePrefixState(JSON.parse(JSON.stringify(state)))).toEqual(state);
  });

  it.each([
    ["0.0", true],
    ["10.1023", true],
    ["32.4294967295", true],
    ["100.0", false],
    ["0.", false],
    [".0", false],
    ["0.12345678901", false],
    ["0", false],
    ["a.0", false],
    ["0.b", false],
    ["x0.0", false],
    ["0.0x", false],
  ])("has a page of bits and index: %s, %s", (page, isPage) => {
    expect(typeof parsePrefixState({ ...aWarmState(), page }) === "object").toBe(isPage);
  });

  it.each([
    ["state", undefined],
    ["state", "a prefix"],
    ["fingerprint", { ...full, fingerprint: 7 }],
    ["name", { ...full, name: undefined }],
    ["ttl", { ...full, ttl: "2h" }],
    ["required", { ...full, required: "yes" }],
    ["bytes", { ...full, bytes: -1 }],
    ["bytes", { ...full, bytes: 0.5 }],
    ["measuredTokens", { ...full, measuredTokens: -1 }],
    ["grantedTtl", { ...full, grantedTtl: "toString" }],
    ["lastStart", { ...full, lastStart: -1 }],
    ["fillsInRow", { ...full, fillsInRow: "2" }],
    ["dueAt", { ...full, dueAt: undefined }],
    ["stopped", { ...full, stopped: "tired" }],
    ["recentFills.1", { ...full, recentFills: ["1 first 5m 2 3", "1 first 5m 2"] }],
    ["changedAt.0", { ...full, changedAt: ["noon"] }],
    ["before.fill", { ...full, before: { model: "m", fill: "much" } }],
  ])("that is damaged is told by its first wrong field, %s", (field, value) => {
    expect(parsePrefixState(value)).toMatch(new RegExp(`^${field} \\S`));
  });

  it("is never an exception, whatever stands in the table", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(typeof parsePrefixState(value)).toBe("string");
      }),
      { numRuns: 30 },
    );
  });
});
