import { ControlSession } from "../../lib/app/control-session.ts";
import type { HeldControl } from "../../lib/app/ports.ts";
import { watchFillCost } from "../../lib/app/watch-fill-cost.ts";
import type { FillHistory } from "../../lib/core/fill-cost/fill-history.ts";
import type { FillMinute } from "../../lib/core/fill-cost/fill-minutes.ts";
import { emptyLedger } from "../../lib/core/ledger.ts";
import { aFilledState, DAY, HOUR, MINUTE, NOON } from "../core/samples.ts";
import { CONFIG, MemoryWorld } from "../support/memory/world.ts";

/** In the middle of a minute, twenty minutes into an hour: the one before it is in the history. */
export const NOW = NOON + 20 * MINUTE + 30_000;
export const HOUR_NOW = NOON / HOUR;

/** Far above any level; a level needs a tenth of the hourly limit beyond what is normal. */
export const SPIKE = 4_000_000;

export const BASELINE = { state: "known", day: 7, fillRate: 0, hourlyPeak: 0, hoursCounted: 168 } as const;

/** A week is known, in which nothing was filled; what is normal was computed this hour. */
export const HISTORY: FillHistory = {
  hours: [{ hour: HOUR_NOW - 1, fillCost: 0, spend: 0, avoided: 0, requests: 0 }],
  days: [],
  normal: { hour: HOUR_NOW, baseline: BASELINE },
};

const VERSION = { config: "config-1", code: "code-1" };

/** Deployed eight days ago, and quiet since. */
export async function aWorld(history: Partial<FillHistory> = {}): Promise<MemoryWorld> {
  const world = new MemoryWorld({ startAt: NOON - 8 * DAY });
  await world.init("blue");
  await world.prefixes.save([aFilledState()]);
  world.control.edit((control) => ({
    ...control,
    ledger: emptyLedger(NOW),
    // Another one marks itself, and whoever is the first to see it writes it down.
    deployed: { ...VERSION, since: NOON - 8 * DAY, changed: [] },
  }));
  world.history.edit(() => ({ ...HISTORY, ...history }));
  return world;
}

let runs = 0;

/** One minute of the monitor. @param seen the control item as a run read it that others have overtaken since */
export async function watch(world: MemoryWorld, now = NOW, seen?: HeldControl) {
  const held = seen ?? (await world.control.read());
  if (held === undefined) throw new Error("there is no control item");
  const session = new ControlSession(world.control, `run-${++runs}`, held);
  const { history, prefixes, usage, events, incidents } = world;
  const ports = { history, prefixes, usage, events, incidents, version: VERSION };
  return watchFillCost(ports, CONFIG, session, now);
}

/** Touches that were settled in a minute, some minutes from the one under way. */
export function settle(world: MemoryWorld, minutes: number, fillCost = SPIKE): void {
  const minute = Math.floor(NOW / MINUTE) + minutes;
  const touches: FillMinute = { minute, fillCost, fills: 1, unexpected: 0, failed: 0 };
  world.control.edit((control) => ({
    ...control,
    ledger: { ...control.ledger, minutes: [...control.ledger.minutes, touches] },
  }));
}
