import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { costBound } from "../../lib/core/bounds.ts";
import { costOf, PRICE_TABLE, pricesFor } from "../../lib/core/prices.ts";
import { UNCACHED_TOKENS_PER_TOUCH } from "../../lib/core/touch.ts";
import { promptTokens, type Usage } from "../../lib/core/usage.ts";
import { type Expected, worstCase } from "../../lib/core/worst-case.ts";
import { aUsage, NOON } from "./samples.ts";

/** What the due rule allows, see due.test.ts: a 5m prefix every third wall-clock minute, a 1h one every 58th. */
const KEEP_ALIVES_PER_HOUR = { "5m": 20, "1h": 1 } as const;

const expectations: fc.Arbitrary<Expected> = fc.record({
  prefixes: fc.integer({ min: 1, max: 500 }),
  tokensPerPrefix: fc.oneof(
    fc.integer({ min: 512, max: 300_000 }),
    fc.integer({ min: 99_900, max: 100_100 }),
  ),
  model: fc.constantFrom(...PRICE_TABLE.map(({ model }) => model)),
  ttl: fc.constantFrom("5m", "1h"),
});

const billed = (model: string, usage: Usage) => {
  const prices = pricesFor(model, NOON, promptTokens(usage));
  if (prices === undefined) throw new Error("unreachable");
  return costOf(usage, prices);
};

function touchesOf({ tokensPerPrefix, model, ttl }: Expected) {
  const placeholder = { uncachedTokens: UNCACHED_TOKENS_PER_TOUCH };
  const written = ttl === "5m" ? { write5mTokens: tokensPerPrefix } : { write1hTokens: tokensPerPrefix };
  return {
    fill: billed(model, aUsage({ ...written, ...placeholder })),
    read: billed(model, aUsage({ readTokens: tokensPerPrefix, ...placeholder })),
  };
}

describe("worstCase", () => {
  it("covers what filling and keeping warm is really billed, placeholders and price steps included", () => {
    fc.assert(
      fc.property(expectations, fc.integer({ min: 1, max: 256 }), (expected, concurrency) => {
        const { fill, read } = touchesOf(expected);
        const need = worstCase(expected, concurrency);
        const keepAlives = KEEP_ALIVES_PER_HOUR[expected.ttl];
        expect(need.fill).toBeGreaterThanOrEqual(expected.prefixes * fill);
        expect(need.keepWarmPerHour).toBeGreaterThanOrEqual(expected.prefixes * keepAlives * read);
        expect(need.firstHour).toBeGreaterThanOrEqual(expected.prefixes * (fill + read + keepAlives * read));
      }),
      { numRuns: 300 },
    );
  });

  it("leaves room for a wave that is reserved at its bound while everything else is settled", () => {
    fc.assert(
      fc.property(expectations, fc.integer({ min: 1, max: 256 }), (expected, concurrency) => {
        const { prefixes, tokensPerPrefix, model } = expected;
        const { fill, keepWarmPerHour, firstHour } = worstCase(expected, concurrency);
        const settled = fill + prefixes * touchesOf(expected).read + keepWarmPerHour;
        const bound =
          costBound({ model }, { bytes: 1, countedTokens: tokensPerPrefix, outputTokens: 0 }, NOON) ?? 0;
        expect(firstHour - settled).toBeGreaterThanOrEqual(Math.min(prefixes, concurrency) * bound);
      }),
    );
  });

  it("adds the other 23 hours of keep-alives to the first day", () => {
    const need = worstCase({ prefixes: 2, tokensPerPrefix: 12_000, model: "claude-opus-5", ttl: "1h" }, 4);
    expect(need.firstDay).toBe(need.firstHour + 23 * need.keepWarmPerHour);
  });

  it("is what the price page says for a prefix that anyone can check", () => {
    // 100,000 tokens on Opus 5: 0.1 MTok x $10 and 64 tokens x $5 to fill, 0.1 MTok x $0.50 and the same to read.
    const need = worstCase({ prefixes: 1, tokensPerPrefix: 100_000, model: "claude-opus-5", ttl: "1h" }, 4);
    expect(need.fill).toBe(1_000_000 + 320);
    expect(need.keepWarmPerHour).toBe(Math.ceil((50_320 * 60) / 57));
    // The wave: one prefix at 105,000 tokens, since nobody has more than one to send.
    expect(need.firstHour).toBe(need.fill + 50_320 + need.keepWarmPerHour + 1_050_000 + 320);
  });

  it("rises with prefixes, tokens and concurrency", () => {
    const base: Expected = { prefixes: 20, tokensPerPrefix: 10_000, model: "claude-opus-5", ttl: "5m" };
    const hour = (fields: Partial<Expected>, concurrency = 4) =>
      worstCase({ ...base, ...fields }, concurrency).firstHour;
    expect(hour({ prefixes: 21 })).toBeGreaterThan(hour({}));
    expect(hour({ tokensPerPrefix: 10_001 })).toBeGreaterThan(hour({}));
    expect(hour({}, 5)).toBeGreaterThan(hour({}, 4));
    expect(hour({}, 20)).toBe(hour({}, 21));
  });

  it.each([
    { ttl: "5m", prefixes: 30, concurrency: 1 },
    { ttl: "5m", prefixes: 31, concurrency: 2 },
    { ttl: "5m", prefixes: 1_000, concurrency: 34 },
    { ttl: "1h", prefixes: 1_500, concurrency: 1 },
    { ttl: "1h", prefixes: 1_501, concurrency: 2 },
  ] as const)(
    "needs $concurrency in flight for $prefixes prefixes of $ttl",
    ({ ttl, prefixes, concurrency }) => {
      const expected: Expected = { prefixes, tokensPerPrefix: 1_000, model: "claude-opus-5", ttl };
      expect(worstCase(expected, 4).concurrency).toBe(concurrency);
    },
  );

  it("refuses a model without a price", () => {
    const expected: Expected = { prefixes: 1, tokensPerPrefix: 1_000, model: "claude-opus-9", ttl: "5m" };
    expect(() => worstCase(expected, 4)).toThrow(new RangeError(`no price for the model ${expected.model}`));
    expect(() => worstCase(expected, 4)).toThrow(RangeError);
  });
});
