import { describe, expect, it } from "vitest";
import { NEVER } from "../../../lib/core/due.ts";
import { sha256 } from "../../../lib/core/prefix.ts";
import { abandon } from "../../../lib/core/reconcile.ts";
import {
  coldReason,
  firstRequestHitRate,
  neitherReason,
  organicHitRate,
  organicMisses,
  organicTotals,
} from "../../../lib/core/usage/organic.ts";
import { type PrefixUse, UNMARKED, type UsageRecord } from "../../../lib/core/usage/usage-record.ts";
import { aFilledState, aUse, aWarmState, MINUTE, NOON, SECOND } from "../samples.ts";

const aRecord = (minute: number, prefixes: readonly PrefixUse[], lost = 0): UsageRecord => ({
  minute,
  writer: "w",
  part: 0,
  lost,
  prefixes,
});

describe("the totals of a window", () => {
  const records = [-1, 0, 1, 2].map((minutes) => aRecord(NOON + minutes * MINUTE, [aUse()], 1));

  it.each([
    ["from the start of a minute", NOON, NOON + 2 * MINUTE, 2],
    ["from one after it", NOON + 1, NOON + 2 * MINUTE, 1],
    ["up to the start of a minute, which is left out", NOON, NOON + MINUTE, 1],
    ["up to one after it", NOON, NOON + MINUTE + 1, 2],
    ["of everything", undefined, undefined, 4],
    ["of nothing", NOON + 9 * MINUTE, undefined, 0],
  ])("%s", (_what, from, to, minutes) => {
    const { requests, lost, readTokens } = organicTotals(records, from, to);
    expect({ requests, lost, readTokens }).toEqual({
      requests: minutes * 10,
      lost: minutes,
      readTokens: minutes * 100_000,
    });
  });

  it("adds up the parts of a minute and both kinds of writes", () => {
    const parts = [
      aRecord(NOON, [aUse({ write5mTokens: 1, cold: 1 }), aUse({ write1hTokens: 20, neither: 2 })]),
      aRecord(NOON, [aUse({ fingerprint: UNMARKED, first: 4, firstHits: 3 })]),
    ];
    const { writtenTokens, cold, neither, unmarked, requests, first, firstHits } = organicTotals(parts);
    expect({ writtenTokens, cold, neither, unmarked, requests }).toEqual({
      writtenTokens: 21,
      cold: 1,
      neither: 2,
      unmarked: 10,
      requests: 30,
    });
    expect({ first, firstHits }).toEqual({ first: 4, firstHits: 3 });
  });
});

describe("the hit rate", () => {
  const rateOf = (...uses: Partial<PrefixUse>[]) =>
    organicHitRate(organicTotals([aRecord(NOON, uses.map(aUse))]));

  it.each([
    ["everything read", [{ readTokens: 5 }], 1],
    ["everything written", [{ readTokens: 0, write1hTokens: 5 }], 0],
    ["a large read beside a small write", [{ readTokens: 90 }, { readTokens: 0, write5mTokens: 10 }], 0.9],
    [
      "a long question, which is never cached",
      [{ readTokens: 90, write5mTokens: 10, uncachedTokens: 1e6 }],
      0.9,
    ],
  ])("weighs tokens: %s", (_what, uses, rate) => expect(rateOf(...uses)).toBe(rate));

  it("is undefined where nothing was read or written", () => {
    expect(rateOf({ readTokens: 0, neither: 10 })).toBeUndefined();
    expect(organicHitRate(organicTotals([]))).toBeUndefined();
  });

  it("of first requests counts requests, and is undefined without a marked one", () => {
    const totals = (first: number, firstHits: number) =>
      organicTotals([aRecord(NOON, [aUse({ first, firstHits })])]);
    expect(firstRequestHitRate(totals(4, 3))).toBe(0.75);
    expect(firstRequestHitRate(totals(0, 0))).toBeUndefined();
  });
});

describe("a cold request", () => {
  const filled = aFilledState();
  const until = NOON + 5 * MINUTE;

  it.each([
    ["of a fingerprint that no manifest listed", undefined, NOON, "bytes_differ"],
    ["of a prefix that was never touched", { ...filled, lastStart: undefined }, NOON, "never_filled"],
    ["one minute before it expires, which ends alive", filled, until - MINUTE, "evicted"],
    ["in the minute in which it expires", filled, until - MINUTE + 1, "unknown"],
    ["one before it has expired", filled, until - 1, "unknown"],
    ["when it has just expired", filled, until, "expired"],
    ["long after that", filled, until + 60 * MINUTE, "expired"],
    ["in the minute after its touch", aFilledState({ lastStart: NOON - 1 }), NOON, "evicted"],
    ["in the minute of its touch", filled, NOON, "unknown"],
    ["in the minute before it", filled, NOON - MINUTE, "unknown"],
    ["of a prefix that nothing serves any more", abandon(filled), until, "expired"],
    ["of one with an hour to live", aWarmState({ grantedTtl: "1h" }), until, "evicted"],
  ] as const)("%s", (_when, state, minute, reason) => {
    const { lastStart, ...rest } = state ?? {};
    const asKnown = lastStart === undefined ? rest : { ...rest, lastStart };
    expect(coldReason(state === undefined ? undefined : (asKnown as typeof filled), minute)).toBe(reason);
  });
});

describe("a request that neither read nor wrote", () => {
  it("was below the minimum, unless its prefix has been seen in the cache", () => {
    const { measuredTokens: _seen, ...unseen } = aFilledState();
    expect([undefined, unseen, aFilledState()].map(neitherReason)).toEqual([
      "below_minimum",
      "below_minimum",
      "unknown",
    ]);
  });
});

describe("the misses of a window", () => {
  it("count each request by its reason, and unmarked ones not at all", () => {
    const state = aWarmState({ lastStart: NOON + 30 * SECOND, dueAt: NEVER });
    const records = [
      aRecord(NOON + 2 * MINUTE, [
        aUse({ cold: 2, neither: 1 }),
        aUse({ fingerprint: sha256("new"), cold: 3 }),
      ]),
      aRecord(NOON + 9 * MINUTE, [aUse({ cold: 4 }), aUse({ fingerprint: UNMARKED })]),
    ];
    expect(organicMisses(records, [state])).toEqual({
      never_filled: 0,
      expired: 4,
      bytes_differ: 3,
      below_minimum: 0,
      evicted: 2,
      unknown: 1,
    });
  });
});
