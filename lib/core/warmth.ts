import type { Ttl } from "./due.ts";
import { type Usage, writtenTokens } from "./usage.ts";

/** At first sight a size is only known from count_tokens, which is an estimate; this much may be missing. */
const COUNT_TOLERANCE = 0.05;

/**
 * What one reply proves about a prefix.
 *
 * - `filled`: it was written, and what was written (with the part that was already there) covers it.
 * - `warm`: it was read, nothing was written, and the read is the size measured at its own write.
 * - `partial`: only a part of it was read or written.
 * - `not_cached`: the provider neither wrote nor read (below the minimum, or no breakpoint): no error, no cache.
 */
export type Verdict = "filled" | "warm" | "partial" | "not_cached";

export interface Judgement {
  readonly verdict: Verdict;
  /** The size of the whole prefix in tokens, when this reply measured it (a fill). */
  readonly measuredTokens?: number;
  /** The TTL that the provider granted, read from the reply's buckets, when this reply wrote. */
  readonly grantedTtl?: Ttl;
}

/** What is known about a prefix's size before the reply. */
export interface KnownSize {
  /** Measured at the last fill; exact. */
  readonly measuredTokens: number | undefined;
  /** From count_tokens; an estimate. */
  readonly countedTokens: number | undefined;
}

/** Judges warmth from usage alone: HTTP 200 proves nothing. */
export function judge(usage: Usage, size: KnownSize): Judgement {
  const written = writtenTokens(usage);
  const covered = written + usage.readTokens;
  if (covered === 0) return { verdict: "not_cached" };
  if (written > 0) {
    const grantedTtl: Ttl = usage.write5mTokens > 0 ? "5m" : "1h";
    return coversFill(covered, size)
      ? { verdict: "filled", measuredTokens: covered, grantedTtl }
      : { verdict: "partial", grantedTtl };
  }
  return { verdict: isWholeRead(usage.readTokens, size) ? "warm" : "partial" };
}

/** A fill measures the size anew, so it is held against the count only: an earlier measure may be of other bytes. */
function coversFill(covered: number, size: KnownSize): boolean {
  const atLeast = size.countedTokens ?? size.measuredTokens;
  return atLeast === undefined || covered >= atLeast * (1 - COUNT_TOLERANCE);
}

function isWholeRead(readTokens: number, size: KnownSize): boolean {
  if (size.measuredTokens !== undefined) return readTokens === size.measuredTokens;
  if (size.countedTokens === undefined) return false;
  return Math.abs(readTokens - size.countedTokens) <= size.countedTokens * COUNT_TOLERANCE;
}
