import { median, quantile } from "simple-statistics";
import type { KnownEvent } from "../known-event.ts";
import type { MicroUsd } from "../money.ts";
import { HOUR_MS } from "./closed-hours.ts";
import type { HistoryHour } from "./fill-history.ts";

const DAYS = 7;
const HOURS = DAYS * 24;

/** What fill cost is normally: the last 168 finished hours, without those of known events. */
export interface Baseline {
  /** Whether seven days have been seen; before that no level fires but the absolute limits. */
  readonly state: "learning" | "known";
  /** The day of learning, 1 to 7. */
  readonly day: number;
  /** `median(daily_fill_cost)`, micro-USD a day. */
  readonly fillRate: MicroUsd;
  /** `p95(hourly_fill_cost)`, by linear interpolation, micro-USD an hour. */
  readonly hourlyPeak: MicroUsd;
  /** Hours that count, of 168. */
  readonly hoursCounted: number;
}

/**
 * Computes the baseline. Hours that a known event touches, and hours that nobody recorded, are left out: neither is
 * zero. A day is 24 hours counted back from now, and costs what its hours that count cost; one without any is left
 * out too. An event that ends before it begins touches nothing.
 *
 * It is learnt for seven days from `warmer init`, not from the first hour that is known: a history that was lost makes
 * the baseline low and the alarms sensitive, and never silent.
 *
 * @param since when recording began, ms since the epoch: `warmer init`
 */
export function baselineOf(
  hours: readonly Pick<HistoryHour, "hour" | "fillCost">[],
  events: readonly KnownEvent[],
  since: number,
  now: number,
): Baseline {
  const end = Math.floor(now / HOUR_MS);
  const isKnown = (hour: number) =>
    events.some(({ from, to }) => from <= to && from < (hour + 1) * HOUR_MS && to >= hour * HOUR_MS);
  const counted = hours.filter(({ hour }) => hour >= end - HOURS && hour < end && !isKnown(hour));
  const daily = new Map<number, number>();
  for (const { hour, fillCost } of counted) {
    const day = Math.floor((end - 1 - hour) / 24);
    daily.set(day, (daily.get(day) ?? 0) + fillCost);
  }
  const costs = counted.map(({ fillCost }) => fillCost);
  const age = Math.max(0, end - Math.ceil(since / HOUR_MS));
  return {
    state: age >= HOURS ? "known" : "learning",
    day: Math.min(DAYS, Math.floor(age / 24) + 1),
    fillRate: daily.size === 0 ? 0 : Math.round(median([...daily.values()])),
    hourlyPeak: counted.length === 0 ? 0 : Math.round(quantile(costs, 0.95)),
    hoursCounted: counted.length,
  };
}
