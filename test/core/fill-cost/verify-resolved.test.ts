import { describe, expect, it } from "vitest";
import type { Control } from "../../../lib/core/control.ts";
import { type ResolvedFacts, unresolved, VERIFY_MS } from "../../../lib/core/fill-cost/verify-resolved.ts";
import { organicTotals } from "../../../lib/core/usage/organic.ts";
import { aControl, aUse, aWarmState, MINUTE, NOON } from "../samples.ts";

const NOW = NOON + 4 * MINUTE;
const ACT = { reason: "looking", by: "ops", at: NOW - MINUTE, cause: "operator", incident: 2 } as const;

function running(fields: Partial<Control> = {}): Control {
  const lastCycle = { startedAt: NOW - MINUTE, finishedAt: NOW - MINUTE, outcome: "warmed" } as const;
  return aControl({ lastCycle, ...fields });
}

/** Sixteen minutes after the incident, and all is well. */
function facts(fields: Partial<ResolvedFacts> = {}): ResolvedFacts {
  return {
    openedAt: NOW - VERIFY_MS - MINUTE,
    control: running(),
    reading: { rate: 100, normal: 100, explained: 0 },
    states: [aWarmState()],
    organic: organicTotals([]),
    minHitRate: 0.5,
    minRequests: 20,
    now: NOW,
    ...fields,
  };
}

const usage = (requests: number, readTokens: number, write5mTokens: number) =>
  organicTotals([
    {
      minute: NOON,
      writer: "w",
      part: 0,
      lost: 0,
      prefixes: [aUse({ requests, readTokens, write5mTokens })],
    },
  ]);

const marked = (at: number, reason: string) => [aWarmState({ recentFills: [`${at} ${reason} 5m 10 10`] })];

describe("an incident is over", () => {
  it("when all has been well for 15 minutes", () => {
    expect(unresolved(facts())).toEqual([]);
    expect(unresolved(facts({ openedAt: NOW - VERIFY_MS }))).toEqual([]);
  });

  it.each<[what: string, fields: Partial<ResolvedFacts>, why: RegExp]>([
    [
      "it was opened less than that ago",
      { openedAt: NOW - VERIFY_MS + 1 },
      /running for 14 of 15 minutes; try again at /,
    ],
    [
      "it was resumed less than that ago",
      { control: running({ lastResume: ACT }) },
      /running for 1 of 15 minutes/,
    ],
    ["the warmer is paused", { control: running({ paused: ACT }) }, /paused \(looking\); resume it first/],
    [
      "the warmer is slowed down",
      { control: running({ throttled: { ...ACT, maxFillsPerMinute: 1, nextSlotAt: 0 } }) },
      /throttled \(looking\)/,
    ],
    ["no cycle ever finished", { control: aControl() }, /a warmer that does nothing proves nothing/],
    [
      "the rate is above the baseline",
      { reading: { rate: 101, normal: 100, explained: 0 } },
      /above the baseline/,
    ],
    ["a prompt is not warm", { now: NOON + 5 * MINUTE }, /not proven warm: support/],
    ["the application misses", { organic: usage(20, 49, 51) }, /hits with 49 %, below 50 %/],
    [
      "a proven prompt was filled again",
      { states: marked(NOON, "gone") },
      /without need in the last 15 minutes: support/,
    ],
    ["a prompt was written twice", { states: marked(NOON, "again") }, /without need/],
    [
      "a prompt is stopped",
      { states: [aWarmState({ stopped: "warmer_loop" })] },
      /stopped as a loop: support/,
    ],
  ])("not when %s", (_what, fields, why) => {
    expect(unresolved(facts(fields)).join("\n")).toMatch(why);
  });

  it.each<[what: string, fields: Partial<ResolvedFacts>]>([
    ["what is above the baseline is explained", { reading: { rate: 150, normal: 100, explained: 50 } }],
    ["what ran out was filled once", { states: marked(NOON, "expired") }],
    ["the needless fill is 15 minutes ago", { states: marked(NOW - VERIFY_MS, "gone") }],
    ["the application sent too little to tell", { organic: usage(19, 0, 100) }],
    ["the application hits as it may", { organic: usage(20, 50, 50) }],
    ["what is cold is not wanted", { states: [aWarmState(), aWarmState({ required: false, lastStart: 1 })] }],
  ])("also when %s", (_what, fields) => {
    expect(unresolved(facts(fields))).toEqual([]);
  });

  it("not when the last cycle is more than three minutes old", () => {
    const lastCycle = (ago: number) => ({ startedAt: 0, finishedAt: NOW - ago, outcome: "warmed" as const });
    expect(unresolved(facts({ control: running({ lastCycle: lastCycle(3 * MINUTE) }) }))).toEqual([]);
    expect(unresolved(facts({ control: running({ lastCycle: lastCycle(3 * MINUTE + 1) }) }))).toHaveLength(1);
  });
});
