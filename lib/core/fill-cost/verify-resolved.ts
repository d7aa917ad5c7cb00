import { percent } from "../causes/evidence.ts";
import type { Control } from "../control.ts";
import { MINUTE_MS, NEVER } from "../due.ts";
import { formatUsd } from "../money.ts";
import { isWarm, type PrefixState } from "../prefix-state.ts";
import { type OrganicTotals, organicHitRate } from "../usage/organic.ts";
import { fillsOf } from "./fill-mark.ts";
import type { SpikeReading } from "./spike.ts";

/** What the step "verify" of the runbooks looks at: the state, and the application's use of the last 15 minutes. */
export interface ResolvedFacts {
  readonly openedAt: number;
  readonly control: Control;
  readonly reading: SpikeReading;
  readonly states: readonly PrefixState[];
  readonly organic: OrganicTotals;
  readonly minHitRate: number;
  readonly minRequests: number;
  readonly now: number;
}

/** How long all of it must have held. */
export const VERIFY_MS = 15 * MINUTE_MS;

/** A cycle every minute; an older one says that nothing runs, and then nothing is filled and nothing proven. */
const CYCLE_WITHIN_MS = 3 * MINUTE_MS;

/**
 * What speaks against an incident being over, for people; nothing if it is: the warmer has been running freely for 15
 * minutes, fill cost is at the baseline, hit rates are steady, and nothing was filled again without need. A warmer that
 * is paused, slowed down or dead fills nothing, and proves nothing by it.
 */
export function unresolved(facts: ResolvedFacts): string[] {
  return [...notRunning(facts), ...fillRateTooHigh(facts), ...hitRateUnsteady(facts), ...refilled(facts)];
}

function notRunning({ control, openedAt, now }: ResolvedFacts): string[] {
  const { paused, throttled, lastResume, lastCycle } = control;
  if (paused !== undefined) return [`the warmer is paused (${paused.reason}); resume it first`];
  if (throttled !== undefined) return [`the warmer is throttled (${throttled.reason}); resume it first`];
  if (lastCycle === undefined || now - lastCycle.finishedAt > CYCLE_WITHIN_MS)
    return ["no warm cycle has finished in the last 3 minutes; a warmer that does nothing proves nothing"];
  const since = Math.max(openedAt, lastResume?.at ?? 0);
  return now - since < VERIFY_MS
    ? [`it has been running for ${minutesSince(since, now)} of 15 minutes; try again at ${instant(since)}`]
    : [];
}

function fillRateTooHigh({ reading: { rate, explained, normal } }: ResolvedFacts): string[] {
  return rate - explained <= normal
    ? []
    : [`fill cost is ${formatUsd(rate - explained)} an hour, above the baseline of ${formatUsd(normal)}`];
}

function hitRateUnsteady({ states, organic, minHitRate, minRequests, now }: ResolvedFacts): string[] {
  const cold = states.filter(
    (state) => state.required && state.dueAt !== NEVER && state.beside !== true && !isWarm(state, now),
  );
  const rate = organicHitRate(organic);
  const isLow = rate !== undefined && organic.requests >= minRequests && rate < minHitRate;
  return [
    ...(cold.length === 0 ? [] : [`not proven warm: ${cold.map(({ name }) => name).join(", ")}`]),
    ...(isLow ? [`the application hits with ${percent(rate)}, below ${percent(minHitRate)}`] : []),
  ];
}

function refilled({ states, now }: ResolvedFacts): string[] {
  const again = states.filter((state) =>
    fillsOf(state).some(
      ({ at, reason }) => at > now - VERIFY_MS && (reason === "gone" || reason === "again"),
    ),
  );
  const stopped = states.filter(({ stopped: why, dueAt }) => why === "warmer_loop" && dueAt !== NEVER);
  return [
    ...(again.length === 0
      ? []
      : [`filled again without need in the last 15 minutes: ${again.map(({ name }) => name).join(", ")}`]),
    ...(stopped.length === 0 ? [] : [`stopped as a loop: ${stopped.map(({ name }) => name).join(", ")}`]),
  ];
}

function minutesSince(since: number, now: number): number {
  return Math.max(0, Math.floor((now - since) / MINUTE_MS));
}

function instant(since: number): string {
  return new Date(since + VERIFY_MS).toISOString();
}
