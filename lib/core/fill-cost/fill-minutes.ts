import { MINUTE_MS } from "../due.ts";
import type { MicroUsd } from "../money.ts";

/** What one minute's touches came to, by the minute in which they were settled. */
export interface FillMinute {
  /** Number of the minute since the epoch. */
  readonly minute: number;
  readonly fillCost: MicroUsd;
  /** Touches that wrote. */
  readonly fills: number;
  /** Of these, writes where a read was due. */
  readonly unexpected: number;
  /** Touches that ended neither as a fill nor as a keep-alive. */
  readonly failed: number;
}

export type FillCount = keyof Omit<FillMinute, "minute">;

/**
 * The longest window, and the minute that is under way. By number, not by age: a clock that jumps ahead for one wave
 * would otherwise wipe out the minutes before it.
 */
const MINUTES_KEPT = 16;

export function minuteNumber(at: number): number {
  return Math.floor(at / MINUTE_MS);
}

/** Adds to the minute of `now`. A clock that lags adds to the newest minute instead: what is settled now is seen now. */
export function addToMinute(
  minutes: readonly FillMinute[],
  now: number,
  counts: Omit<FillMinute, "minute">,
): readonly FillMinute[] {
  if (counts.fillCost === 0 && counts.fills === 0 && counts.failed === 0) return minutes;
  const minute = Math.max(minuteNumber(now), minutes.at(-1)?.minute ?? 0);
  return merged([...minutes, { ...counts, minute }]).slice(-MINUTES_KEPT);
}

/**
 * Brings minutes that lie in the future back to the present: somebody's clock ran ahead when they were settled. Where
 * they stand they would be in no window for days, and everything that is settled after them with them.
 *
 * @returns the same minutes if none lies ahead
 */
export function notAhead(minutes: readonly FillMinute[], now: number): readonly FillMinute[] {
  const present = minuteNumber(now);
  if (minutes.every(({ minute }) => minute <= present)) return minutes;
  return merged(minutes.map((known) => ({ ...known, minute: Math.min(known.minute, present) })));
}

/** The sum of one count over the last `length` whole minutes. The one under way is left out: it is not over. */
export function sumOfMinutes(
  minutes: readonly FillMinute[],
  field: FillCount,
  now: number,
  length: number,
): number {
  const present = minuteNumber(now);
  return minutes
    .filter(({ minute }) => minute >= present - length && minute < present)
    .reduce((sum, known) => sum + known[field], 0);
}

/** `minute fillCost fills unexpected failed`: attribute names are billed, and the control item is small. */
export function packMinute({ minute, fillCost, fills, unexpected, failed }: FillMinute): string {
  return `${minute} ${fillCost} ${fills} ${unexpected} ${failed}`;
}

export const PACKED_MINUTE = /^\d+ \d+ \d+ \d+ \d+$/;

export function unpackMinute(text: string): FillMinute {
  const [minute = 0, fillCost = 0, fills = 0, unexpected = 0, failed = 0] = text.split(" ").map(Number);
  return { minute, fillCost, fills, unexpected, failed };
}

/** One entry for each minute, oldest first. */
function merged(minutes: readonly FillMinute[]): FillMinute[] {
  const sums = new Map<number, FillMinute>();
  for (const entry of minutes) {
    const before = sums.get(entry.minute);
    sums.set(
      entry.minute,
      before === undefined
        ? entry
        : {
            minute: entry.minute,
            fillCost: before.fillCost + entry.fillCost,
            fills: before.fills + entry.fills,
            unexpected: before.unexpected + entry.unexpected,
            failed: before.failed + entry.failed,
          },
    );
  }
  return [...sums.values()].sort((a, b) => a.minute - b.minute);
}
