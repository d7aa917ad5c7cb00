import type { MicroUsd } from "./money.ts";
import { pricesOfRequest } from "./prices.ts";
import { UNCACHED_TOKENS_PER_TOUCH } from "./touch.ts";

/** count_tokens is an estimate; a reservation adds this share to it. */
export const COUNT_MARGIN = 0.05;

/** What is known about the size of a touch before it is sent. */
export interface TouchSize {
  /** UTF-8 bytes of the body: the bound when nobody counted. */
  readonly bytes: number;
  readonly countedTokens?: number;
  readonly measuredTokens?: number;
  readonly outputTokens: number;
}

/** Tokens that the prefix may be billed as, at most. */
export function tokenBound(size: Pick<TouchSize, "bytes" | "countedTokens" | "measuredTokens">): number {
  const known = Math.max(size.countedTokens ?? 0, size.measuredTokens ?? 0);
  return known > 0 ? Math.ceil(known * (1 + COUNT_MARGIN)) : size.bytes;
}

/**
 * The most that one touch can cost, in micro-USD: every token of the prefix written at the dearest rate,
 * the placeholder uncached, and all output that the request allows. It holds for a keep-alive too, since
 * a keep-alive that comes late is a write. `undefined` for a request without a known price: nothing is sent.
 *
 * @param request its model and settings choose the prices
 * @param at when the touch is sent, ms since the epoch
 */
export function costBound(
  request: { readonly [field: string]: unknown },
  size: TouchSize,
  at: number,
): MicroUsd | undefined {
  const tokens = tokenBound(size);
  const prices = pricesOfRequest(request, at, tokens + UNCACHED_TOKENS_PER_TOUCH);
  if (prices === undefined) return undefined;
  const prefix = tokens * Math.max(prices.write5m, prices.write1h, prices.input);
  return Math.ceil(
    (prefix + UNCACHED_TOKENS_PER_TOUCH * prices.input + size.outputTokens * prices.output) / 1_000_000,
  );
}
