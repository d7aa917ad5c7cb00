/** A limit on cache writes per minute, set by an operator or by a met limit. */
export interface Throttle {
  /** At least 1. */
  readonly maxFillsPerMinute: number;
  /** From this instant on the next touch may be sent, ms since the epoch. */
  readonly nextSlotAt: number;
}

const MINUTE_MS = 60_000;

/** Slots are spaced, so that N a minute is never N in a burst. */
function spacing(throttle: Throttle): number {
  return Math.ceil(MINUTE_MS / throttle.maxFillsPerMinute);
}

export function slotIsOpen(throttle: Throttle, now: number): boolean {
  return now >= throttle.nextSlotAt;
}

/**
 * Takes the slot for one touch, whichever it turns out to be: until the reply is there nobody knows whether
 * it fills. The next slot is held back until the request must be over, so that a run which dies while it is
 * in flight cannot let two fills come closer than the spacing.
 */
export function takeSlot(throttle: Throttle, now: number, longestRequestMs: number): Throttle {
  return { ...throttle, nextSlotAt: now + longestRequestMs + spacing(throttle) };
}

/**
 * After the reply: a fill keeps the spacing from its end on, a read gives the slot back.
 *
 * @param taken the throttle as `takeSlot` left it; if somebody changed it since, it stays as it is
 */
export function releaseSlot(throttle: Throttle, taken: Throttle, filled: boolean, endedAt: number): Throttle {
  if (throttle.nextSlotAt !== taken.nextSlotAt) return throttle;
  return { ...throttle, nextSlotAt: filled ? endedAt + spacing(throttle) : endedAt };
}
