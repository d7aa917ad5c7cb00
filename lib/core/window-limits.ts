import type { Ledger, Window } from "./ledger.ts";
import type { MicroUsd } from "./money.ts";
import { SHARE_STEPS } from "./partitions.ts";

/** What a window may spend: what is usable of the limit, and what an operator gave beside. */
export function limitIn(window: Window, limit: MicroUsd): MicroUsd {
  return usableOf(window, limit) + window.allowance;
}

/** What is usable of a limit that no allowance widens. @param limit `Infinity` where nothing limits: it stays that */
export function usableOf({ usable = SHARE_STEPS }: Window, limit: MicroUsd): MicroUsd {
  // Nothing of `Infinity` would be no number, and whatever is compared with that is granted.
  return Number.isFinite(limit) ? Math.floor((limit * usable) / SHARE_STEPS) : limit;
}

/**
 * The spend gauge: at least 1 exactly when the limit was met, below 1 again after an allowance or in a new
 * window. Alarms act only on transitions, so it must come down for the next breach to be heard.
 */
export function limitUsed(window: Window, limit: MicroUsd): number {
  const room = limitIn(window, limit);
  return room <= 0 ? 1 : (window.spent + window.refused) / room;
}

/** A share that grew. Until every function must have followed, another partition may spend what it was taken from. */
export interface ShareGain {
  /** The share before, in thousandths. */
  readonly from: number;
  /** A window that begins before this instant has no more than that, ms since the epoch. */
  readonly until: number;
}

/**
 * How long after a gain another partition may still spend by its share before: the functions of a deployment follow one
 * after another, a run of an old one goes on for two minutes, and a rollback takes as long again.
 */
export const SHARES_SETTLE_MS = 30 * 60_000;

/**
 * Notes which share of the warmer's limits is the ledger's. No ledger looks into another one, so that what it gains
 * counts as spent by the one that it was taken from: of the open windows, and of those that begin before shares have
 * settled, it can use the least share that was its own. What it loses holds at once.
 *
 * @param share in thousandths, at least 1
 */
export function followShare(ledger: Ledger, share: number, now: number): Ledger {
  const { share: before = share, gain, ...rest } = ledger;
  const known = gain !== undefined && now < gain.until ? gain : undefined;
  if (before === share && ledger.share !== undefined && known === gain) return ledger;
  const follow = ({ usable = SHARE_STEPS, ...window }: Window): Window => {
    const left = usablePart(before * usable, share);
    return left === undefined ? window : { ...window, usable: left };
  };
  const grew = { from: Math.min(before, known?.from ?? before), until: now + SHARES_SETTLE_MS };
  const latest = share > before ? grew : known;
  return {
    ...rest,
    share,
    hour: follow(ledger.hour),
    day: follow(ledger.day),
    ...(latest !== undefined && { gain: latest }),
  };
}

/** What of its share a ledger can use in a window that begins now; `undefined`: all of it. */
export function usableAtStart({ share, gain }: Ledger, startsAt: number): number | undefined {
  if (share === undefined || gain === undefined || startsAt >= gain.until) return undefined;
  return usablePart(gain.from * SHARE_STEPS, share);
}

/** In thousandths, rounded down: together the partitions must not pass what the whole may spend. `undefined`: all. */
function usablePart(had: number, share: number): number | undefined {
  const part = Math.floor(had / share);
  return part < SHARE_STEPS ? part : undefined;
}

/**
 * What a new ledger can use of its share in an open window, in thousandths, beside ledgers that may have spent more of
 * it than what is theirs by now: all new ledgers together leave the sum of all within the limit.
 *
 * @param limit of the whole warmer, micro-USD
 * @param spent of each other ledger in this window, with its share by now in thousandths; 0 where it has none any more
 * @param share of all new ledgers together, in thousandths
 */
export function usableBeside(
  limit: MicroUsd,
  spent: readonly { readonly spent: MicroUsd; readonly share: number }[],
  share: number,
): number {
  const beyond = spent.reduce(
    (sum, other) => sum + Math.max(0, other.spent - Math.floor((limit * other.share) / SHARE_STEPS)),
    0,
  );
  const whole = (limit * share) / SHARE_STEPS;
  // A part of nothing would be no number, and whatever is compared with that is granted.
  return whole === 0 ? 0 : Math.max(0, Math.floor((SHARE_STEPS * (whole - beyond)) / whole));
}
