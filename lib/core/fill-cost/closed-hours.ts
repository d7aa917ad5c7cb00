import type { Ledger } from "../ledger.ts";
import type { MicroUsd } from "../money.ts";

/** What the ledger says of a UTC hour that is over. */
export interface ClosedHour {
  /** Number of the hour since the epoch. */
  readonly hour: number;
  /** Settled cache writes. */
  readonly fillCost: MicroUsd;
  /** Everything that was billed, and what was reserved and never settled. */
  readonly spent: MicroUsd;
}

export const HOUR_MS = 3_600_000;

/** The monitor looks every minute; hours with touches that it missed beyond these are unknown. */
export const CLOSED_KEPT = 6;

/** A wave is settled, and the application's records are handed in, this long after their hour. */
const SETTLED_AFTER_MS = 5 * 60_000;

/** A longer time without any hour is a clock that jumped, or a monitor that was away: nobody knows what was in it. */
const LONGEST_QUIET_HOURS = 24;

/** The number of the first hour whose figures may still change. */
export function firstOpenHour(now: number): number {
  return Math.floor((now - SETTLED_AFTER_MS) / HOUR_MS);
}

/**
 * The hours that are over, by what the ledger proves, oldest first. Every reservation goes through the ledger, so an
 * hour between two of its windows cost nothing. Where windows may be missing, or a clock runs ahead, hours are left
 * out: unknown is not zero.
 *
 * @param lastKnown the newest hour that is in the history; `undefined` if none is, or if it may have lost some
 */
export function finishedHours(ledger: Ledger, lastKnown: number | undefined, now: number): ClosedHour[] {
  const open = firstOpenHour(now);
  const { key, fillCost, spent } = ledger.hour;
  const windows = [...ledger.closed, { hour: key, fillCost, spent }]
    .filter(({ hour }) => hour < open)
    .sort((a, b) => a.hour - b.hour);
  const mayLackWindows = ledger.closed.length >= CLOSED_KEPT;
  // A window of the future takes all that is spent until then: what is before it is unknown.
  const runsAhead = key > Math.floor(now / HOUR_MS);
  const ends = [...windows.map(({ hour }) => hour), ...(runsAhead ? [] : [open])];
  let before = mayLackWindows ? undefined : lastKnown;
  const quiet: ClosedHour[] = [];
  for (const end of ends) {
    if (before !== undefined && end - before <= LONGEST_QUIET_HOURS) {
      for (let hour = before + 1; hour < end; hour++) quiet.push({ hour, fillCost: 0, spent: 0 });
    }
    before = end;
  }
  return [...windows, ...quiet].sort((a, b) => a.hour - b.hour);
}

/** The ledger without the closed hours that are in the history now. */
export function forgetHours(ledger: Ledger, before: number): Ledger {
  const closed = ledger.closed.filter(({ hour }) => hour >= before);
  return closed.length === ledger.closed.length ? ledger : { ...ledger, closed };
}

/** `hour fillCost spent`: attribute names are billed, and the control item is small. */
export function packHour({ hour, fillCost, spent }: ClosedHour): string {
  return `${hour} ${fillCost} ${spent}`;
}

export const PACKED_HOUR = /^\d+ \d+ \d+$/;

export function unpackHour(text: string): ClosedHour {
  const [hour = 0, fillCost = 0, spent = 0] = text.split(" ").map(Number);
  return { hour, fillCost, spent };
}
