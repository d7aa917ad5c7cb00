import type { MicroUsd } from "../money.ts";
import type { Baseline } from "./baseline.ts";
import type { SpikeWatch } from "./spike-watch.ts";

/** What a UTC hour or day cost, and what it saved. */
export interface PeriodFigures {
  /** Cache writes of the warmer. */
  readonly fillCost: MicroUsd;
  /** Everything that the warmer was billed. */
  readonly spend: MicroUsd;
  /** What the application's reads would have cost as writes, less what they cost. */
  readonly avoided: MicroUsd;
  /** Requests that the application recorded; none at all means that nobody recorded. */
  readonly requests: number;
}

export interface HistoryHour extends PeriodFigures {
  /** Number of the hour since the epoch. */
  readonly hour: number;
}

export interface HistoryDay extends PeriodFigures {
  /** Number of the day since the epoch. */
  readonly day: number;
  /** Hours that are known of it, 1 to 24. */
  readonly hours: number;
}

/** What the live manifest costs to fill; `digest` tells which one. */
export interface LiveFillCost {
  readonly digest: string;
  /** All of it once. */
  readonly all: MicroUsd;
  /** The dearest of its prefixes. */
  readonly largest: MicroUsd;
}

/** What is normal, computed once an hour. */
export interface Normal {
  /** The number of the first hour that was not over yet. */
  readonly hour: number;
  readonly baseline: Baseline;
  readonly live?: LiveFillCost;
}

/** What the monitor remembers of money from one minute to the next. */
export interface FillHistory {
  /** Oldest first, of the last eight days. An hour that is not in it is unknown, which is not zero. */
  readonly hours: readonly HistoryHour[];
  /** Oldest first, of the last 62 days. */
  readonly days: readonly HistoryDay[];
  readonly normal?: Normal;
  /** The spike that is under way. */
  readonly watch?: SpikeWatch;
  /** When something of the history was last found to be damaged, and what. */
  readonly problem?: { readonly at: number; readonly text: string };
}

const HOURS_KEPT = 8 * 24;
const DAYS_KEPT = 62;

export const EMPTY_HISTORY: FillHistory = { hours: [], days: [] };

/**
 * Adds an hour that is over. One that is known already keeps the larger figures: a settlement or a record may come
 * after its hour. The same hour added twice counts once, also in its day.
 */
export function addHour(history: FillHistory, hour: HistoryHour): FillHistory {
  const [oldest] = history.hours;
  // Its day has it already, or has forgotten it: adding it again would count it twice.
  if (oldest !== undefined && history.hours.length >= HOURS_KEPT && hour.hour < oldest.hour) return history;
  const known = history.hours.find((other) => other.hour === hour.hour);
  const merged = known === undefined ? hour : { ...combine(Math.max, known, hour), hour: hour.hour };
  const hours = [...history.hours.filter((other) => other !== known), merged];
  const dayNumber = Math.floor(hour.hour / 24);
  const day = history.days.find((other) => other.day === dayNumber);
  const added = known === undefined ? merged : combine((a, b) => a - b, merged, known);
  const days: HistoryDay[] = [
    ...history.days.filter((other) => other !== day),
    {
      day: dayNumber,
      hours: (day?.hours ?? 0) + (known === undefined ? 1 : 0),
      ...(day === undefined ? figures(added) : combine((a, b) => a + b, day, added)),
    },
  ];
  return {
    ...history,
    hours: hours.sort((a, b) => a.hour - b.hour).slice(-HOURS_KEPT),
    days: days.sort((a, b) => a.day - b.day).slice(-DAYS_KEPT),
  };
}

/** Combines two periods, figure by figure. */
export function combine(
  how: (a: number, b: number) => number,
  a: PeriodFigures,
  b: PeriodFigures,
): PeriodFigures {
  return {
    fillCost: how(a.fillCost, b.fillCost),
    spend: how(a.spend, b.spend),
    avoided: how(a.avoided, b.avoided),
    requests: how(a.requests, b.requests),
  };
}

export const NOTHING: PeriodFigures = { fillCost: 0, spend: 0, avoided: 0, requests: 0 };

function figures({ fillCost, spend, avoided, requests }: PeriodFigures): PeriodFigures {
  return { fillCost, spend, avoided, requests };
}
