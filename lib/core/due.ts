import { createHash } from "node:crypto";

/** How long the provider keeps a cache entry after the *start* of the request that wrote or read it. */
export type Ttl = "5m" | "1h";

/** Anthropic prompt caching guide, read 2026-09-26: 5 minutes by default, 1 hour on request. */
export const TTL_MS: Readonly<Record<Ttl, number>> = { "5m": 300_000, "1h": 3_600_000 };

export const MINUTE_MS = 60_000;

/** Kept between the last possible send and the expiry. */
const MARGIN_MS = 10_000;

/** Delivery of a scheduled event and start of the function, after the end of the tick's minute. */
const DELIVERY_MS = 15_000;

/** A confirming read must not follow its write at once: back-to-back calls have been seen to miss. */
export const CONFIRM_AFTER_MS = 2_000;

/** A due time that never comes: nothing serves this prefix any more. */
export const NEVER = Number.MAX_SAFE_INTEGER;

/** The instant from which the provider no longer serves an entry last used by a request begun at `lastStart`. */
export function expiresAt(lastStart: number, ttl: Ttl): number {
  return lastStart + TTL_MS[ttl];
}

/**
 * The one rule of when to touch, for the warm cycle, the simulation, replay and the benchmark.
 *
 * A tick fires once in each wall-clock minute, at an unknown second, so two ticks lie 1 to 119 s apart.
 * A prefix is touched at this tick if the *next* one might come too late: if the end of the next minute,
 * plus delivery, plus the prefix's place in the wave, lies after expiry minus a margin. The answer is
 * given as the first instant (the start of a minute) from which that holds.
 *
 * @param lastStart start of the request that last wrote or read the prefix, ms since the epoch
 * @param placeInWaveMs how long the prefix may wait for its turn inside a run, ms
 */
export function dueAt(lastStart: number, ttl: Ttl, placeInWaveMs = 0): number {
  const latestSafeSend = expiresAt(lastStart, ttl) - MARGIN_MS - DELIVERY_MS - placeInWaveMs;
  return (Math.floor(latestSafeSend / MINUTE_MS) - 1) * MINUTE_MS;
}

/** The part of the hour over which the first keep-alives of 1h prefixes are spread. */
export const SPREAD_MS = 50 * MINUTE_MS;

/**
 * How far the first keep-alive after a fill is brought forward, so that prefixes which were filled
 * together (a flip) do not come due together for ever. Only forward: a due time is never put back.
 */
export function spreadOffset(fingerprint: string, ttl: Ttl): number {
  if (ttl === "5m") return 0;
  const share = createHash("sha256").update(fingerprint).digest().readUInt32BE(0) / 2 ** 32;
  return Math.floor((share * SPREAD_MS) / MINUTE_MS) * MINUTE_MS;
}
