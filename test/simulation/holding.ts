import type { Tally } from "./batch.ts";
import { type FaultCode, SIMULATED } from "./fault-table.ts";
import { Thread } from "./pool.ts";
import { shrink } from "./shrink.ts";
import { storyOf } from "./story.ts";
import { tell } from "./tell.ts";

/** The stories of one half of the seeds that are played with every run of the tests. Each half has a core of its own. */
export const HALF = 5_000;

/** How often a fault must take effect in a half: a hundred times in both. */
export const LEAST = 50;

/** The stories of a half. Longer than any other test: its time limit is in ms. */
export async function playHalf(half: 0 | 1): Promise<Tally> {
  const thread = await Thread.start();
  try {
    return await thread.play(half * HALF, HALF);
  } finally {
    await thread.end();
  }
}

export const HALF_TAKES_AT_MOST = 600_000;

/** The first broken story, shrunk and told; nothing if none is. */
export async function toldOf({ broken }: Tally): Promise<string> {
  const [first] = broken;
  return first === undefined ? "" : tell(await shrink(storyOf(first.seed)));
}

/** Faults that took effect too seldom to say that anything holds under them. */
export function tooSeldom({ faults }: Tally): [FaultCode, number][] {
  return SIMULATED.map((code): [FaultCode, number] => [code, faults[code]]).filter(
    ([, times]) => times < LEAST,
  );
}
