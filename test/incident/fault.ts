/** Plays a fault on the local engine: as long without it as with it, then mended. */
import { expect } from "vitest";
import type { AlarmName } from "../../lib/core/alarms.ts";
import { OUTCOMES, type Outcome } from "../../lib/core/outcome.ts";
import { MINUTE, type World } from "../support/world.ts";

export interface Fault {
  /** Ends the sentence "a live color that is …", and so names the test. */
  readonly what: string;
  readonly breaks: (world: World) => unknown;
  readonly mends: (world: World) => unknown;
  /** How a run that meets the fault ends. */
  readonly outcome: Outcome;
  /** What its message must say: what was expected, what came. */
  readonly says: RegExp;
  readonly alarm: AlarmName;
  /** How long each of the three parts takes. @default 5 */
  readonly minutes?: number;
}

/** One run of the warm function, with the words that it ended with. */
export interface Ended {
  readonly at: number;
  readonly endedAt: number;
  readonly outcome: string;
  readonly message: string;
}

/** Runs of the warm function since an instant, with their messages. */
export function ended(world: World, since: number): Ended[] {
  return world.engine.journal.events.flatMap((event) => {
    if (event.kind !== "invoked" || !event.function.startsWith("WarmerWarm") || event.at < since) return [];
    const { at, endedAt } = event;
    if (event.error === undefined) {
      const { outcome, message } = event.result as { outcome: string; message: string };
      return [{ at, endedAt, outcome, message }];
    }
    const [outcome = "", ...words] = event.error.errorMessage.split(": ");
    return [{ at, endedAt, outcome, message: words.join(": ") }];
  });
}

/** Alarms that are in ALARM now, without service and environment. */
export function standing(world: World): string[] {
  return world.engine.alarms
    .all()
    .filter(({ state }) => state.value === "ALARM")
    .map(({ resource }) => resource.name.replace("support-test-", ""));
}

/** Lets time pass and sees nothing but health: no alarm, and every run ends well. */
export async function expectHealth(world: World, minutes: number): Promise<void> {
  const since = world.engine.now();
  await world.pass(minutes * MINUTE);
  expect(world.allFired(since)).toEqual([]);
  const runs = ended(world, since);
  expect(runs.length).toBeGreaterThanOrEqual(minutes);
  for (const { outcome, message } of runs)
    expect(["warmed", "nothing_due"], `${outcome}: ${message}`).toContain(outcome);
}

/**
 * Plays the fault: healthy before it, then broken, then mended.
 *
 * @returns when it began and ended, for what else the test wants to know of that time
 */
export async function play(world: World, fault: Fault): Promise<{ from: number; until: number }> {
  const { minutes = 5 } = fault;
  await expectHealth(world, minutes);
  const from = world.engine.now();
  await fault.breaks(world);
  await world.pass(minutes * MINUTE);
  const until = world.engine.now();
  expectUnhealthy(world, fault, from);
  expect(world.fired(fault.alarm, from)).toHaveLength(1);
  await fault.mends(world);
  await world.pass(5 * MINUTE);
  expect(standing(world)).toEqual([]);
  await expectHealth(world, 1);
  return { from, until };
}

/** Every run that met the fault says so, and none calls itself a success. */
export function expectUnhealthy(world: World, { outcome, says }: Fault, from: number): void {
  const runs = ended(world, from).filter((run) => run.outcome !== "nothing_due");
  expect(runs.length).toBeGreaterThan(0);
  for (const run of runs) expect(run).toMatchObject({ outcome, message: expect.stringMatching(says) });
  expect(OUTCOMES[outcome].healthy).toBe(false);
}
