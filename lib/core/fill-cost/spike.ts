import { MINUTE_MS } from "../due.ts";
import type { KnownEvent } from "../known-event.ts";
import type { MicroUsd } from "../money.ts";
import type { Baseline } from "./baseline.ts";
import { type FillMinute, minuteNumber, sumOfMinutes } from "./fill-minutes.ts";

export const LEVELS = ["info", "warning", "critical"] as const;
export type Level = (typeof LEVELS)[number];

/** By when somebody must look, as the notifications and the alarms say it. */
export const RESPONSE_TIME: Readonly<Record<Level, string>> = {
  info: "next business day",
  warning: "within 2 hours",
  critical: "immediate",
};

/** How far above normal each level begins, and over which window it is measured. */
export interface SpikeSettings {
  /** Times the baseline's hourly peak. */
  readonly factors: Readonly<Record<Level, number>>;
  /** Minutes of the window; it is the level's duration too. `info` and `warning` share one. */
  readonly windows: { readonly warning: number; readonly critical: number };
  /** Below this a baseline is no yardstick, in micro-USD an hour; above 0. */
  readonly minimumBaseline: MicroUsd;
  /** What a level must pass the baseline by, in micro-USD an hour. */
  readonly minimumSpike: MicroUsd;
}

/** The rate of fill cost at one moment, against what is normal. */
export interface SpikeReading {
  /** Micro-USD an hour, over the window of `warning`. */
  readonly rate: MicroUsd;
  /** Of what the rate is measured against. */
  readonly normal: MicroUsd;
  /** Of the rate, what known events explain. */
  readonly explained: MicroUsd;
  /**
   * How many times normal the unexplained rate is. Above the critical factor only if the critical window confirms it;
   * at most 1 below the minimum spike. Absent while the baseline is learnt.
   */
  readonly ratio?: number;
  readonly level?: Level;
}

/** An event explains its fills up to this multiple of the predicted cost: no mark is a mute. */
export const EXPLAINS = 1.5;

/**
 * Reads the rate of fill cost over whole minutes.
 *
 * @param costSince fill cost since an instant, by whole hours: never less than it was
 */
export function readSpike(
  minutes: readonly FillMinute[],
  baseline: Baseline,
  events: readonly KnownEvent[],
  settings: SpikeSettings,
  costSince: (from: number) => MicroUsd,
  now: number,
): SpikeReading {
  const { factors, windows, minimumBaseline, minimumSpike } = settings;
  const normal = Math.max(baseline.hourlyPeak, minimumBaseline);
  const over = (length: number) => {
    const cost = sumOfMinutes(minutes, "fillCost", now, length);
    const explained = explainedCost(minutes, events, costSince, now, length);
    const perHour = (amount: MicroUsd) => (amount * 60) / length;
    const unexplained = perHour(cost - explained);
    const ratio = unexplained / normal;
    return {
      rate: Math.round(perHour(cost)),
      explained: Math.round(perHour(explained)),
      ratio: unexplained - normal > minimumSpike ? ratio : Math.min(1, ratio),
    };
  };
  const wide = over(windows.warning);
  const narrow = over(windows.critical);
  const reading = { rate: wide.rate, normal, explained: wide.explained };
  if (baseline.state === "learning") return reading;
  const ratio = narrow.ratio > factors.critical ? narrow.ratio : Math.min(wide.ratio, factors.critical);
  const level = LEVELS.findLast((candidate) => ratio > factors[candidate]);
  return { ...reading, ratio, ...(level !== undefined && { level }) };
}

/**
 * Of a window's cost, what known events explain: the cost of the minutes that one of them covers, as far as their
 * allowance reaches. What was spent on them before the window has used some of it up.
 */
function explainedCost(
  minutes: readonly FillMinute[],
  events: readonly KnownEvent[],
  costSince: (from: number) => MicroUsd,
  now: number,
  length: number,
): MicroUsd {
  const first = minuteNumber(now) - length;
  const began = ({ from }: KnownEvent) => minuteNumber(from);
  // One that ends before it begins covers nothing, one of the future nothing yet.
  const active = events.filter(
    (event) => began(event) < first + length && minuteNumber(event.to) >= first && event.from <= event.to,
  );
  const covered = minutes.filter(({ minute }) =>
    active.some((event) => minute >= began(event) && minute <= minuteNumber(event.to)),
  );
  const cost = sumOfMinutes(covered, "fillCost", now, length);
  const allowanceOf = (some: readonly KnownEvent[]) =>
    some.reduce((sum, { expectedCost = 0 }) => sum + EXPLAINS * expectedCost, 0);
  const earlier = active.filter((event) => began(event) < first);
  const earliest = Math.min(...earlier.map(({ from }) => from));
  const inWindow = minutes.filter(({ minute }) => minute >= first);
  const spentBefore =
    earlier.length === 0
      ? 0
      : Math.max(0, costSince(earliest) - inWindow.reduce((sum, { fillCost }) => sum + fillCost, 0));
  const left = Math.max(0, allowanceOf(earlier) - spentBefore);
  const fresh = allowanceOf(active.filter((event) => !earlier.includes(event)));
  return Math.min(cost, Math.floor(left + fresh));
}

/** How far back a window of any level reaches, ms. */
export const LONGEST_WINDOW_MS = 15 * MINUTE_MS;
