/** Plays a fault on the local engine: as long without it as with it, then mended. */
import { expect } from "vitest";
import type { AlarmName } from "../../lib/core/alarms.ts";
import { OUTCOMES, type Outcome } from "../../lib/core/outcome.ts";
import { CONFIG, MINUTE, type World } from "../support/world.ts";

export interface Fault {
  /** Brings it about. @returns what mends it */
  readonly breaks: (world: World) => Mends | Promise<Mends>;
  /** How a run that meets the fault ends. */
  readonly outcome: Outcome;
  /** What its message must say: what was expected, what came. */
  readonly says: RegExp;
  readonly alarm: AlarmName;
  /** How long it lasts, and how long nothing was wrong before. @default 5 */
  readonly minutes?: number;
}

type Mends = () => unknown;

/** What was sent while a fault lasted. */
export interface Played {
  readonly from: number;
  readonly touched: ReturnType<World["touches"]>;
}

/**
 * Plays the fault: healthy before it, then broken, then mended. While it lasts, every run that meets it ends with
 * its outcome and its words, and its alarm speaks once; after it, every alarm is quiet again.
 */
export async function play(world: World, fault: Fault): Promise<Played> {
  const { minutes = 5 } = fault;
  await expectHealth(world, minutes);
  const from = nextInstant(world);
  const mend = await fault.breaks(world);
  await world.pass(minutes * MINUTE);
  const touched = world.touches(from);
  expectUnhealthy(world, fault, from);
  expect(world.fired(fault.alarm, from)).toHaveLength(1);
  await mend();
  await world.pass(5 * MINUTE);
  expect(standing(world)).toEqual([]);
  await expectHealth(world, 1);
  return { from, touched };
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

/** From here on, everything was begun from now on: a run that began before may reach a few seconds beyond now. */
export function nextInstant(world: World): number {
  return 1 + Math.max(world.engine.now(), ...ended(world, 0).map(({ endedAt }) => endedAt));
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
  const prefix = `${CONFIG.service}-${CONFIG.environment}-`;
  return world.engine.alarms
    .all()
    .filter(({ state }) => state.value === "ALARM")
    .map(({ resource }) => resource.name.replace(prefix, ""));
}

// --- internal ---

/** Every run that met the fault says so, and none calls itself a success. A run with nothing due meets none. */
function expectUnhealthy(world: World, { outcome, says }: Fault, from: number): void {
  const runs = ended(world, from).filter((run) => run.outcome !== "nothing_due");
  expect(runs.length).toBeGreaterThan(0);
  for (const run of runs) expect(run).toMatchObject({ outcome, message: expect.stringMatching(says) });
  expect(OUTCOMES[outcome].healthy).toBe(false);
}
