import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cheapest, dailyCosts, estimateTokens } from "../../lib/core/estimate.ts";
import { pricesFor, type TokenPrices } from "../../lib/core/prices.ts";
import { NOON } from "./samples.ts";

const TOKENS = 100_000;
const OPUS = pricesFor("claude-opus-5", NOON, TOKENS) as TokenPrices;
const rate = fc.double({ min: 0, max: 10_000, noNaN: true });

describe("estimateTokens", () => {
  it.each([
    [0, { tokens: 0, least: 0, most: 0 }],
    [1, { tokens: 1, least: 1, most: 1 }],
    [10_000, { tokens: 2_500, least: 2_000, most: 4_000 }],
  ])("of %i bytes has an error range", (bytes, expected) => expect(estimateTokens(bytes)).toEqual(expected));

  it("lies inside its own range, and never above the bytes", () => {
    fc.assert(
      fc.property(fc.nat(32 * 1024 * 1024), (bytes) => {
        const { least, tokens, most } = estimateTokens(bytes);
        expect(least).toBeLessThanOrEqual(tokens);
        expect(tokens).toBeLessThanOrEqual(most);
        expect(most).toBeLessThanOrEqual(bytes);
      }),
    );
  });
});

describe("dailyCosts", () => {
  const at = (requestsPerHour: number) =>
    Object.fromEntries(dailyCosts(TOKENS, OPUS, requestsPerHour).map((cost) => [cost.way, cost]));
  const best = (requestsPerHour: number) => cheapest(dailyCosts(TOKENS, OPUS, requestsPerHour))?.way;

  it("prices the four ways, those without a warmer first", () => {
    expect(dailyCosts(TOKENS, OPUS, 1).map(({ way }) => way)).toEqual([
      "no warmer, 5m",
      "no warmer, 1h",
      "warmer, 5m",
      "warmer, 1h",
    ]);
  });

  it("charges an idle warmer its keep-alives and nobody else anything", () => {
    const costs = at(0);
    expect(costs["no warmer, 5m"]).toMatchObject({ perDay: 0, coldShare: 1 });
    expect(costs["no warmer, 1h"]?.perDay).toBe(0);
    // A read of 100,000 tokens is $0.05: about 411 of them a day with 5m, about 25 with 1h.
    expect(costs["warmer, 5m"]?.perDay).toBeCloseTo(411.43 * 50_000, -5);
    expect(costs["warmer, 1h"]?.perDay).toBeCloseTo(25.04 * 50_000, -5);
    expect(best(0)).toBe("no warmer, 5m");
  });

  it("finds no request cold with a warmer, and with none the share e^(-rate x TTL)", () => {
    const costs = at(12);
    expect(costs["warmer, 5m"]?.coldShare).toBe(0);
    expect(costs["warmer, 1h"]?.coldShare).toBe(0);
    expect(costs["no warmer, 5m"]?.coldShare).toBeCloseTo(Math.exp(-1), 12);
    expect(costs["no warmer, 1h"]?.coldShare).toBeCloseTo(Math.exp(-12), 12);
  });

  it("advises against a warmer for rare traffic, for a 1h warmer between, and against one again when dense", () => {
    expect(best(0.01)).toMatch(/^no warmer/);
    expect(best(2)).toBe("warmer, 1h");
    expect(best(10_000)).toMatch(/^no warmer/);
  });

  it("gives whole, finite, non-negative amounts that rise with traffic for every way that reads", () => {
    fc.assert(
      fc.property(rate, rate, (a, b) => {
        const [few, many] = [Math.min(a, b), Math.max(a, b)];
        for (const way of ["warmer, 5m", "warmer, 1h"]) {
          const [less, more] = [at(few)[way]?.perDay ?? -1, at(many)[way]?.perDay ?? -1];
          expect(Number.isSafeInteger(less) && less >= 0).toBe(true);
          expect(more).toBeGreaterThanOrEqual(less);
        }
        for (const { perDay, coldShare } of dailyCosts(TOKENS, OPUS, a)) {
          expect(Number.isSafeInteger(perDay) && perDay >= 0).toBe(true);
          expect(coldShare >= 0 && coldShare <= 1).toBe(true);
        }
      }),
    );
  });
});

describe("cheapest", () => {
  it("is the first of equal ways, which is the one without a warmer", () => {
    const costs = dailyCosts(0, OPUS, 5);
    expect(costs.every(({ perDay }) => perDay === 0)).toBe(true);
    expect(cheapest(costs)?.way).toBe("no warmer, 5m");
  });

  it("is never dearer than any other way", () => {
    fc.assert(
      fc.property(rate, fc.nat(1_000_000), (rate, tokens) => {
        const costs = dailyCosts(tokens, OPUS, rate);
        const least = Math.min(...costs.map(({ perDay }) => perDay));
        expect(cheapest(costs)?.perDay).toBe(least);
      }),
    );
  });

  it("of no ways is none", () => expect(cheapest([])).toBeUndefined());
});
