import type { Bug } from "./bug.ts";
import type { Violation } from "./invariants.ts";
import { play } from "./play.ts";
import type { Planned, Story } from "./story.ts";

/** A story with as little in it as still breaks the same invariant. */
export interface Shrunk {
  readonly story: Story;
  readonly violation: Violation;
}

/**
 * Leaves out of a broken story whatever is not needed: halves first, then quarters, then single events, as delta
 * debugging does (Zeller and Hildebrandt 2002). What is left breaks the same invariant, and each event of it is needed.
 *
 * @throws Error if the story breaks nothing
 */
export async function shrink(story: Story, bug?: Bug): Promise<Shrunk> {
  const [first] = (await play(story, bug)).violations;
  if (first === undefined) throw new Error(`the story of seed ${story.seed} breaks nothing`);
  const breaksAgain = async (planned: readonly Planned[]): Promise<Violation | undefined> => {
    const { violations } = await play({ ...story, planned }, bug);
    return violations.find(({ invariant }) => invariant === first.invariant);
  };
  let smallest: Shrunk = { story, violation: first };
  const take = (planned: readonly Planned[], violation: Violation) => {
    smallest = { story: { ...story, planned }, violation };
  };
  const none = await breaksAgain([]);
  if (none !== undefined) {
    take([], none);
    return smallest;
  }
  for (let parts = 2; smallest.story.planned.length > 1; ) {
    const { planned } = smallest.story;
    const size = Math.ceil(planned.length / parts);
    let isSmaller = false;
    for (let from = 0; from < planned.length && !isSmaller; from += size) {
      const rest = planned.filter((_, i) => i < from || i >= from + size);
      const violation = await breaksAgain(rest);
      if (violation === undefined) continue;
      take(rest, violation);
      isSmaller = true;
    }
    if (isSmaller) parts = Math.max(2, parts - 1);
    else if (size === 1) break;
    else parts = Math.min(planned.length, 2 * parts);
  }
  return smallest;
}
