const DAY_MINUTES = 1440;
/** On a closed day so much of the usual use is expected to begin: somebody always works. */
const CLOSED_USE = 0.2;

/** Whether a text is a day that the calendar has, as "2026-12-25". */
export function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(at) && dayName(at / 86_400_000) === text;
}

/** @param day since 1970-01-01 */
export function dayName(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}

/**
 * Days that are known beforehand to be closed, as holidays are. Habits are not expected to hold in them, and nothing
 * that is seen in them is taken for a habit.
 */
export class Calendar {
  private readonly closed: ReadonlySet<number>;

  /** @param days as "2026-12-25", from midnight to midnight UTC */
  constructor(days: readonly string[]) {
    this.closed = new Set(days.map((day) => Date.parse(`${day}T00:00:00Z`) / 86_400_000));
  }

  /** How much of the usual use is expected to begin from one minute (since the epoch) to another: 1 for all of it. */
  use(from: number, to: number): number {
    if (this.closed.size === 0) return 1;
    let closed = 0;
    for (let day = Math.floor(from / DAY_MINUTES); day * DAY_MINUTES < to; day++) {
      if (!this.closed.has(day)) continue;
      closed += Math.min(to, (day + 1) * DAY_MINUTES) - Math.max(from, day * DAY_MINUTES);
    }
    return 1 - ((1 - CLOSED_USE) * closed) / (to - from);
  }
}
