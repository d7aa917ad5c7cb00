import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judge, type KnownSize } from "../../lib/core/warmth.ts";
import { aUsage } from "./samples.ts";

const UNKNOWN: KnownSize = { measuredTokens: undefined, countedTokens: undefined };
const counted = (countedTokens: number): KnownSize => ({ measuredTokens: undefined, countedTokens });
const measured = (measuredTokens: number, countedTokens?: number): KnownSize => ({
  measuredTokens,
  countedTokens,
});

describe("a reply that wrote", () => {
  it.each([
    ["everything, of a size that nobody knew", aUsage({ write5mTokens: 5_120 }), UNKNOWN],
    ["everything, as counted", aUsage({ write5mTokens: 10_000 }), counted(10_000)],
    ["exactly 5 % less than the count", aUsage({ write5mTokens: 9_500 }), counted(10_000)],
    ["more than the count", aUsage({ write5mTokens: 10_700 }), counted(10_000)],
    ["a tail, and read the rest", aUsage({ write5mTokens: 400, readTokens: 9_600 }), counted(10_000)],
    ["everything, as large as last time", aUsage({ write5mTokens: 10_000 }), measured(10_000)],
    ["another size than last time, as counted", aUsage({ write5mTokens: 10_000 }), measured(50_000, 10_000)],
  ])("%s is a fill", (_what, usage, size) => {
    expect(judge(usage, size)).toEqual({
      verdict: "filled",
      measuredTokens: usage.write5mTokens + usage.readTokens,
      grantedTtl: "5m",
    });
  });

  it.each([
    ["a token less than 95 % of the count", aUsage({ write5mTokens: 9_499 }), counted(10_000)],
    ["a tail, and read nothing", aUsage({ write5mTokens: 400 }), counted(10_000)],
    ["a tail, and read too little", aUsage({ write5mTokens: 400, readTokens: 9_099 }), counted(10_000)],
    ["less than 95 % of what was measured before", aUsage({ write5mTokens: 9_499 }), measured(10_000)],
  ])("%s is partial and measures nothing", (_what, usage, size) => {
    expect(judge(usage, size)).toEqual({ verdict: "partial", grantedTtl: "5m" });
  });

  it.each([
    ["5m", aUsage({ write5mTokens: 10_000 })],
    ["1h", aUsage({ write1hTokens: 10_000 })],
    ["5m", aUsage({ write5mTokens: 1, write1hTokens: 9_999 })],
  ] as const)("tells %s from the reply's buckets, whatever was asked for", (grantedTtl, usage) => {
    expect(judge(usage, counted(10_000))).toMatchObject({ verdict: "filled", grantedTtl });
  });
});

describe("a reply that only read", () => {
  it.each([
    ["what was measured at its own fill", 10_000, measured(10_000)],
    ["what was measured, although the count says otherwise", 10_000, measured(10_000, 12_000)],
    ["the count, at first sight", 10_000, counted(10_000)],
    ["5 % less than the count, at first sight", 9_500, counted(10_000)],
    ["5 % more than the count, at first sight", 10_500, counted(10_000)],
  ])("%s proves warmth", (_what, readTokens, size) => {
    expect(judge(aUsage({ readTokens }), size)).toEqual({ verdict: "warm" });
  });

  it.each([
    ["a token less than was measured", 9_999, measured(10_000)],
    ["a token more than was measured", 10_001, measured(10_000)],
    ["the count, but not what was measured", 12_000, measured(10_000, 12_000)],
    ["a token less than 95 % of the count", 9_499, counted(10_000)],
    ["a token more than 105 % of the count", 10_501, counted(10_000)],
    ["an amount that nothing can be held against", 10_000, UNKNOWN],
  ])("%s proves nothing", (_what, readTokens, size) => {
    expect(judge(aUsage({ readTokens }), size)).toEqual({ verdict: "partial" });
  });
});

describe("a reply that neither wrote nor read", () => {
  it.each([UNKNOWN, counted(10_000), measured(10_000), measured(0), counted(0)])(
    "is not_cached, whatever size was expected",
    (size) => {
      expect(judge(aUsage({ uncachedTokens: 10_000, outputTokens: 1 }), size)).toEqual({
        verdict: "not_cached",
      });
    },
  );
});

describe("judge", () => {
  const tokens = fc.nat(1_000_000);
  const usage = fc
    .record({
      uncachedTokens: tokens,
      write5mTokens: tokens,
      write1hTokens: tokens,
      readTokens: tokens,
      outputTokens: tokens,
    })
    .map(aUsage);
  const size = fc.record({
    measuredTokens: fc.option(tokens, { nil: undefined }),
    countedTokens: fc.option(tokens, { nil: undefined }),
  });

  it("never takes a write for warmth, nor a read for a fill", () => {
    fc.assert(
      fc.property(usage, size, (usage, size) => {
        const { verdict, grantedTtl } = judge(usage, size);
        const wrote = usage.write5mTokens + usage.write1hTokens > 0;
        expect(grantedTtl !== undefined).toBe(wrote);
        if (verdict === "warm") expect(wrote).toBe(false);
        if (verdict === "filled") expect(wrote).toBe(true);
      }),
    );
  });

  it("proves a fill by reading exactly what the fill measured", () => {
    fc.assert(
      fc.property(usage, size, fc.integer({ min: -3, max: 3 }), (usage, size, off) => {
        const { measuredTokens } = judge(usage, size);
        if (measuredTokens === undefined || measuredTokens + off <= 0) return;
        const read = judge(aUsage({ readTokens: measuredTokens + off }), { ...size, measuredTokens });
        expect(read.verdict).toBe(off === 0 ? "warm" : "partial");
      }),
    );
  });

  it("does not look at tokens that no cache holds", () => {
    fc.assert(
      fc.property(usage, size, tokens, tokens, (usage, size, uncachedTokens, outputTokens) => {
        expect(judge({ ...usage, uncachedTokens, outputTokens }, size)).toEqual(judge(usage, size));
      }),
    );
  });

  it("holds 5 % exactly, without a token lost to rounding", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500_000 }), (n) => {
        expect(judge(aUsage({ write1hTokens: 19 * n }), counted(20 * n)).verdict).toBe("filled");
        expect(judge(aUsage({ readTokens: 21 * n }), counted(20 * n)).verdict).toBe("warm");
        expect(judge(aUsage({ readTokens: 19 * n }), counted(20 * n)).verdict).toBe("warm");
      }),
    );
  });
});
