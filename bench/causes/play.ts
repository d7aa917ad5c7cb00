import { diagnose } from "../../lib/app/diagnose.ts";
import { CAUSES, type Candidate, type Diagnosis } from "../../lib/core/diagnosis.ts";
import { readSpike, type SpikeReading, type SpikeSettings } from "../../lib/core/fill-cost/spike.ts";
import { liveFillCost } from "../../lib/core/fill-cost/spike-settings.ts";
import { MINUTE } from "../../test/support/memory/world.ts";
import { ABNORMAL, PRICE_ROWS } from "./abnormal.ts";
import type { Case, Strengths } from "./cases.ts";
import { NORMAL } from "./normal.ts";
import { diceOf, Stage } from "./stage.ts";

export const CASES: readonly Case[] = [...NORMAL, ...ABNORMAL];

/** The longest window of a level, and two minutes. */
const HEARD_WITHIN_MINUTES = 17;

/** When somebody asks who was not alarmed. */
const ASKED_AFTER_MINUTES = 10;

/** A week of reads before: the least baseline is the yardstick. */
const QUIET_WEEK = { state: "known", day: 7, fillRate: 0, hourlyPeak: 0, hoursCounted: 168 } as const;

const LEVELS = {
  factors: { info: 1.5, warning: 2, critical: 5 },
  windows: { warning: 15, critical: 10 },
} as const;

/** One spike, and what was said of it. */
export interface Played {
  readonly seed: number;
  readonly case: Case;
  readonly strength: number;
  /** Minutes from the onset to the alarm; `undefined`: nobody was alarmed in time. */
  readonly minutes?: number;
  readonly diagnosis?: Diagnosis;
  readonly right: boolean;
}

/** Plays the seed's spike: the case, its strength and the noise follow from the seed alone. */
export async function play(seed: number, strengths: Strengths): Promise<Played> {
  const roll = diceOf(seed);
  const chosen = CASES[seed % CASES.length];
  if (chosen === undefined) throw new RangeError("there is no case");
  const values = chosen.strengths[strengths];
  const strength = values[Math.floor(roll("strength") * values.length)] ?? 0;
  const rowsBefore = PRICE_ROWS.length;
  try {
    const stage = await Stage.live(seed, chosen.options);
    await stage.quiet();
    await chosen.before?.(stage, strength);
    // What went before is over, and nobody is alarmed.
    while (readingOf(stage).level !== undefined) await stage.minute();
    await chosen.onset(stage, strength);
    const heard = await hear(stage, chosen, strength);
    return { seed, case: chosen, strength, ...heard, right: isRight(chosen, heard?.diagnosis) };
  } finally {
    PRICE_ROWS.length = rowsBefore;
  }
}

/** Lets minutes pass until people are alarmed, and asks what it is. */
async function hear(stage: Stage, chosen: Case, strength: number) {
  const onset = stage.now;
  for (let minute = 0; minute < HEARD_WITHIN_MINUTES; minute++) {
    await chosen.minute?.(stage, strength, minute);
    await stage.minute();
    if (!(await isHeard(stage, chosen, minute))) continue;
    const { control, prefixes, events, usage, config } = stage.world;
    const diagnosis = await diagnose({ control, prefixes, events, usage }, config, stage.now);
    return { minutes: (stage.now - onset) / MINUTE, diagnosis };
  }
  return undefined;
}

async function isHeard(stage: Stage, { heard = "level" }: Case, minute: number): Promise<boolean> {
  switch (heard) {
    case "level":
      return readingOf(stage).level !== undefined;
    case "organic": {
      const { points } = await stage.world.monitor();
      return points.some(({ name, value }) => name === "OrganicShortfall" && value > 0);
    }
    case "asked":
      return minute + 1 === ASKED_AFTER_MINUTES;
    default:
      return heard satisfies never;
  }
}

/** The level without what marks explain: what is asked is whether the cause is named, not whether somebody is paged. */
function readingOf({ world, now }: Stage): SpikeReading {
  const { ledger, serving } = world.control.control;
  const live = liveFillCost(world.prefixes.states(), serving?.digest ?? "", now);
  const settings: SpikeSettings = { ...LEVELS, minimumBaseline: live.all, minimumSpike: 5 * live.largest };
  return readSpike(ledger.minutes, QUIET_WEEK, [], settings, () => 0, now);
}

/** One cause: it is named first. Two that fit: both are named, before all others. */
function isRight({ truth }: Case, diagnosis: Diagnosis | undefined): boolean {
  if (diagnosis === undefined) return false;
  const named = diagnosis.candidates.slice(0, truth.length).map(({ cause }) => cause);
  return truth.every((cause) => named.includes(cause));
}

/** A good day's spike that is called a fault. */
export function isFalseAlarm({ case: { truth }, diagnosis }: Played): boolean {
  const top: Candidate | undefined = diagnosis?.candidates[0];
  return top !== undefined && truth.every((cause) => CAUSES[cause].normal) && !CAUSES[top.cause].normal;
}

/** Whether the case is a good day's. */
export function isNormal({ case: { truth } }: Played): boolean {
  return truth.every((cause) => CAUSES[cause].normal);
}
