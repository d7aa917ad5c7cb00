import { MINUTE_MS } from "../due.ts";
import type { PlanState, Policy } from "./policy.ts";

/** A prefix that a candidate color will serve. */
export interface Candidate {
  readonly fingerprint: string;
  /** Warmed first, whatever is predicted. */
  readonly required: boolean;
  /** Its entry is alive already, mostly because the live color serves equal bytes: it costs nothing. */
  readonly warm: boolean;
  /** What is known of its traffic: the live color's prefix of the same name. */
  readonly traffic?: PlanState | undefined;
}

export interface CoveragePlan {
  /** Fingerprints to warm, in this order. */
  readonly order: readonly string[];
  /** Predicted share of the first minute's requests that hit, with all of `order` warmed. */
  readonly coverage: number;
  /** The same without any of them. */
  readonly before: number;
  /** The predicted share at which warming ends: the target, and a margin for how requests scatter. */
  readonly aim: number;
  /** Predicted requests of the first minute. */
  readonly requests: number;
}

/** A candidate that is not alive. */
interface Cold {
  readonly fingerprint: string;
  readonly required: boolean;
  /** Of being used in the first minute. */
  readonly chance: number;
  /** Predicted requests of the first minute that miss if it is not warmed. */
  readonly misses: number;
}

/**
 * Of the requests that follow a cold one in its minute, as many come before its entry can be read: 3 s of the half
 * minute that is left on average.
 */
const UNREADABLE = 0.1;
/** The margin takes at most this share of the misses that are allowed: where few are, scatter cannot be bought off. */
const MOST_MARGIN = 0.25;

/**
 * Which prefixes of a candidate to warm before traffic moves to it at `at` (ms), so that at least `target` of the
 * first minute's requests hit, with the fewest writes: as predicted, and one standard deviation more.
 *
 * A cold prefix costs hardly more than one miss if it is used in that minute at all, however often, so prefixes are
 * taken by the chance of being used; equal chances by fingerprint. A prefix without known traffic is warmed only if
 * required.
 */
export function planCoverage(
  candidates: readonly Candidate[],
  at: number,
  policy: Policy,
  target: number,
): CoveragePlan {
  const minute = Math.floor(at / MINUTE_MS);
  let requests = 0;
  let missed = 0;
  const cold: Cold[] = [];
  for (const { fingerprint, required, warm, traffic } of candidates) {
    const known = traffic !== undefined && traffic.requests > 0;
    const chance = known ? (policy.chanceInMinute?.(traffic, minute) ?? 1) : 0;
    const whenUsed = known ? (policy.requestsWhenUsed?.(traffic) ?? 1) : 1;
    requests += chance * whenUsed;
    if (warm) continue;
    const misses = chance * (1 + UNREADABLE * (whenUsed - 1));
    missed += misses;
    cold.push({ fingerprint, required, chance, misses });
  }
  cold.sort(
    (a, b) =>
      Number(b.required) - Number(a.required) ||
      b.chance - a.chance ||
      (a.fingerprint < b.fingerprint ? -1 : 1),
  );
  const coverageOf = (misses: number) => (requests > 0 ? Math.max(0, 1 - misses / requests) : 1);
  const before = coverageOf(missed);
  const aim = coverageOf(expectedFor((1 - target) * requests));
  const order: string[] = [];
  for (const { fingerprint, required, chance, misses } of cold) {
    if (!required && (chance === 0 || coverageOf(missed) >= aim)) break;
    order.push(fingerprint);
    missed = Math.max(0, missed - misses);
  }
  return { order, coverage: coverageOf(missed), before, aim, requests };
}

/** How many misses to expect so that one standard deviation more (they come like rare events) are still allowed. */
function expectedFor(allowed: number): number {
  return Math.max((1 - MOST_MARGIN) * allowed, allowed + 0.5 - Math.sqrt(allowed + 0.25));
}
