import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { costBound, tokenBound } from "../../lib/core/bounds.ts";
import { costOf, PRICE_TABLE, pricesOfRequest } from "../../lib/core/prices.ts";
import { UNCACHED_TOKENS_PER_TOUCH } from "../../lib/core/touch.ts";
import { promptTokens } from "../../lib/core/usage.ts";
import { aUsage, NOON } from "./samples.ts";

describe("tokenBound", () => {
  it.each([
    ["the bytes when nobody counted", { bytes: 40_000 }, 40_000],
    ["the count and 5 %", { bytes: 40_000, countedTokens: 10_000 }, 10_500],
    ["the measure and 5 %", { bytes: 40_000, measuredTokens: 10_000 }, 10_500],
    ["the larger of both", { bytes: 40_000, countedTokens: 10_000, measuredTokens: 12_000 }, 12_600],
    [
      "the larger of both, the other way",
      { bytes: 40_000, countedTokens: 12_000, measuredTokens: 1 },
      12_600,
    ],
    ["the bytes when a count of zero says nothing", { bytes: 40_000, countedTokens: 0 }, 40_000],
    ["rounded up", { bytes: 1, countedTokens: 1 }, 2],
  ])("is %s", (_what, size, tokens) => expect(tokenBound(size)).toBe(tokens));
});

describe("costBound", () => {
  const size = fc.record({
    bytes: fc.integer({ min: 1, max: 1_000_000 }),
    countedTokens: fc.option(fc.integer({ min: 1, max: 300_000 }), { nil: undefined }),
    measuredTokens: fc.option(fc.integer({ min: 1, max: 300_000 }), { nil: undefined }),
    outputTokens: fc.constantFrom(0, 1, 1_025),
  });
  const request = fc.oneof(
    fc.record({ model: fc.constantFrom(...PRICE_TABLE.map(({ model }) => model)) }),
    fc.record({ model: fc.constant("claude-opus-5"), inference_geo: fc.constantFrom("us", "global") }),
    fc.record({ model: fc.constant("claude-opus-5"), speed: fc.constantFrom("fast", "standard") }),
  );
  const share = fc.double({ min: 0, max: 1, noNaN: true });

  it("is never below what the touch costs, however the provider splits its tokens", () => {
    fc.assert(
      fc.property(
        request,
        size,
        fc.tuple(share, share, share, share),
        fc.nat(64),
        (request, size, shares, placeholder) => {
          const [used, read, long, un] = shares;
          const tokens = Math.floor(tokenBound(size) * used);
          const readTokens = Math.floor(tokens * read);
          const write1hTokens = Math.floor((tokens - readTokens) * long);
          const uncached = Math.floor((tokens - readTokens - write1hTokens) * un);
          const usage = aUsage({
            readTokens,
            write1hTokens,
            write5mTokens: tokens - readTokens - write1hTokens - uncached,
            uncachedTokens: uncached + placeholder,
            outputTokens: size.outputTokens,
          });
          const prices = pricesOfRequest(request, NOON, promptTokens(usage));
          if (prices === undefined) throw new Error("unreachable");
          expect(costBound(request, size, NOON)).toBeGreaterThanOrEqual(costOf(usage, prices));
        },
      ),
      { numRuns: 500 },
    );
  });

  it("is a write at the dearest rate, the placeholder and the output", () => {
    const bound = costBound(
      { model: "claude-opus-5-5" },
      { bytes: 1, measuredTokens: 10_000, outputTokens: 1_025 },
      NOON,
    );
    // 10,500 x $8 + 64 x $4 + 1,025 x $20, per million
    expect(bound).toBe(84_000 + UNCACHED_TOKENS_PER_TOUCH * 4 + 20_500);
  });

  it("takes the dearer tier of Haiku 5.5 when the placeholder may lift the prompt over the step", () => {
    const at = (measuredTokens: number) =>
      costBound({ model: "claude-haiku-5-5" }, { bytes: 1, measuredTokens, outputTokens: 0 }, NOON) ?? 0;
    // 95,176 tokens and 5 % are 99,935; with 64 more it is one below 100,000. One token later it is above.
    expect(at(95_176) * 4).toBeLessThan(at(95_178));
  });

  it.each([
    {},
    { model: "" },
    { model: "claude-opus-9" },
    { model: "constructor" },
    { model: "claude-opus-5-5", speed: "fast" },
  ])("is unknown for %j, so that nothing is sent", (request) => {
    expect(costBound(request, { bytes: 1_000, outputTokens: 0 }, NOON)).toBeUndefined();
  });
});
