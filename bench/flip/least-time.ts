import { CONFIRM_AFTER_MS } from "../../lib/core/due.ts";
import type { Answered } from "./held-provider.ts";

/**
 * The least ms in which any warmer could fill prefixes and confirm each by a read, with so many requests in flight and
 * the latencies that the provider gave: the largest of
 *
 * - the sum of all latencies, shared by the requests in flight;
 * - the longest of one prefix: its fill, the 2 s before a confirming read, its read;
 * - all fills, shared by the requests in flight; 2 s after the last of them; the shortest read.
 *
 * A bound from below, not a schedule: what a warmer needs beyond it is never flattered. Rejected: the schedule of a
 * greedy warmer, which is a warmer's choice again and may be worse than the best one.
 */
export function leastMs(answered: readonly Answered[], concurrency: number): number {
  const fills = answered.filter(({ kind }) => kind === "fill");
  const reads = answered.filter(({ kind }) => kind === "read");
  const readOf = new Map(reads.map(({ fingerprint, latencyMs }) => [fingerprint, latencyMs]));
  const chains = fills.map(
    ({ fingerprint, latencyMs }) => latencyMs + CONFIRM_AFTER_MS + (readOf.get(fingerprint) ?? 0),
  );
  const shortestRead = Math.min(...readOf.values());
  return Math.max(
    (sumOf(fills) + sumOf(reads)) / concurrency,
    ...chains,
    sumOf(fills) / concurrency + CONFIRM_AFTER_MS + shortestRead,
  );
}

function sumOf(answered: readonly Answered[]): number {
  return answered.reduce((sum, { latencyMs }) => sum + latencyMs, 0);
}
