import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  costOf,
  fillCostOf,
  isPriced,
  PRICE_TABLE,
  PRICE_TABLE_DATE,
  type PriceRow,
  pricesFor,
  pricesOfRequest,
  type TokenPrices,
} from "../../lib/core/prices.ts";
import type { Usage } from "../../lib/core/usage.ts";
import { aUsage, NOON } from "./samples.ts";

const rows = PRICE_TABLE.map(
  (row) => [`${row.model} from ${row.from} above ${row.abovePromptTokens}`, row] as const,
);
const models = [...new Set(PRICE_TABLE.map((row) => row.model))];

describe("a row of the price table", () => {
  it.each(rows)("%s holds integer micro-USD and says where it comes from", (_name, row) => {
    for (const price of Object.values(row.prices)) {
      expect(Number.isSafeInteger(price)).toBe(true);
      expect(price).toBeGreaterThan(0);
    }
    expect(row.source.length).toBeGreaterThan(5);
    expect(new Date(`${row.from}T00:00:00Z`).toISOString().slice(0, 10)).toBe(row.from);
    expect(row.from <= PRICE_TABLE_DATE).toBe(true);
  });

  // Pricing page, read 2026-09-02: 1.25 and 2 times the input price to write; the read multiplier varies by model.
  it.each(rows)("%s keeps the provider's proportions", (_name, { prices }) => {
    expect(prices.write5m).toBe(1.25 * prices.input);
    expect(prices.write1h).toBe(2 * prices.input);
    expect(prices.output).toBe(5 * prices.input);
    expect([0.025, 0.05, 0.1]).toContain(prices.read / prices.input);
  });

  it("is the only one for its model, day and tier", () => {
    expect(new Set(rows.map(([name]) => name)).size).toBe(rows.length);
  });

  it("is reached at some instant and some size", () => {
    const reached = (row: PriceRow) =>
      pricesFor(row.model, Date.parse(`${row.from}T00:00:00Z`), row.abovePromptTokens + 1);
    for (const row of PRICE_TABLE) expect(reached(row)).toBe(row.prices);
  });
});

describe("pricesFor", () => {
  /** Dollars per million tokens: input, 5m write, 1h write, read, output. */
  const usd = (prices: TokenPrices | undefined) =>
    prices && [prices.input, prices.write5m, prices.write1h, prices.read, prices.output].map((p) => p / 1e6);

  it.each([
    ["claude-fable-5-2", [8, 10, 16, 0.2, 40]],
    ["claude-mythos-5-1", [10, 12.5, 20, 0.25, 50]],
    ["claude-fable-5", [10, 12.5, 20, 1, 50]],
    ["claude-opus-5-5", [4, 5, 8, 0.2, 20]],
    ["claude-opus-4-5-20251101", [5, 6.25, 10, 0.5, 25]],
    ["claude-sonnet-5-5", [2, 2.5, 4, 0.1, 10]],
    ["claude-sonnet-4-6", [3, 3.75, 6, 0.3, 15]],
    ["claude-haiku-4-5", [1, 1.25, 2, 0.1, 5]],
  ])("knows what %s costs on 2026-11-21", (model, expected) => {
    expect(usd(pricesFor(model, NOON, 10_000))).toEqual(expected);
  });

  it.each([
    [Date.UTC(2026, 9, 6, 23, 59, 59, 999), 0.2],
    [Date.UTC(2026, 9, 7), 0.1],
    [Date.UTC(2026, 9, 7, 0, 0, 0, 1), 0.1],
  ])("changes Sonnet 5.5's read price when the UTC day begins (%i)", (at, read) => {
    expect(usd(pricesFor("claude-sonnet-5-5", at, 1_000))?.[3]).toBe(read);
  });

  it.each([
    [0, 0.1],
    [99_999, 0.1],
    [100_000, 0.1],
    [100_001, 0.5],
    [1_000_000, 0.5],
  ])("prices every token of Haiku 5.5 by the size of the prompt: %i", (tokens, input) => {
    expect(usd(pricesFor("claude-haiku-5-5", NOON, tokens))?.[0]).toBe(input);
  });

  it("has a price for each of its models on every day and at every size", () => {
    const size = fc.nat(2_000_000);
    const at = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(9999, 11, 31) });
    fc.assert(
      fc.property(fc.constantFrom(...models), at, size, (model, at, size) => {
        expect(pricesFor(model, at, size)).toBeDefined();
      }),
    );
  });

  it.each([
    "",
    "claude",
    "claude-sonnet-5-5-20261007",
    "claude-sonnet-5-6",
    "CLAUDE-OPUS-5-5",
    " claude-opus-5-5",
    "claude-opus-5-5 ",
    "us.anthropic.claude-opus-5-5",
    "constructor",
    "__proto__",
  ])("never borrows a sibling's price for %j", (model) => {
    expect(pricesFor(model, NOON, 10_000)).toBeUndefined();
    expect(isPriced(model)).toBe(false);
  });

  it("knows no price before the table begins", () => {
    expect(pricesFor("claude-opus-5", Date.UTC(2019, 11, 31), 10)).toBeUndefined();
  });
});

describe("pricesOfRequest", () => {
  const list = pricesFor("claude-opus-5", NOON, 10_000) as TokenPrices;
  const times = (factor: number) =>
    Object.fromEntries(Object.entries(list).map(([part, price]) => [part, price * factor]));

  // Price modifiers, pricing page, read 2026-09-02.
  it.each([
    [{}, 1],
    [{ inference_geo: "global" }, 1],
    [{ speed: "standard" }, 1],
    [{ inference_geo: "us" }, 1.1],
    [{ speed: "fast" }, 2],
    [{ speed: "fast", inference_geo: "us" }, 2.2],
  ])("multiplies every part of the price for %j by %d", (settings, factor) => {
    const prices = pricesOfRequest({ model: "claude-opus-5", ...settings }, NOON, 10_000) as TokenPrices;
    for (const [part, price] of Object.entries(times(factor))) {
      expect(prices[part as keyof TokenPrices]).toBeCloseTo(price, 6);
      expect(Number.isSafeInteger(prices[part as keyof TokenPrices])).toBe(true);
    }
  });

  it.each(["claude-opus-5", "claude-opus-4-8"])("knows what fast mode costs with %s", (model) => {
    const slow = pricesFor(model, NOON, 10_000) as TokenPrices;
    expect(pricesOfRequest({ model, speed: "fast" }, NOON, 10_000)?.input).toBe(2 * slow.input);
  });

  it.each([
    {},
    { model: 5 },
    { model: "claude-opus-9" },
    { model: "claude-opus-5-5", speed: "fast" },
    { model: "claude-haiku-5-5", speed: "fast" },
  ])("guesses nothing for %j", (request) => {
    expect(pricesOfRequest(request, NOON, 10_000)).toBeUndefined();
  });
});

describe("isPriced", () => {
  it.each(models)("knows %s", (model) => expect(isPriced(model)).toBe(true));
});

describe("cost", () => {
  /** Ten times the largest context window: whatever the provider can bill for one request. */
  const tokens = fc.nat(10_000_000);
  const usages: fc.Arbitrary<Usage> = fc.record({
    uncachedTokens: tokens,
    write5mTokens: tokens,
    write1hTokens: tokens,
    readTokens: tokens,
    outputTokens: tokens,
  });
  const prices = fc.constantFrom(...PRICE_TABLE.map((row) => row.prices));

  const product = (tokens: number, price: number) => BigInt(tokens) * BigInt(price);
  const roundedUp = (amount: bigint) => Number((amount + 999_999n) / 1_000_000n);

  it("equals what integers of any size say, to the micro-USD", () => {
    fc.assert(
      fc.property(usages, prices, (usage, prices) => {
        const writes =
          product(usage.write5mTokens, prices.write5m) + product(usage.write1hTokens, prices.write1h);
        const rest =
          product(usage.uncachedTokens, prices.input) +
          product(usage.readTokens, prices.read) +
          product(usage.outputTokens, prices.output);
        expect(costOf(usage, prices)).toBe(roundedUp(writes + rest));
        expect(fillCostOf(usage, prices)).toBe(roundedUp(writes));
      }),
      { numRuns: 500 },
    );
  });

  it("has fill cost as a part of it, and rises with every token", () => {
    fc.assert(
      fc.property(usages, prices, fc.constantFrom(...Object.keys(aUsage())), (usage, prices, bucket) => {
        expect(fillCostOf(usage, prices)).toBeLessThanOrEqual(costOf(usage, prices));
        const more = { ...usage, [bucket]: usage[bucket as keyof Usage] + 1_000_000 };
        expect(costOf(more, prices)).toBeGreaterThan(costOf(usage, prices));
      }),
    );
  });

  it("is rounded up once for the request, not once per bucket", () => {
    const prices = { input: 4e6, write5m: 5e6, write1h: 8e6, read: 200_000, output: 20e6 };
    expect(costOf(aUsage({ readTokens: 1 }), prices)).toBe(1);
    expect(costOf(aUsage({ readTokens: 5 }), prices)).toBe(1);
    expect(costOf(aUsage({ readTokens: 6 }), prices)).toBe(2);
    expect(costOf(aUsage({ readTokens: 6, uncachedTokens: 1 }), prices)).toBe(6);
  });

  it("prices the two write buckets apart: an hour costs 1.6 times five minutes", () => {
    const prices = pricesFor("claude-opus-5-5", NOON, 100_000);
    if (prices === undefined) throw new Error("unreachable");
    expect(costOf(aUsage({ write5mTokens: 100_000 }), prices)).toBe(500_000);
    expect(costOf(aUsage({ write1hTokens: 100_000 }), prices)).toBe(800_000);
  });

  it("is nothing for nothing", () => {
    for (const { prices } of PRICE_TABLE) {
      expect(costOf(aUsage(), prices)).toBe(0);
      expect(fillCostOf(aUsage({ readTokens: 10_000 }), prices)).toBe(0);
    }
  });
});
