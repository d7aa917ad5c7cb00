import { describe, expect, it } from "vitest";
import {
  applicationUse,
  candidate,
  counted,
  eventOf,
  failedSince,
  fillsSince,
  isLooping,
  lostFills,
  markCommand,
  namesOf,
  percent,
  shareOf,
} from "../../../lib/core/causes/evidence.ts";
import { UNMARKED } from "../../../lib/core/usage/usage-record.ts";
import { anEntry, aUse, aWarmState, MINUTE, NOON } from "../samples.ts";
import { aFill, anEvent, evidenceOf } from "./samples.ts";

const states = (...names: readonly string[]) => names.map((name) => aWarmState({ name }));

describe("the writes of a window", () => {
  it("are those that the prefixes remember from its start on, oldest first", () => {
    const early = aWarmState({ recentFills: [`${NOON - 1} first 5m 1 1`, `${NOON + 2} gone 5m 2 2`] });
    const late = aWarmState({ recentFills: [`${NOON} again 1h 3 3`] });
    expect(fillsSince([early, late], NOON)).toEqual([
      { at: NOON, reason: "again", ttl: "1h", tokens: 3, cost: 3, state: late },
      { at: NOON + 2, reason: "gone", ttl: "5m", tokens: 2, cost: 2, state: early },
    ]);
  });
});

describe("what the application did", () => {
  it("counts requests that mark a prefix, and of them those that no manifest lists", () => {
    const prefixes = [
      aUse({ requests: 10, cold: 1 }),
      aUse({ fingerprint: "unknown", requests: 4, cold: 3 }),
      aUse({ fingerprint: UNMARKED, requests: 50, cold: 0 }),
    ];
    const record = { minute: NOON, writer: "w", part: 0, lost: 0, prefixes };
    expect(applicationUse([record, record], [aWarmState({ fingerprint: anEntry().fingerprint })])).toEqual({
      requests: 28,
      unlisted: 8,
      cold: 6,
    });
  });
});

describe("a share of the fill cost", () => {
  it("is that of these writes, and none where nothing was spent", () => {
    const [one, other] = [aFill("a", { cost: 300 }), aFill("b", { cost: 700 })];
    expect(shareOf([one], evidenceOf([one, other]))).toBe(0.3);
    expect(shareOf([one], { cost: 0 })).toBe(0);
  });
});

describe("a loop", () => {
  const state = aWarmState({ name: "loop" });
  const { provenAt: _never, ...unproven } = state;
  const writes = (of: typeof state, ...reasons: ("again" | "gone" | "first")[]) =>
    reasons.map((reason, i) => ({ ...aFill("loop", { at: NOON + i, reason }), state: of }));

  it.each([
    ["written again twice", writes(state, "again", "again"), state, true],
    ["written again once and read since", writes(state, "gone", "again"), state, false],
    ["written again once and never read", writes(unproven, "gone", "again"), unproven, true],
    ["never written again", writes(unproven, "first", "gone"), unproven, false],
  ])("of a prefix %s", (_what, fills, of, looping) => {
    expect(isLooping(of, fills)).toBe(looping);
  });

  it("is not made of the writes of others", () => {
    expect(isLooping(state, writes(aWarmState({ name: "other" }), "again", "again"))).toBe(false);
  });

  it("is no lost entry, but a single write after a proof is", () => {
    const [lost, late, looping] = [
      aFill("lost"),
      aFill("late", { reason: "expired" }),
      writes(unproven, "again", "again"),
    ];
    const once = { ...aFill("once", { reason: "again" }) };
    expect(lostFills(evidenceOf([lost, late, ...looping, once]))).toEqual([lost, once]);
  });
});

describe("failed touches", () => {
  const failures = [0, 1, 2].map((minutes) => ({ at: NOON + minutes * MINUTE, failed: 3 }));

  it("count from the minute that is asked for", () => {
    expect(failedSince(evidenceOf([], { failures }), NOON + MINUTE)).toBe(6);
    expect(failedSince(evidenceOf([], { failures }), NOON + MINUTE + 1)).toBe(3);
  });

  it("do not count the write that stopped a loop, and are never less than none", () => {
    const stopped = [aFill("a", {}, { stopped: "warmer_loop" }), aFill("b", {}, { stopped: "not_cached" })];
    expect(failedSince(evidenceOf(stopped, { failures }), NOON)).toBe(8);
    expect(failedSince(evidenceOf(stopped), NOON)).toBe(0);
  });
});

describe("the event that explains", () => {
  it("is the newest of the kinds that are asked for", () => {
    const events = [anEvent("publish", NOON - 9), anEvent("flip", NOON - 8), anEvent("publish", NOON - 7)];
    const evidence = evidenceOf([], { events });
    expect(eventOf(evidence, "publish")?.from).toBe(NOON - 7);
    expect(eventOf(evidence, "flip", "gate")?.from).toBe(NOON - 8);
    expect(eventOf(evidence, "deploy")).toBeUndefined();
  });
});

describe("words of evidence", () => {
  it.each([
    [["a"], "a"],
    [["a", "b", "c"], "a, b, c"],
    [["a", "b", "c", "d"], "a, b, c and 1 more"],
    [["a", "a", "b", "b"], "a, b"],
    [[], ""],
  ])("name %j as %j", (names, text) => {
    expect(namesOf(states(...names))).toBe(text);
  });

  it("count one and many, and round shares", () => {
    expect([0, 1, 2].map((count) => counted(count, "touch", "touches"))).toEqual([
      "0 touches",
      "1 touch",
      "2 touches",
    ]);
    expect([0, 0.004, 0.005, 1].map(percent)).toEqual(["0 %", "0 %", "1 %", "100 %"]);
  });
});

describe("the command that announces afterwards", () => {
  it.each([
    [2_345_000, "2.35"],
    [10_000, "0.01"],
    [1, "0.01"],
    [0, "0.01"],
  ])("of %d micro-USD expects %s dollars, at least a cent", (cost, dollars) => {
    const command = markCommand("onboarding", evidenceOf([], { cost }));
    expect(command).toBe(
      `warmer mark onboarding --from -20m --to +1h --expected-cost ${dollars} --note "what it is"`,
    );
  });
});

describe("a candidate", () => {
  it.each([
    [0.194, undefined],
    [0.195, 0.2],
    [0.2, 0.2],
    [0.876, 0.88],
    [0.99, 0.99],
    [1.5, 0.99],
  ])(
    "that is sure to %d is named with %s: less than a fifth is noise, and nothing is certain",
    (of, sure) => {
      expect(candidate("expired", of, [], [])?.confidence).toBe(sure);
    },
  );

  it("has the facts that there are", () => {
    expect(candidate("expired", 0.5, ["a", undefined, "b"], ["warmer status"])).toEqual({
      cause: "expired",
      confidence: 0.5,
      evidence: ["a", "b"],
      next: ["warmer status"],
    });
  });
});
