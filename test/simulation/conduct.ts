import type { WarmReport } from "../../lib/app/warm-cycle.ts";
import type { Control } from "../../lib/core/control.ts";
import { OUTCOMES, type Outcome } from "../../lib/core/outcome.ts";
import { TIMEOUT_MS } from "../support/memory/world.ts";
import type { Invariant } from "./invariants.ts";

/** A rule that did not hold. */
export interface Broken {
  readonly invariant: Invariant;
  readonly what: string;
}

/** Limits that the ledger itself may not pass, in micro-USD. */
interface LedgerLimits {
  readonly hourly: number;
  readonly daily: number;
  readonly absoluteMax: number;
}

/** Outcomes which say that the warmer did, or considered, what the live color needs. */
const CONSIDERED: ReadonlySet<Outcome> = new Set<Outcome>(["warmed", "nothing_due"]);

/** What a replacement of the control item breaks by itself: I1 in the ledger's own terms, I3 and I6. */
export function brokenByWrite(
  before: Control | undefined,
  { paused, lastResume, generation, ledger }: Control,
  limits: LedgerLimits,
  now: number,
): Broken[] {
  const { hour, day } = ledger;
  // An operator's clock is right, and an operator is not slow: a resume is written when it is asked for.
  const endedAlone = before?.paused !== undefined && paused === undefined && lastResume?.at !== now;
  return [
    ...(hour.spent > limits.hourly + hour.allowance || day.spent > limits.daily + day.allowance
      ? [{ invariant: "I1" as const, what: "the ledger passed its own limit" }]
      : []),
    ...(day.spent > limits.absoluteMax
      ? [{ invariant: "I1" as const, what: "the ledger passed the absolute maximum" }]
      : []),
    ...(endedAlone ? [{ invariant: "I3" as const, what: "a pause ended without an operator" }] : []),
    ...(before !== undefined && generation < before.generation
      ? [{ invariant: "I6" as const, what: "the generation went back" }]
      : []),
  ];
}

/** A send while the warmer is paused: one that was reserved before is over when its run must be. */
export function brokenBySend({ paused }: Control, now: number): Broken[] {
  return paused !== undefined && now - paused.at > TIMEOUT_MS + LATE_CLOCK_MS
    ? [{ invariant: "I3", what: "sent long after the pause" }]
    : [];
}

/** Whoever paused may have had a clock that is behind. */
const LATE_CLOCK_MS = 300_000;

/**
 * What a run's report breaks.
 *
 * @param answered what SSM answered the run
 * @param prefixesOf how many prompts a color stands for
 */
export function brokenByReport(
  report: WarmReport,
  answered: ReadonlySet<string>,
  prefixesOf: (color: string) => number,
): Broken[] {
  const { outcome, healthy, color } = report;
  const known: { readonly healthy: boolean } | undefined = OUTCOMES[outcome];
  if (known === undefined) return [{ invariant: "I4", what: `ended as ${outcome}, which is no outcome` }];
  if (known.healthy !== healthy) return [{ invariant: "I4", what: `called ${outcome} healthy: ${healthy}` }];
  if (!CONSIDERED.has(outcome)) return [];
  if (color === undefined || !answered.has(color))
    return [{ invariant: "I4", what: `${outcome} for ${color ?? "no color"}, which it was not told` }];
  return prefixesOf(color) > 0 ? [] : [{ invariant: "I4", what: `${outcome}, and ${color} has no prompt` }];
}
