import { MINUTE_MS } from "../due.ts";
import { aliveUntil, type PrefixState } from "../prefix-state.ts";
import { type PrefixUse, UNMARKED, type UsageRecord } from "./usage-record.ts";

/** The application's own use of the cache. Never mixed with the warmer's touches, which would praise themselves. */
export interface OrganicTotals {
  readonly requests: number;
  readonly cold: number;
  readonly neither: number;
  /** Requests without a cache breakpoint; they are in `requests` too. */
  readonly unmarked: number;
  readonly readTokens: number;
  readonly writtenTokens: number;
  readonly uncachedTokens: number;
  readonly first: number;
  readonly firstHits: number;
  readonly lost: number;
}

/** Adds up the records of the minutes that begin from `from` up to, but not including, `to`. */
export function organicTotals(
  records: readonly UsageRecord[],
  from = Number.NEGATIVE_INFINITY,
  to = Number.POSITIVE_INFINITY,
): OrganicTotals {
  const inside = records.filter(({ minute }) => minute >= from && minute < to);
  const uses = inside.flatMap((record) => record.prefixes);
  const sum = (count: (use: PrefixUse) => number) => uses.reduce((total, use) => total + count(use), 0);
  return {
    requests: sum((use) => use.requests),
    cold: sum((use) => use.cold),
    neither: sum((use) => use.neither),
    unmarked: sum((use) => (use.fingerprint === UNMARKED ? use.requests : 0)),
    readTokens: sum((use) => use.readTokens),
    writtenTokens: sum((use) => use.write5mTokens + use.write1hTokens),
    uncachedTokens: sum((use) => use.uncachedTokens),
    first: sum((use) => use.first),
    firstHits: sum((use) => use.firstHits),
    lost: inside.reduce((total, record) => total + record.lost, 0),
  };
}

/**
 * Share of the cacheable tokens that were read, 0 to 1; `undefined` if there were none. Uncached tokens are left
 * out: a request's own question is never cached, and its length would move the rate without any miss. So a request
 * that neither read nor wrote does not count here; `neither` and `unmarked` tell of those.
 */
export function organicHitRate({ readTokens, writtenTokens }: OrganicTotals): number | undefined {
  const cacheable = readTokens + writtenTokens;
  return cacheable > 0 ? readTokens / cacheable : undefined;
}

/** Share of the marked first requests of a session that hit, 0 to 1; `undefined` if none is marked. */
export function firstRequestHitRate({ first, firstHits }: OrganicTotals): number | undefined {
  return first > 0 ? firstHits / first : undefined;
}

export const MISS_REASONS = [
  "never_filled",
  "expired",
  "bytes_differ",
  "below_minimum",
  "evicted",
  "unknown",
] as const;

export type MissReason = (typeof MISS_REASONS)[number];

/** Requests that were not served from the cache, and why; unmarked ones missed nothing. */
export function organicMisses(
  records: readonly UsageRecord[],
  known: readonly PrefixState[],
): Record<MissReason, number> {
  const states = new Map(known.map((state) => [state.fingerprint, state]));
  const misses = Object.fromEntries(MISS_REASONS.map((reason) => [reason, 0])) as Record<MissReason, number>;
  for (const { minute, prefixes } of records) {
    for (const { fingerprint, cold, neither } of prefixes) {
      if (fingerprint === UNMARKED) continue;
      const state = states.get(fingerprint);
      misses[coldReason(state, minute)] += cold;
      misses[neitherReason(state)] += neither;
    }
  }
  return misses;
}

/**
 * Why requests with a fingerprint had to write in a minute, by what is known of the prefix *today*. A record is
 * older than the state: a touch that came after the minute hides what was before it, and a minute in which the
 * prefix was touched or expired may lie on either side. Both are `unknown` rather than guessed.
 *
 * @param state of this fingerprint; `undefined` if no manifest ever listed it
 * @param minute start of the minute
 */
export function coldReason(state: PrefixState | undefined, minute: number): MissReason {
  if (state === undefined) return "bytes_differ";
  if (state.lastStart === undefined) return "never_filled";
  if (minute >= aliveUntil(state)) return "expired";
  const minuteEnd = minute + MINUTE_MS;
  return state.lastStart < minute && minuteEnd <= aliveUntil(state) ? "evicted" : "unknown";
}

/**
 * Why requests neither read nor wrote, though they mark a prefix: the provider caches nothing below the model's
 * minimum. A prefix that the warmer has seen cached is not below it.
 */
export function neitherReason(state: PrefixState | undefined): MissReason {
  return state?.measuredTokens === undefined ? "below_minimum" : "unknown";
}
