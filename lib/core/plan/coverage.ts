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
  /** Predicted requests of the first minute. */
  readonly requests: number;
}

/**
 * Which prefixes of a candidate to warm before traffic moves to it at `at` (ms), so that at least `target` of the
 * first minute's requests are predicted to hit, with the fewest writes.
 *
 * A cold prefix costs one miss if it is used in that minute at all, however often, so prefixes are taken by the
 * chance of being used; equal chances by fingerprint. A prefix without known traffic is warmed only if required.
 */
export function planCoverage(
  candidates: readonly Candidate[],
  at: number,
  policy: Policy,
  target: number,
): CoveragePlan {
  const minute = Math.floor(at / MINUTE_MS);
  let requests = 0;
  let misses = 0;
  const cold: { readonly fingerprint: string; readonly required: boolean; readonly chance: number }[] = [];
  for (const { fingerprint, required, warm, traffic } of candidates) {
    const known = traffic !== undefined && traffic.requests > 0;
    const chance = known ? (policy.chanceInMinute?.(traffic, minute) ?? 1) : 0;
    if (known) requests += chance * (policy.requestsWhenUsed?.(traffic) ?? 1);
    if (warm) continue;
    misses += chance;
    cold.push({ fingerprint, required, chance });
  }
  cold.sort(
    (a, b) =>
      Number(b.required) - Number(a.required) ||
      b.chance - a.chance ||
      (a.fingerprint < b.fingerprint ? -1 : 1),
  );
  const coverageWith = (missed: number) => (requests > 0 ? Math.max(0, 1 - missed / requests) : 1);
  const before = coverageWith(misses);
  const order: string[] = [];
  for (const { fingerprint, required, chance } of cold) {
    if (!required && (chance === 0 || coverageWith(misses) >= target)) break;
    order.push(fingerprint);
    misses = Math.max(0, misses - chance);
  }
  return { order, coverage: coverageWith(misses), before, requests };
}
