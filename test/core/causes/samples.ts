import type { Evidence, WindowFill } from "../../../lib/core/causes/evidence.ts";
import { candidatesOf } from "../../../lib/core/causes/rules.ts";
import type { FillMark } from "../../../lib/core/fill-cost/fill-mark.ts";
import type { EventKind, KnownEvent } from "../../../lib/core/known-event.ts";
import type { PrefixState } from "../../../lib/core/prefix-state.ts";
import { aWarmState, MINUTE, NOON } from "../samples.ts";

/** One minute past noon, when most of these writes happened. */
export const NOW = NOON + MINUTE;

/** One write of a prefix of its own, at noon. */
export function aFill(
  name: string,
  fill: Partial<FillMark> = {},
  state: Partial<PrefixState> = {},
): WindowFill {
  const mark = { at: NOON, reason: "gone", ttl: "5m", tokens: 1_000, cost: 1_000, ...fill } as const;
  return { ...mark, state: aWarmState({ name, fingerprint: name, ...state }) };
}

/** So many writes, each of a prefix of its own. */
export function fills(
  count: number,
  fill: Partial<FillMark> = {},
  state: Partial<PrefixState> = {},
): WindowFill[] {
  return Array.from({ length: count }, (_, i) => aFill(`p${i}`, fill, state));
}

/** Evidence of these writes, which are all that the live color serves, and of nothing else. */
export function evidenceOf(written: readonly WindowFill[], fields: Partial<Evidence> = {}): Evidence {
  const cost = written.reduce((sum, fill) => sum + fill.cost, 0);
  const live = [...new Set(written.map(({ state }) => state))];
  return {
    from: NOW - 15 * MINUTE,
    now: NOW,
    fills: written,
    cost,
    failures: [],
    live,
    liveCost: cost,
    expectedPrefixes: live.length,
    events: [],
    application: { requests: 0, unlisted: 0, cold: 0 },
    ...fields,
  };
}

export function anEvent(kind: EventKind, from: number): KnownEvent {
  return { id: kind, kind, from, to: from + 60 * MINUTE, by: "ops", note: "" };
}

/** Causes as they are named, best first. */
export function named(evidence: Evidence): string[] {
  return candidatesOf(evidence).map(({ cause }) => cause);
}

/** How sure one cause is; 0 if it is not named. */
export function confidenceIn(cause: string, evidence: Evidence): number {
  return candidatesOf(evidence).find((candidate) => candidate.cause === cause)?.confidence ?? 0;
}
