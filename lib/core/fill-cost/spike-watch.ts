import { LEVELS, type Level } from "./spike.ts";

/** A spike that is under way: what people were told of it, and which incident it is. */
export interface SpikeWatch {
  readonly incident: string;
  /** The highest level that it reached. */
  readonly level: Level;
  /** When it was first seen, ms since the epoch. */
  readonly since: number;
  /** The highest level that people were told of. */
  readonly told?: Level;
  /** Since when no level holds, without a break. */
  readonly calmSince?: number;
}

/** A spike is over when no level has held for this long: the windows that it is read from are as long. */
export const CALM_AFTER_MS = 15 * 60_000;

export interface WatchStep {
  /** `undefined` when nothing is under way. */
  readonly watch: SpikeWatch | undefined;
  /** What became of the incident in this minute. */
  readonly change?: "opened" | "raised" | "calmed";
}

/**
 * The next minute of a watch. The level of a watch only rises: a spike that falls and rises again below it is told
 * once, and flapping is no news.
 *
 * @param level the level that holds now, if any
 * @param nextId of the incident that is opened, if one is
 */
export function watchSpike(
  watch: SpikeWatch | undefined,
  level: Level | undefined,
  nextId: string,
  now: number,
): WatchStep {
  if (level === undefined) {
    if (watch === undefined) return { watch };
    // A clock that went back must not make the calm look longer than it was, nor endless.
    const calmSince = Math.min(watch.calmSince ?? now, now);
    // What nobody was told of is not over: SNS may be away.
    return now - calmSince >= CALM_AFTER_MS && !isUntold(watch)
      ? { watch: undefined, change: "calmed" }
      : { watch: calmSince === watch.calmSince ? watch : { ...watch, calmSince } };
  }
  if (watch === undefined) return { watch: { incident: nextId, level, since: now }, change: "opened" };
  const { calmSince, ...rest } = watch;
  if (isAbove(level, watch.level)) return { watch: { ...rest, level }, change: "raised" };
  return { watch: calmSince === undefined ? watch : rest };
}

/** Whether people must still be told of the level that a spike has reached. */
export function isUntold({ level, told }: SpikeWatch): boolean {
  return told === undefined || isAbove(level, told);
}

function isAbove(level: Level, other: Level): boolean {
  return LEVELS.indexOf(level) > LEVELS.indexOf(other);
}
