import type { Turns } from "../usage/turns.ts";
import { BINS } from "./bins.ts";
import { exactly } from "./fleet.ts";

/** How the last minute of use left its turns: nothing is known, all are open, all are over, some are either. */
export const TURN_CLASSES = 4;

/** The class of turns of which nothing is known. */
export const UNKNOWN_TURN = 0;

export function turnClass({ open, over }: Turns = { open: 0, over: 0 }): number {
  return (open > 0 ? 1 : 0) + (over > 0 ? 2 : 0);
}

/** A use as good as certain. Beyond, the hazard knows no bounds, and what is a small part of it would still be certain. */
const MOST = 3;
/** Uses that were expected, as many as it takes to believe half of what a class shows in a bin. */
const DOUBT = 4;
const FORGET = 0.9998;

/**
 * How much sooner or later than the life tables say a silence ends, by how its turn was left: for each class and bin of
 * age, uses against uses expected without it. An agent that waits for a tool is back within seconds, or its session is
 * dead; a person takes their time. Where nothing is known of turns, nothing is changed.
 */
export class TurnEffect {
  private readonly uses = new Float32Array((TURN_CLASSES - 1) * BINS);
  private readonly expected = new Float32Array(this.uses.length);
  private readonly newUses = new Float64Array(this.uses.length);
  private readonly newExpected = new Float64Array(this.uses.length);

  /** A bin's cumulative hazard after such a turn, from what it is for all. */
  hazard(turn: number, bin: number, all: number): number {
    if (turn === UNKNOWN_TURN) return all;
    const at = (turn - 1) * BINS + bin;
    const factor = ((this.uses[at] as number) + DOUBT) / ((this.expected[at] as number) + DOUBT);
    return factor * Math.min(MOST, all);
  }

  /** A silence was in `bin`, which has the cumulative hazard `all`, for `share` of its width. */
  count(turn: number, bin: number, all: number, share: number, ended: boolean): void {
    if (turn === UNKNOWN_TURN) return;
    const at = (turn - 1) * BINS + bin;
    this.newExpected[at] = (this.newExpected[at] as number) + exactly(Math.min(MOST, all) * share);
    if (ended) this.newUses[at] = (this.newUses[at] as number) + 1;
  }

  commit(): void {
    for (let at = 0; at < this.uses.length; at++) {
      const uses = this.newUses[at] as number;
      const expected = this.newExpected[at] as number;
      if (uses === 0 && expected === 0) continue;
      const kept = FORGET ** (uses + expected);
      this.uses[at] = (this.uses[at] as number) * kept + uses;
      this.expected[at] = (this.expected[at] as number) * kept + expected;
      this.newUses[at] = 0;
      this.newExpected[at] = 0;
    }
  }

  /** What is remembered, for the store; between ticks. */
  tables(): readonly Float32Array[] {
    return [this.uses, this.expected];
  }
}
