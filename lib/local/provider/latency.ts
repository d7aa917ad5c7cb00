import type { Latency, LatencyInput } from "./options.ts";

/** Assumptions all, chosen so that a touch takes the 0.5 to 3 s that prompts of everyday sizes take. */
const FLOOR_MS = 500;
const CEILING_MS = 3_000;
/** Processing so many tokens takes half of what lies between floor and ceiling. */
const HALFWAY_TOKENS = 60_000;
/** What reading a cached token takes, as a share of processing one: as its price, not nothing. */
const READ_SHARE = 0.1;
/** 70 output tokens a second. */
const OUTPUT_TOKEN_MS = 14;

/**
 * How long an answer takes by the size of its prompt: from 0.5 s for a small warm read towards 3 s for a large cold
 * write; of two prompts of one size the one with more in the cache is faster. Output comes on top; a touch with
 * `max_tokens: 0` has none. The same tokens always take the same time: what varies in a run is its prompts.
 *
 * | tokens    | cold  | warm  |
 * |-----------|-------|-------|
 * | 2 000     | 0.6 s | 0.5 s |
 * | 12 000    | 0.9 s | 0.5 s |
 * | 67 000    | 1.8 s | 0.8 s |
 * | 1 000 000 | 2.9 s | 2.1 s |
 *
 * Rejected: the one public figure, 20.4 s for a cold prompt of 67 000 tokens and 4 to 6 s for a warm one. It is a single
 * measurement with an answer's output in it. Rejected too: a line with a cap, on which a very large read takes as
 * long as a write. Who wants to see a run with a slower provider gives a `latency` of their own.
 */
export function latencyBySize({ promptTokens, cachedTokens, outputTokens }: LatencyInput): Latency {
  const work = promptTokens - cachedTokens + READ_SHARE * cachedTokens;
  const firstByteMs = FLOOR_MS + ((CEILING_MS - FLOOR_MS) * work) / (work + HALFWAY_TOKENS);
  return { firstByteMs, totalMs: firstByteMs + OUTPUT_TOKEN_MS * outputTokens };
}
