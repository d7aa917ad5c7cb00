/** The fire drill: does an alarm still reach `pause`, by both paths? */
export interface Drill {
  readonly requestedAt?: number;
  /** When `pause` last heard the drill alarm as a direct alarm action. */
  readonly heardByAction?: number;
  /** When it last heard it through the alarm state-change rule. */
  readonly heardByRule?: number;
}

/** How long the gauge stays at 1: two alarm periods, whatever minute it begins in. */
const DRILL_LASTS_MS = 150_000;

const MONTH_MS = 30 * 86_400_000;

export function isDrilling(drill: Drill | undefined, now: number): boolean {
  return drill?.requestedAt !== undefined && now - drill.requestedAt < DRILL_LASTS_MS;
}

/** When both paths were last proven; before the first drill, since the warmer exists. */
export function provenAt(drill: Drill | undefined, createdAt: number): number {
  return Math.max(createdAt, Math.min(drill?.heardByAction ?? 0, drill?.heardByRule ?? 0));
}

/** A month after the last proof; asked for at most once a day, so that a broken path does not mail for ever. */
export function drillIsDue(drill: Drill | undefined, createdAt: number, now: number): boolean {
  const lastRequest = drill?.requestedAt ?? 0;
  return now - provenAt(drill, createdAt) >= MONTH_MS && now - lastRequest >= MONTH_MS / 30;
}
