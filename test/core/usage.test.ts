import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseUsage, promptTokens, writtenTokens } from "../../lib/core/usage.ts";
import { aUsage } from "./samples.ts";

/** The answer to a request with `max_tokens: 0`, from the prompt caching guide, read 2026-09-26. */
const PREWARM = {
  input_tokens: 8,
  cache_creation_input_tokens: 5_120,
  cache_read_input_tokens: 0,
  cache_creation: { ephemeral_5m_input_tokens: 5_120, ephemeral_1h_input_tokens: 0 },
  output_tokens: 0,
  service_tier: "standard",
  inference_geo: "global",
};

/** An answer with both durations: the 1-hour section of the same guide, as quoted in 2026. */
const MIXED = {
  input_tokens: 2_048,
  cache_read_input_tokens: 1_800,
  cache_creation_input_tokens: 248,
  output_tokens: 503,
  cache_creation: { ephemeral_5m_input_tokens: 148, ephemeral_1h_input_tokens: 100 },
};

/** A whole read, as the type `Usage` of @anthropic-ai/sdk 1.11.0 (2026-11-19) allows it: nullable cache fields. */
const READ = {
  input_tokens: 11,
  cache_read_input_tokens: 10_000,
  cache_creation_input_tokens: null,
  output_tokens: 1,
  cache_creation: null,
};

describe("parseUsage", () => {
  it.each([
    ["the provider's answer to a warm request", PREWARM, { uncachedTokens: 8, write5mTokens: 5_120 }],
    [
      "an answer with both durations",
      MIXED,
      {
        uncachedTokens: 2_048,
        readTokens: 1_800,
        write5mTokens: 148,
        write1hTokens: 100,
        outputTokens: 503,
      },
    ],
    ["an answer with null", READ, { uncachedTokens: 11, readTokens: 10_000, outputTokens: 1 }],
    [
      "an answer without any cache field",
      { input_tokens: 5, output_tokens: 1 },
      { uncachedTokens: 5, outputTokens: 1 },
    ],
    [
      "a split with one null",
      { ...PREWARM, cache_creation: { ephemeral_5m_input_tokens: 5_120, ephemeral_1h_input_tokens: null } },
      { uncachedTokens: 8, write5mTokens: 5_120 },
    ],
    [
      "a split without the duration that was not used",
      { ...PREWARM, cache_creation: { ephemeral_1h_input_tokens: 5_120 } },
      { uncachedTokens: 8, write1hTokens: 5_120 },
    ],
    ["a request of nothing", { input_tokens: 0, output_tokens: 0 }, {}],
  ])("reads %s", (_what, raw, expected) => {
    expect(parseUsage(raw)).toEqual(aUsage(expected));
  });

  it.each([undefined, null, "usage", 0, true, [[]], {}, () => PREWARM])(
    "takes %j for no usage, not for zero",
    (raw) => {
      expect(parseUsage(raw)).toBeUndefined();
    },
  );

  const BAD_COUNTS = [
    -1,
    0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1e18,
    100_000_001,
    "8",
    true,
    {},
    [8],
    10n,
  ];

  it.each(["input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"])(
    "refuses a damaged %s",
    (field) => {
      for (const value of BAD_COUNTS) expect(parseUsage({ ...PREWARM, [field]: value })).toBeUndefined();
    },
  );

  it.each(["ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"])("refuses a damaged %s", (field) => {
    for (const value of BAD_COUNTS) {
      const raw = { ...PREWARM, cache_creation: { ...PREWARM.cache_creation, [field]: value } };
      expect(parseUsage(raw)).toBeUndefined();
    }
  });

  it.each(["input_tokens", "output_tokens"])("refuses an answer without %s", (field) => {
    expect(parseUsage({ ...PREWARM, [field]: undefined })).toBeUndefined();
    expect(parseUsage({ ...PREWARM, [field]: null })).toBeUndefined();
  });

  it.each([
    ["has no split", undefined],
    ["has null for a split", null],
    ["has a number for a split", 5_120],
    ["has an empty split", {}],
    ["adds up to a token less", { ephemeral_5m_input_tokens: 5_119, ephemeral_1h_input_tokens: 0 }],
    ["adds up to a token more", { ephemeral_5m_input_tokens: 5_120, ephemeral_1h_input_tokens: 1 }],
    [
      "would be right with a negative part",
      { ephemeral_5m_input_tokens: 5_121, ephemeral_1h_input_tokens: -1 },
    ],
  ])("refuses a write that %s: it could not be priced", (_what, split) => {
    expect(parseUsage({ ...PREWARM, cache_creation: split })).toBeUndefined();
  });

  it("refuses a split that tells of a write which the sum denies", () => {
    expect(parseUsage({ ...PREWARM, cache_creation_input_tokens: 0 })).toBeUndefined();
    expect(parseUsage({ ...PREWARM, cache_creation_input_tokens: null })).toBeUndefined();
  });

  it("takes the largest credible count and not one more", () => {
    expect(parseUsage({ input_tokens: 100_000_000, output_tokens: 0 })).toEqual(
      aUsage({ uncachedTokens: 100_000_000 }),
    );
    expect(parseUsage({ input_tokens: 100_000_001, output_tokens: 0 })).toBeUndefined();
  });

  it("gives whole, non-negative, finite counts or nothing, whatever comes", () => {
    const count = fc.oneof(fc.nat(10), fc.anything());
    const raw = fc.record(
      {
        input_tokens: count,
        output_tokens: count,
        cache_read_input_tokens: count,
        cache_creation_input_tokens: count,
        cache_creation: fc.oneof(
          fc.record(
            { ephemeral_5m_input_tokens: count, ephemeral_1h_input_tokens: count },
            { requiredKeys: [] },
          ),
          fc.anything(),
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(raw, fc.anything()), (raw) => {
        const usage = parseUsage(raw);
        if (usage === undefined) return;
        expect(Object.values(usage).every((tokens) => Number.isSafeInteger(tokens) && tokens >= 0)).toBe(
          true,
        );
      }),
      { numRuns: 500 },
    );
  });

  it("reads back every usage that adds up", () => {
    const tokens = fc.nat(2_000_000);
    fc.assert(
      fc.property(tokens, tokens, tokens, tokens, tokens, (uncached, short, long, read, output) => {
        const raw = {
          input_tokens: uncached,
          output_tokens: output,
          cache_read_input_tokens: read,
          cache_creation_input_tokens: short + long,
          cache_creation: { ephemeral_5m_input_tokens: short, ephemeral_1h_input_tokens: long },
        };
        expect(parseUsage(raw)).toEqual({
          uncachedTokens: uncached,
          write5mTokens: short,
          write1hTokens: long,
          readTokens: read,
          outputTokens: output,
        });
      }),
    );
  });
});

describe("sums of a usage", () => {
  const usage = aUsage({
    uncachedTokens: 1,
    write5mTokens: 20,
    write1hTokens: 300,
    readTokens: 4_000,
    outputTokens: 50_000,
  });

  it("count the whole prompt and no output", () => expect(promptTokens(usage)).toBe(4_321));
  it("count what was written for either duration", () => expect(writtenTokens(usage)).toBe(320));
});
