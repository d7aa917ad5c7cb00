import { type FaultCode, SIMULATED } from "./fault-table.ts";
import type { Violation } from "./invariants.ts";
import { play } from "./play.ts";
import { storyOf } from "./story.ts";

/** What many stories came to. */
export interface Tally {
  readonly seeds: number;
  /** Seeds whose story broke an invariant, with what broke first. */
  readonly broken: readonly { readonly seed: number; readonly violation: Violation }[];
  /** How often each fault took effect. */
  readonly faults: Readonly<Record<FaultCode, number>>;
}

export const NOTHING: Tally = {
  seeds: 0,
  broken: [],
  faults: Object.fromEntries(SIMULATED.map((code) => [code, 0])) as Record<FaultCode, number>,
};

export function together(a: Tally, b: Tally): Tally {
  const sums = SIMULATED.map((code) => [code, a.faults[code] + b.faults[code]]);
  return {
    seeds: a.seeds + b.seeds,
    broken: [...a.broken, ...b.broken],
    faults: Object.fromEntries(sums) as Record<FaultCode, number>,
  };
}

/** Plays the stories of seeds `from` up to, not including, `from + count`. */
export async function playSeeds(from: number, count: number): Promise<Tally> {
  const faults: Record<FaultCode, number> = { ...NOTHING.faults };
  const broken: { seed: number; violation: Violation }[] = [];
  for (let seed = from; seed < from + count; seed++) {
    const { violations, took } = await play(storyOf(seed));
    for (const [code, times] of took) faults[code] += times;
    const [violation] = violations;
    if (violation !== undefined) broken.push({ seed, violation });
  }
  return { seeds: count, broken, faults };
}
