import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { costOf, fillCostOf, pricesFor } from "../../../lib/core/prices.ts";
import { promptTokens } from "../../../lib/core/usage.ts";
import { Bill, toMicroUsd } from "../../../lib/local/provider/bill.ts";
import { MODELS } from "../../../lib/local/provider/models.ts";
import type { SimulatedProvider } from "../../../lib/local/provider/server.ts";
import {
  block,
  clientAt,
  consumed,
  HOUR,
  MINUTE,
  NOON,
  OTHER_KEY,
  type Params,
  preWarm,
  startProvider,
  WARMER_KEY,
} from "./harness.ts";

let provider: SimulatedProvider;
beforeEach(async () => {
  provider = await startProvider();
});
afterEach(() => provider.close());

const question = { max_tokens: 1_024, messages: [{ role: "user" as const, content: "Where is my order?" }] };

async function costAt(at: number, params: Params): Promise<bigint | undefined> {
  await consumed(provider, at, params);
  return provider.bill.lines.at(-1)?.cost;
}

/** Dollars, exactly. */
const usd = (amount: string) => BigInt(amount.replace(".", "").padEnd(amount.indexOf(".") + 12, "0"));

describe("what a request costs", () => {
  it("is each bucket at its own price", async () => {
    const mixed = preWarm([block(2_000, "1h"), block(1_000, "5m", "b")], {
      ...question,
      model: "claude-opus-5-5",
    });
    // 2,000 x $8 + 1,000 x $5 + 11 x $4 + 64 x $20, per million
    expect(await costAt(NOON, mixed)).toBe(usd("0.022324"));
    expect(provider.bill.lines[0]?.fillCost).toBe(usd("0.021"));
    // 3,000 x $0.20 + 11 x $4 + 64 x $20
    expect(await costAt(NOON + 1, mixed)).toBe(usd("0.001924"));
    expect(provider.bill.lines[1]?.fillCost).toBe(0n);
  });

  it.each([
    { day: Date.UTC(2026, 9, 6, 23, 59, 59, 999), cost: "0.000194" },
    { day: Date.UTC(2026, 9, 7), cost: "0.000104" },
  ])("is priced by the day of its start", async ({ day, cost }) => {
    // 900 tokens read, at $0.20 and then at $0.10 per million, and 7 uncached at $2
    const params = { model: "claude-sonnet-5-5", messages: [{ role: "user" as const, content: "x" }] };
    await consumed(provider, day - MINUTE, preWarm([block(900, "5m")], params));
    expect(await costAt(day, preWarm([block(900, "5m")], params))).toBe(usd(cost));
  });

  it.each([
    { size: 99_992, perMTok: 125_000n, input: 100_000n },
    { size: 99_993, perMTok: 625_000n, input: 500_000n },
  ])(
    "is priced as a whole by the size of the prompt: $size and 8 tokens",
    async ({ size, perMTok, input }) => {
      const haiku = preWarm([block(size, "5m")], { model: "claude-haiku-5-5" });
      expect(await costAt(NOON, haiku)).toBe(BigInt(size) * perMTok + 8n * input);
    },
  );

  it("is twice as much in fast mode, and a tenth more for inference in the US", async () => {
    const plain = await costAt(NOON, preWarm([block(1_000, "5m")]));
    const fast = await costAt(NOON + HOUR, preWarm([block(1_000, "5m")], { speed: "fast" }));
    const us = await costAt(NOON + 2 * HOUR, preWarm([block(1_000, "5m")], { inference_geo: "us" }));
    expect([plain, fast, us]).toEqual([usd("0.00629"), usd("0.01258"), usd("0.006919")]);
  });

  it("agrees with the product's own arithmetic, whatever was consumed, by any model, on any day", () => {
    const count = fc.integer({ min: 0, max: 1_000_000 });
    const usage = fc.record({
      uncachedTokens: count,
      write5mTokens: count,
      write1hTokens: count,
      readTokens: count,
      outputTokens: count,
    });
    const at = fc.integer({ min: Date.UTC(2026, 8, 1), max: Date.UTC(2026, 11, 31) });
    fc.assert(
      fc.property(fc.constantFrom(...MODELS.keys()), usage, at, (model, used, day) => {
        const request = {
          at: day,
          model,
          usage: used,
          requestId: "",
          workspace: "",
          caller: "",
          fingerprint: "",
        };
        const { cost, fillCost } = new Bill().charge(
          { ...request, answered: true },
          { fast: false, usInference: false },
        );
        const prices = pricesFor(model, day, promptTokens(used));
        expect([toMicroUsd(cost), toMicroUsd(fillCost)]).toEqual(
          prices && [costOf(used, prices), fillCostOf(used, prices)],
        );
      }),
    );
  });
});

describe("the total", () => {
  it("is over everything, or over what is chosen", async () => {
    const prefix = [block(1_000, "5m")];
    await consumed(provider, NOON, preWarm(prefix));
    await consumed(provider, NOON + 1, preWarm(prefix, question), { key: WARMER_KEY.key });
    await consumed(provider, NOON + 2, preWarm(prefix, { model: "claude-opus-5-5" }), { key: OTHER_KEY.key });
    const { bill } = provider;
    const requests = (filter: Parameters<typeof bill.total>[0]) => bill.total(filter).requests;
    expect(bill.total()).toEqual({
      requests: 3,
      usage: {
        write5mTokens: 2_000,
        write1hTokens: 0,
        readTokens: 1_000,
        uncachedTokens: 27,
        outputTokens: 64,
      },
      cost: usd("0.00629") + usd("0.002155") + usd("0.005032"),
      fillCost: usd("0.00625") + usd("0.005"),
    });
    expect(requests({ from: NOON, until: NOON + 2 })).toBe(2);
    expect(requests({ from: NOON + 2, until: NOON + 2 })).toBe(0);
    expect(requests({ caller: "warmer" })).toBe(1);
    expect(requests({ workspace: "wrkspc_main" })).toBe(2);
    expect(requests({ model: "claude-opus-5-5", from: NOON + 2 })).toBe(1);
    expect(requests({ model: "claude-opus-5-5", until: NOON + 2 })).toBe(0);
    expect(requests({ fingerprint: provider.log[0]?.fingerprint ?? "" })).toBe(2);
    expect(requests({ caller: undefined })).toBe(3);
  });

  it("is nothing when nothing was billed", () => {
    expect(provider.bill.total()).toMatchObject({ requests: 0, cost: 0n, usage: { readTokens: 0 } });
  });

  it.each([
    { amount: 0n, microUsd: 0 },
    { amount: 1n, microUsd: 1 },
    { amount: 1_000_000n, microUsd: 1 },
    { amount: 1_000_001n, microUsd: 2 },
  ])("is rounded up to whole micro-dollars: $amount", ({ amount, microUsd }) => {
    expect(toMicroUsd(amount)).toBe(microUsd);
  });

  it("includes each request once, in order of arrival", async () => {
    for (let i = 0; i < 5; i++) await clientAt(provider, NOON + i).messages.create(preWarm([]));
    expect(provider.bill.lines.map(({ at }) => at - NOON)).toEqual([0, 1, 2, 3, 4]);
    expect(provider.bill.lines.map(({ requestId }) => requestId)).toEqual(
      provider.log.map(({ requestId }) => requestId),
    );
  });
});
