import type { WarmerConfig } from "../config.ts";
import type { Control } from "../control.ts";
import type { KnownEvent } from "../known-event.ts";
import type { MicroUsd } from "../money.ts";
import { type Baseline, baselineOf } from "./baseline.ts";
import { HOUR_MS } from "./closed-hours.ts";
import type { FillHistory } from "./fill-history.ts";
import { readSpike, type SpikeReading, type SpikeSettings } from "./spike.ts";
import { spikeSettings } from "./spike-settings.ts";

/** The rate of fill cost at one moment, with all that it is measured by. */
export interface FillRate {
  readonly reading: SpikeReading;
  readonly baseline: Baseline;
  readonly settings: SpikeSettings;
}

/** How long after a resume the fills that a pause made necessary are expected. */
const REFILL_MS = 30 * 60_000;

/**
 * Reads the rate of fill cost from state. Whoever looks at it sees the same: the gauges, the status, and the check that
 * a spike is over.
 *
 * @param events known events that touch the longest window
 */
export function fillRate(
  control: Control,
  history: FillHistory,
  events: readonly KnownEvent[],
  config: Pick<WarmerConfig, "spikes" | "expected" | "guardrails">,
  now: number,
): FillRate {
  const { normal } = history;
  const baseline = normal?.baseline ?? baselineOf(history.hours, [], control.createdAt, now);
  const settings = spikeSettings(config, normal?.live);
  const known = [...events, ...refillAfterPause(control, settings.minimumBaseline)];
  const costSince = (from: number) => costOfHours(control, history, Math.floor(from / HOUR_MS));
  return {
    baseline,
    settings,
    reading: readSpike(control.ledger.minutes, baseline, known, settings, costSince, now),
  };
}

/** A pause lets everything expire, so a resume fills it all once: the operator who resumed need not hear of that. */
function refillAfterPause({ lastResume }: Control, expectedCost: MicroUsd): KnownEvent[] {
  if (lastResume === undefined) return [];
  const { at, by, reason } = lastResume;
  return [
    { id: "resume", kind: "configuration", from: at, to: at + REFILL_MS, expectedCost, by, note: reason },
  ];
}

/** What the hours from `first` on cost, the one under way included. Hours that are unknown count nothing. */
function costOfHours({ ledger }: Control, history: FillHistory, first: number): MicroUsd {
  const costs = new Map<number, MicroUsd>();
  for (const { hour, fillCost } of [
    ...history.hours,
    ...ledger.closed,
    { hour: ledger.hour.key, fillCost: ledger.hour.fillCost },
  ]) {
    if (hour >= first) costs.set(hour, Math.max(fillCost, costs.get(hour) ?? 0));
  }
  return [...costs.values()].reduce((sum, cost) => sum + cost, 0);
}
