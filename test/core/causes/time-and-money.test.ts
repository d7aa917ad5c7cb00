import { describe, expect, it } from "vitest";
import { expired, priceChange, wasAway } from "../../../lib/core/causes/time-and-money.ts";
import { aWarmState, MINUTE, NOON } from "../samples.ts";
import { aFill, anEvent, evidenceOf, fills, NOW } from "./samples.ts";

const failedAt = (...minutes: readonly number[]) => ({
  failures: minutes.map((minute) => ({ at: NOON + minute * MINUTE, failed: 2 })),
});

describe("the provider was away", () => {
  it.each([
    ["three minutes in a row", [0, 1, 2], true],
    ["three minutes in a row among others", [-9, 0, 1, 2, 7], true],
    ["two minutes in a row", [0, 1], false],
    ["three minutes with a gap", [0, 1, 3], false],
    ["every other minute", [0, 2, 4, 6], false],
    ["no minute", [], false],
  ])("if touches failed in %s: %s", (_what, minutes, away) => {
    expect(wasAway(evidenceOf([], failedAt(...minutes)))).toBe(away);
  });

  it("not in minutes that were settled without a failure", () => {
    const { failures } = failedAt(0, 1, 2);
    const healed = failures.map((minute, i) => (i === 1 ? { ...minute, failed: 0 } : minute));
    expect(wasAway(evidenceOf([], { failures: healed }))).toBe(false);
  });
});

describe("entries that ran out", () => {
  const late = { reason: "expired" } as const;

  it("are told with their prompts and their part of the cost", () => {
    const written = [aFill("a", late), aFill("b", { reason: "first", cost: 3_000 })];
    expect(expired(evidenceOf(written))).toEqual({
      cause: "expired",
      confidence: 0.21,
      evidence: ["the TTL of 1 prompt was over before the next touch (a), 25 % of the fill cost"],
      next: ["warmer status", "warmer doctor"],
    });
    expect(expired(evidenceOf(fills(2, late)))).toMatchObject({
      confidence: 0.85,
      evidence: ["the TTL of 2 prompts was over before the next touch (p0, p1), 100 % of the fill cost"],
    });
    expect(expired(evidenceOf(fills(2)))).toBeUndefined();
  });

  it.each([
    ["a resume", { resumedAt: NOON }, ["the warmer was resumed in these minutes"]],
    [
      "an outage",
      { failures: [0, 1, 2].map((minute) => ({ at: NOON - minute * MINUTE, failed: 2 })) },
      ["6 touches failed before: the provider was away"],
    ],
    ["failures that are no outage", failedAt(0, 1), []],
    ["a flip", { events: [anEvent("flip", NOW - 5 * MINUTE)] }, ["a flip started 5 minutes before"]],
    ["another event", { events: [anEvent("publish", NOON)] }, []],
  ])("after %s say so", (_what, fields, told) => {
    expect(expired(evidenceOf(fills(1, late), fields))?.evidence.slice(1)).toEqual(told);
  });
});

describe("another price", () => {
  const FROM = NOW - 15 * MINUTE;
  const paid = (cost: number, at = FROM - 1) => ({ recentFills: [`${at} first 5m 1000 ${cost}`] });

  it("says how many times as much the same tokens cost, and of which part of the cost", () => {
    const written = [aFill("a", {}, paid(500)), aFill("b", { cost: 3_000 })];
    expect(priceChange(evidenceOf(written))).toEqual({
      cause: "price_change",
      confidence: 0.24,
      evidence: ["the same tokens cost 2.0 times as much to write as before, for a", "25 % of the fill cost"],
      next: ["warmer status", "warmer doctor"],
    });
  });

  it("is one from 12 % more on", () => {
    const rise = (before: number) => priceChange(evidenceOf(fills(1, { cost: 1_120 }, paid(before))));
    expect(rise(1_000)?.confidence ?? 0).toBe(0);
    expect(rise(999)?.confidence).toBe(0.97);
    expect(rise(1_120)).toBeUndefined();
  });

  it("is read from before the window alone", () => {
    expect(priceChange(evidenceOf(fills(1, {}, paid(500, FROM - 1))))?.confidence).toBe(0.97);
    expect(priceChange(evidenceOf(fills(1, {}, paid(500, FROM))))).toBeUndefined();
  });

  it("is read from the last write before it, with the same TTL", () => {
    const recentFills = [`1 first 5m 1000 500`, `2 gone 5m 1000 1000`, `3 gone 1h 1000 250`];
    expect(priceChange(evidenceOf(fills(1, {}, { recentFills })))).toBeUndefined();
    const cheaperLast = { recentFills: [`1 first 5m 1000 1000`, `2 gone 5m 1000 250`] };
    expect(priceChange(evidenceOf(fills(1, {}, cheaperLast)))?.evidence[0]).toContain("4.0 times");
  });

  it("is read from the bytes that were replaced, where the model is the same", () => {
    const fill = "1 first 5m 1000 500";
    const { model } = aWarmState();
    const replaced = (before: { model: string; fill?: string }) =>
      priceChange(evidenceOf(fills(1, { reason: "first" }, { before })))?.confidence;
    expect(replaced({ model, fill })).toBe(0.97);
    expect(replaced({ model: "claude-opus-4-8", fill })).toBeUndefined();
    expect(replaced({ model })).toBeUndefined();
  });

  it("is that of a token: a prompt that grew is not dearer", () => {
    expect(priceChange(evidenceOf(fills(1, { tokens: 2_000, cost: 2_000 }, paid(1_000))))).toBeUndefined();
  });

  it("is not told by a write of no tokens, now or before", () => {
    expect(priceChange(evidenceOf(fills(1, { tokens: 0 }, paid(500))))).toBeUndefined();
    expect(priceChange(evidenceOf(fills(1, {}, { recentFills: ["1 first 5m 0 500"] })))).toBeUndefined();
  });

  it("is that of all prompts together: one dearer one beside many that are not is a mix", () => {
    const same = Array.from({ length: 9 }, (_, i) => aFill(`p${i}`, {}, paid(1_000)));
    expect(priceChange(evidenceOf([aFill("dear", {}, paid(500)), ...same]))).toBeUndefined();
  });

  it("counts only what became dearer", () => {
    const written = [aFill("dear", { cost: 4_000 }, paid(1_000)), aFill("same", {}, paid(1_000))];
    expect(priceChange(evidenceOf(written))).toMatchObject({
      confidence: 0.78,
      evidence: [expect.stringContaining("2.5 times"), "80 % of the fill cost"],
    });
  });
});
