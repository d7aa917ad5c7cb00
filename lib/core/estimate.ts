import { TTL_MS, type Ttl } from "./due.ts";
import type { MicroUsd } from "./money.ts";
import type { TokenPrices } from "./prices.ts";

/** A token count that nobody has measured: English prose is near four bytes a token, code and JSON below it. */
export interface TokenEstimate {
  readonly tokens: number;
  readonly least: number;
  readonly most: number;
}

const BYTES_PER_TOKEN = 4;
/** Newer tokenizers make about 30 % more tokens of the same text (pricing page, read 2026-09-02). */
const FEWEST_BYTES_PER_TOKEN = 2.5;
const MOST_BYTES_PER_TOKEN = 5;

export function estimateTokens(bytes: number): TokenEstimate {
  return {
    tokens: Math.ceil(bytes / BYTES_PER_TOKEN),
    least: Math.ceil(bytes / MOST_BYTES_PER_TOKEN),
    most: Math.ceil(bytes / FEWEST_BYTES_PER_TOKEN),
  };
}

/** One way to run a prefix, and what it costs a day. */
export interface DailyCost {
  readonly way: "no warmer, 5m" | "no warmer, 1h" | "warmer, 5m" | "warmer, 1h";
  readonly perDay: MicroUsd;
  /** Share of the application's requests that find the prefix cold. */
  readonly coldShare: number;
}

/** Touches an hour by the due rule: a 5m prefix every 3 to 4 minutes, a 1h prefix every 57 to 58. */
const TOUCHES_PER_HOUR: Readonly<Record<Ttl, number>> = { "5m": 60 / 3.5, "1h": 60 / 57.5 };

/**
 * What one prefix costs a day at a steady rate of requests that arrive independently of each other (Poisson):
 * a request is cold if the gap before it is longer than the TTL, which has probability e^(-rate x TTL).
 */
export function dailyCosts(tokens: number, prices: TokenPrices, requestsPerHour: number): DailyCost[] {
  const requests = 24 * requestsPerHour;
  const cost = (rate: MicroUsd) => (tokens * rate) / 1_000_000;
  const without = (ttl: Ttl, write: MicroUsd): DailyCost => {
    const coldShare = Math.exp((-requestsPerHour * TTL_MS[ttl]) / 3_600_000);
    const perRequest = coldShare * cost(write) + (1 - coldShare) * cost(prices.read);
    return { way: `no warmer, ${ttl}`, perDay: Math.ceil(requests * perRequest), coldShare };
  };
  const withWarmer = (ttl: Ttl): DailyCost => ({
    way: `warmer, ${ttl}`,
    perDay: Math.ceil((requests + 24 * TOUCHES_PER_HOUR[ttl]) * cost(prices.read)),
    coldShare: 0,
  });
  return [without("5m", prices.write5m), without("1h", prices.write1h), withWarmer("5m"), withWarmer("1h")];
}

/** The cheapest way; of equal ones the first, which is the one without a warmer. */
export function cheapest(costs: readonly DailyCost[]): DailyCost | undefined {
  return costs.reduce<DailyCost | undefined>(
    (best, cost) => (best === undefined || cost.perDay < best.perDay ? cost : best),
    undefined,
  );
}
