import type { Usage } from "../../core/usage.ts";
import type { Breakpoint } from "./breakpoints.ts";

/**
 * Divides a prompt's tokens among the price buckets by the provider's three positions ("Mixing different TTLs",
 * prompt caching guide, read 2026-09-26): A, the end of what was read; B, the last 1h breakpoint beyond A; C,
 * the last breakpoint. Up to A is read, A to B written for 1h, B to C written for 5m, the rest is uncached.
 *
 * @param breakpoints in prompt order, only those that reach the model's minimum
 */
export function divideTokens(prompt: {
  readonly promptTokens: number;
  readonly readTokens: number;
  readonly breakpoints: readonly Breakpoint[];
  readonly outputTokens: number;
}): Usage {
  const a = prompt.readTokens;
  const beyond = prompt.breakpoints.filter(({ block }) => block.tokens > a);
  const b = beyond.findLast(({ ttl }) => ttl === "1h")?.block.tokens ?? a;
  const c = beyond.at(-1)?.block.tokens ?? a;
  return {
    readTokens: a,
    write1hTokens: b - a,
    write5mTokens: c - b,
    uncachedTokens: prompt.promptTokens - c,
    outputTokens: prompt.outputTokens,
  };
}
