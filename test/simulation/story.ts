import { chance } from "../support/memory/chance.ts";
import { HOUR, MINUTE, SECOND, START } from "../support/memory/world.ts";
import { HAPPENINGS, type HappeningName } from "./happenings.ts";

/** What holds for the whole of a story. */
export interface Setting {
  readonly startAt: number;
  readonly lastsMs: number;
  /** Required prompts of each release. */
  readonly prompts: number;
  /** Whether blue's release has an optional prompt beside them. */
  readonly hasOptional: boolean;
  /** Whether the next release shares a prompt with the first. */
  readonly shares: boolean;
  readonly ttl: "5m" | "1h";
  /** The hourly limit, in touches; the daily one and the absolute maximum as multiples of it. */
  readonly room: number;
  readonly daily: number;
  readonly absolute: number;
  readonly actionOnLimit: "pause_warmer" | "alert_only" | "throttle";
  /** How long the provider takes for an answer. */
  readonly answersAfterMs: number;
  /** Whether every prefix is touched at every tick: a warmer that loops meets more of what can go wrong. */
  readonly isRestless: boolean;
  /** Whether another environment spends on the same key. */
  readonly hasNeighbour: boolean;
  /** Whether the application uses the prompts, and records it. */
  readonly hasTraffic: boolean;
}

/** One thing that befalls the warmer, or that somebody does to it. */
export interface Planned {
  /** ms after the story began */
  readonly at: number;
  readonly what: HappeningName;
  readonly lastsMs: number;
  /** Chooses a variant: from 0 up to, but not including, 1. */
  readonly drawn: number;
}

/** A story is drawn whole before it is played, so that parts can be left out and the rest stays what it is. */
export interface Story {
  readonly seed: number;
  readonly setting: Setting;
  readonly planned: readonly Planned[];
}

/** A story in which warmth can end and be missed for ten minutes is longer than this. */
const LONG = 15 * MINUTE;

/** The end of an hour that ends a day. */
const MIDNIGHT = Date.UTC(2026, 10, 21);

/** The end of an hour inside of a day. */
const NINE = Date.UTC(2026, 10, 20, 9);

/** The story of a seed. @param seed a whole number from 0 up to 2^53 */
export function storyOf(seed: number): Story {
  let draws = 0;
  const draw = () => chance(seed, ++draws);
  const oneOf = <T>(first: T, ...others: readonly T[]): T =>
    others[Math.floor(draw() * (others.length + 1)) - 1] ?? first;

  const room = oneOf(1_000, 1_000, 1_000, 0.5, 1.5, 3, 6);
  const setting: Setting = {
    startAt: oneOf(START, START, NINE - 3 * MINUTE, MIDNIGHT - 3 * MINUTE) + Math.floor(draw() * MINUTE),
    // Many short and crowded stories find more in a second than few long ones.
    lastsMs: (draw() < 0.06 ? 22 : oneOf(3, 3, 4, 8)) * MINUTE,
    prompts: oneOf(1, 1, 1, 2, 3),
    hasOptional: draw() < 0.15,
    shares: draw() < 0.5,
    ttl: oneOf("5m", "5m", "5m", "1h"),
    room,
    daily: oneOf(24, 24, 1.5, 1),
    absolute: oneOf(3, 3, 1),
    actionOnLimit: oneOf("pause_warmer", "pause_warmer", "pause_warmer", "alert_only", "throttle"),
    answersAfterMs: oneOf(900, 900, 900, 20 * SECOND),
    isRestless: draw() < 0.25,
    hasNeighbour: draw() < 0.06,
    hasTraffic: draw() < 0.2,
  };
  const names = Object.keys(HAPPENINGS) as HappeningName[];
  const count = 3 + Math.floor(draw() * 6);
  const planned = Array.from({ length: count }, (): Planned => {
    const what = names[Math.floor(draw() * names.length)] ?? "F1";
    // Most are over soon. In a long story some begin early and outlast it: what nobody mends must be heard of.
    const isLasting = draw() < (setting.lastsMs > LONG ? 0.35 : 0.05);
    const at = draw() * (isLasting ? setting.lastsMs / 4 : setting.lastsMs - MINUTE);
    const lastsMs = isLasting ? HOUR : (1.5 + draw() * draw() * 11) * MINUTE;
    return { at: Math.floor(at), what, lastsMs: Math.floor(lastsMs), drawn: draw() };
  });
  return { seed, setting, planned: planned.sort((a, b) => a.at - b.at) };
}
