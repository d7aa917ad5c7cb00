import { describe, expect, it } from "vitest";
import { DueMeanwhile } from "../../lib/app/due-meanwhile.ts";
import type { PrefixState } from "../../lib/core/prefix-state.ts";
import { aFilledState, aWarmState, MINUTE, NOON, SECOND } from "../core/samples.ts";

/** A run that looked at noon, and what falls due in the next minute. */
function aRun(...states: readonly PrefixState[]) {
  const asked: number[] = [];
  const due = async (now: number) => {
    asked.push(now);
    return states.filter(({ dueAt }) => dueAt <= now);
  };
  const meanwhile = new DueMeanwhile({ due });
  meanwhile.lookedAt(NOON);
  return { meanwhile, asked };
}

const NEXT = NOON + MINUTE;
const keepAlive = (fields: Partial<PrefixState> = {}) => aWarmState({ dueAt: NEXT, ...fields });

describe("a keep-alive that falls due during a run", () => {
  it("is seen in the minute in which it does", async () => {
    const { meanwhile } = aRun(keepAlive());
    expect(await meanwhile.isDue(NEXT - 1)).toBe(false);
    expect(await meanwhile.isDue(NEXT)).toBe(true);
  });

  it("is looked for once a minute", async () => {
    const { meanwhile, asked } = aRun(keepAlive());
    for (const after of [0, 59 * SECOND, MINUTE, MINUTE + SECOND, 2 * MINUTE])
      await meanwhile.isDue(NOON + after);
    expect(asked).toEqual([NOON + MINUTE, NOON + 2 * MINUTE]);
    expect(await meanwhile.isDue(NOON + 2 * MINUTE + SECOND)).toBe(true);
  });

  it("is none that was due when the run looked", async () => {
    const { meanwhile } = aRun(keepAlive({ dueAt: NOON }));
    expect(await meanwhile.isDue(NEXT)).toBe(false);
    const later = aRun(keepAlive());
    later.meanwhile.lookedAt(NEXT);
    expect(await later.meanwhile.isDue(NEXT + MINUTE)).toBe(false);
  });

  it.each<[string, PrefixState]>([
    ["optional", keepAlive({ required: false })],
    ["beside the live color", keepAlive({ beside: true })],
    ["not proven yet", aFilledState({ dueAt: NEXT })],
    ["stopped", keepAlive({ stopped: "not_cached" })],
  ])("is none of a prefix that is %s", async (_what, state) => {
    expect(await aRun(state).meanwhile.isDue(NEXT)).toBe(false);
    expect(await aRun(state, keepAlive()).meanwhile.isDue(NEXT)).toBe(true);
  });
});
