import type { Ttl } from "../due.ts";
import type { PlanState } from "./policy.ts";

/** The TTL that the application is asked to write with. Small enough for one SSM parameter. */
export interface TtlAdvice {
  /** For every prefix that is not listed, known or not. */
  readonly unlisted: Ttl;
  /** Fingerprints that are to be written with the other TTL, the most used first. */
  readonly otherwise: readonly string[];
}

/**
 * The advice for an application.
 *
 * @param unknown what the policy advises for a prefix never seen before (`Policy.firstTtl`)
 * @param most how many prefixes can be listed; what is left out of a longer list costs least
 */
export function ttlAdvice(states: readonly PlanState[], unknown: Ttl, most: number): TtlAdvice {
  const otherwise = states
    .filter((state) => state.requests > 0 && !state.retired && state.advice !== unknown)
    .sort((a, b) => b.tokens * b.requests - a.tokens * a.requests || (a.fingerprint < b.fingerprint ? -1 : 1))
    .slice(0, most)
    .map((state) => state.fingerprint);
  return { unlisted: unknown, otherwise };
}

/** What the advice says of one prefix. */
export function advisedTtl({ unlisted, otherwise }: TtlAdvice, fingerprint: string): Ttl {
  if (!otherwise.includes(fingerprint)) return unlisted;
  return unlisted === "5m" ? "1h" : "5m";
}
