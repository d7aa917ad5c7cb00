import { describe, expect, it } from "vitest";
import { NEVER } from "../../../lib/core/due.ts";
import { predictedFills } from "../../../lib/core/fill-cost/predicted-fills.ts";
import type { PrefixState } from "../../../lib/core/prefix-state.ts";
import { NOON } from "../samples.ts";

const FIVE_MINUTES = 300_000;

function aPrefix(change: Partial<PrefixState> = {}): PrefixState {
  return {
    fingerprint: "f",
    name: "support",
    bodyDigest: "d",
    model: "claude-sonnet-5-5",
    ttl: "5m",
    required: true,
    bytes: 40_000,
    countedTokens: 10_000,
    fillsInRow: 0,
    dueAt: NOON,
    ...change,
  };
}

describe("the predicted cost of the fills that are still needed", () => {
  it.each([
    ["a cold prefix by its count", {}, 25_000],
    ["one of an hour at the price of an hour", { ttl: "1h" }, 40_000],
    ["one whose size was measured by that", { measuredTokens: 20_000 }, 50_000],
    ["one that nobody counted by its bytes", { countedTokens: undefined }, 25_000],
    ["an optional one like any other", { required: false }, 25_000],
    ["one that just expired", { lastStart: NOON - FIVE_MINUTES }, 25_000],
    ["nothing for one that is alive", { lastStart: NOON - FIVE_MINUTES + 1 }, 0],
    ["nothing for one beside the live color", { beside: true }, 0],
    ["nothing for one that nothing serves", { dueAt: NEVER }, 0],
    ["nothing for one that is stopped", { stopped: "warmer_loop" }, 0],
    ["nothing for one without a price", { model: "claude-unknown" }, 0],
  ] as const)("has %s", (_what, change, cost) => {
    expect(predictedFills([aPrefix(change)], NOON)).toBe(cost);
  });

  it("adds up, and is nothing for nothing", () => {
    expect(predictedFills([aPrefix(), aPrefix({ ttl: "1h" })], NOON)).toBe(65_000);
    expect(predictedFills([], NOON)).toBe(0);
  });
});
