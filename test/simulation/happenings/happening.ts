import type { Day } from "../day.ts";

/** How long it lasts, and what chooses its variant. */
export interface Course {
  readonly lastsMs: number;
  /** From 0 up to, but not including, 1. */
  readonly drawn: number;
}

/** Something that befalls the warmer, or that somebody does to it. */
export interface Happening {
  /** What happens, as a sentence without its end. */
  readonly says: (course: Course) => string;
  readonly play: (day: Day, course: Course) => Promise<void> | void;
}

/** One of several, by a number from 0 up to, but not including, 1. */
export function variant<T>(drawn: number, first: T, ...others: readonly T[]): T {
  return others[Math.floor(drawn * (others.length + 1)) - 1] ?? first;
}

/**
 * A condition that begins, lasts and is taken back.
 *
 * @param leastMs it lasts at least so long. A prompt of five minutes is touched every four, so that nothing shorter can
 *   be sure to meet a touch. @default 0
 */
export function lasting(
  says: (drawn: number) => string,
  begin: (day: Day, drawn: number) => () => void,
  leastMs = 0,
): Happening {
  return {
    says: ({ drawn, lastsMs }) => `${says(drawn)} for ${minutes(Math.max(lastsMs, leastMs))}`,
    play: async (day, { drawn, lastsMs }) => {
      const end = begin(day, drawn);
      await day.wait(Math.max(lastsMs, leastMs));
      end();
    },
  };
}

/** A duration as people say it. */
export function minutes(ms: number): string {
  return `${Math.round(ms / 6_000) / 10} min`;
}
