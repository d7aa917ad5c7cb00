import type { Bug } from "./bug.ts";
import { MONEY_BUGS } from "./bugs/money-bugs.ts";
import { TARGET_BUGS } from "./bugs/target-bugs.ts";
import { TELLING_BUGS } from "./bugs/telling-bugs.ts";
import { play } from "./play.ts";
import { storyOf } from "./story.ts";

/** Faults of the warmer itself, each of which an invariant must see. They exist nowhere but here. */
export const PLANTED_BUGS: readonly Bug[] = [...MONEY_BUGS, ...TARGET_BUGS, ...TELLING_BUGS];

/** No more stories than this are played for one bug. */
export const SEEDS_PER_BUG = 600;

/**
 * A seed whose story breaks the bug's own invariant, or `undefined` if none of the first `SEEDS_PER_BUG` does. A story
 * is played twice where only that can show the bug.
 */
export async function caughtBySeed(bug: Bug): Promise<number | undefined> {
  if (bug.shownBy !== undefined && (await isShownBy(bug, bug.shownBy))) return bug.shownBy;
  for (let seed = 0; seed < SEEDS_PER_BUG; seed++) if (await isShownBy(bug, seed)) return seed;
  return undefined;
}

async function isShownBy(bug: Bug, seed: number): Promise<boolean> {
  const story = storyOf(seed);
  const { violations, digest } = await play(story, bug);
  if (violations.some(({ invariant }) => invariant === bug.breaks)) return true;
  return bug.breaks === "I8" && (await play(story, bug)).digest !== digest;
}
