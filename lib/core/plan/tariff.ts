import type { Ttl } from "../due.ts";
import type { MicroUsd } from "../money.ts";
import type { TokenPrices } from "../prices.ts";

/** What a model charges per cached token, as multiples of its uncached base price. */
export interface Tariff {
  readonly read: number;
  readonly write5m: number;
  readonly write1h: number;
  /** The base price itself, in micro-USD per million tokens: the multiples alone decide what pays for one prefix. */
  readonly input: MicroUsd;
  /** The smallest prefix that the model caches, in tokens. @default every prefix is cached */
  readonly minimumTokens?: number;
}

/** The tariff of one prefix: its model's prices at its size and with its settings (`pricesOfRequest`). */
export function tariffOf({ input, read, write5m, write1h }: TokenPrices, minimumTokens = 0): Tariff {
  return { read: read / input, write5m: write5m / input, write1h: write1h / input, input, minimumTokens };
}

/** Anthropic's usual multiples (platform.claude.com pricing, read 2026-09-02) at 3 dollars; some models differ. */
export const USUAL_TARIFF: Tariff = { read: 0.1, write5m: 1.25, write1h: 2, input: 3_000_000 };

/** What no cache serves of a touch, on average: its placeholder message, in tokens. A reservation takes more. */
export const TOUCH_OVERHEAD_TOKENS = 12;

export function writeShare(tariff: Tariff, ttl: Ttl): number {
  return ttl === "5m" ? tariff.write5m : tariff.write1h;
}

/** How many keep-alives cost no more than the difference between a write and a read; 254 at most. */
export function mostKeepAlives(tariff: Tariff, ttl: Ttl, lambda = 0): number {
  const saved = writeShare(tariff, ttl) - tariff.read + lambda;
  return tariff.read > 0 ? Math.max(0, Math.min(254, Math.floor(saved / tariff.read + 1e-9))) : 254;
}
