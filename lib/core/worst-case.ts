import { costBound } from "./bounds.ts";
import { MINUTE_MS, TTL_MS, type Ttl } from "./due.ts";
import type { MicroUsd } from "./money.ts";
import { pricesFor } from "./prices.ts";
import { UNCACHED_TOKENS_PER_TOUCH } from "./touch.ts";

/** What the warmer is expected to keep warm. */
export interface Expected {
  readonly prefixes: number;
  readonly tokensPerPrefix: number;
  readonly model: string;
  readonly ttl: Ttl;
}

/** What keeping the expected prefixes warm costs, in micro-USD. */
export interface WorstCase {
  /** Every prefix filled once. */
  readonly fill: MicroUsd;
  /** One hour of keep-alives. */
  readonly keepWarmPerHour: MicroUsd;
  /** The first hour: the fills, their confirming reads, keep-alives, and one wave still reserved. */
  readonly firstHour: MicroUsd;
  readonly firstDay: MicroUsd;
  /** Requests in flight without which some prefix would come too late. */
  readonly concurrency: number;
}

/** A limit is checked for any date, so the newest prices count. */
const FAR_FUTURE = 253_402_214_400_000;

/** The due rule touches a 5m prefix three minutes after the last touch at the earliest, a 1h one after 57. */
const SHORTEST_CYCLE_MS: Readonly<Record<Ttl, number>> = {
  "5m": TTL_MS["5m"] - 2 * MINUTE_MS,
  "1h": TTL_MS["1h"] - 3 * MINUTE_MS,
};

/** A keep-alive reads the whole prefix: seldom more than this, by the provider's own latency figures for hits. */
const KEEP_ALIVE_MS = 2_000;

/** Minutes over which the touches of one cycle are spread: a 5m prefix is due within two ticks of its expiry. */
const SPREAD_MINUTES: Readonly<Record<Ttl, number>> = { "5m": 1, "1h": 50 };

/** @throws RangeError if the model has no price; the configuration is checked for that first */
export function worstCase(expected: Expected, concurrency: number): WorstCase {
  return worstCaseOf([expected], concurrency);
}

/** The same for several kinds of prefixes together: a real manifest. @throws RangeError for a model without a price */
export function worstCaseOf(groups: readonly Expected[], concurrency: number): WorstCase {
  const costs = groups.map(costsOf);
  const sum = (of: (cost: GroupCosts) => number) => costs.reduce((total, cost) => total + of(cost), 0);
  const prefixes = groups.reduce((total, group) => total + group.prefixes, 0);
  const fill = sum((cost) => cost.fill);
  const keepWarmPerHour = sum((cost) => cost.keepWarmPerHour);
  const oneWave = Math.min(prefixes, concurrency) * Math.max(0, ...costs.map((cost) => cost.bound));
  const firstHour = fill + sum((cost) => cost.read) + keepWarmPerHour + oneWave;
  return {
    fill,
    keepWarmPerHour,
    firstHour,
    firstDay: firstHour + 23 * keepWarmPerHour,
    concurrency: Math.ceil(sum((cost) => cost.atOnce)),
  };
}

interface GroupCosts {
  readonly fill: MicroUsd;
  readonly read: MicroUsd;
  readonly keepWarmPerHour: MicroUsd;
  /** The most that one touch can cost. */
  readonly bound: MicroUsd;
  /** Requests that are in flight at once on average. */
  readonly atOnce: number;
}

function costsOf({ prefixes, tokensPerPrefix, model, ttl }: Expected): GroupCosts {
  // Each touch carries its placeholder, which is billed and may lift the prompt over a price step.
  const prices = pricesFor(model, FAR_FUTURE, tokensPerPrefix + UNCACHED_TOKENS_PER_TOUCH);
  const size = { bytes: 0, countedTokens: tokensPerPrefix, outputTokens: 0 };
  const bound = costBound({ model }, size, FAR_FUTURE);
  if (prices === undefined || bound === undefined) throw new RangeError(`no price for the model ${model}`);
  const perPrefix = (rate: MicroUsd) =>
    Math.ceil((tokensPerPrefix * rate + UNCACHED_TOKENS_PER_TOUCH * prices.input) / 1_000_000);
  const read = prefixes * perPrefix(prices.read);
  return {
    fill: prefixes * perPrefix(ttl === "5m" ? prices.write5m : prices.write1h),
    read,
    keepWarmPerHour: Math.ceil((read * 3_600_000) / SHORTEST_CYCLE_MS[ttl]),
    bound,
    atOnce: (prefixes * KEEP_ALIVE_MS) / (SPREAD_MINUTES[ttl] * MINUTE_MS),
  };
}
