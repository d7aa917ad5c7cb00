import { MINUTE_MS } from "../../../lib/core/due.ts";
import { decide, newPlanState, recordTouch, recordUse } from "../../../lib/core/plan/planner.ts";
import type { MinuteUse, PlanState, Policy } from "../../../lib/core/plan/policy.ts";
import { USUAL_TARIFF } from "../../../lib/core/plan/tariff.ts";

/** Minutes since the epoch: a minute of a Thursday in 2025. */
export const START = 29_000_000;

export function prefix(policy: Policy, required = false, fingerprint = "a"): PlanState {
  return newPlanState({ fingerprint, tariff: USUAL_TARIFF, required }, policy);
}

export function use(state: PlanState, policy: Policy, given: Partial<MinuteUse> & { minute: number }): void {
  recordUse(state, { requests: 1, tokens: 5000, wrote: undefined, ...given }, policy);
}

/** Runs the ticks of `minutes` with nothing but this prefix and returns the instants of its touches, in ms. */
export function ticks(
  state: PlanState,
  policy: Policy,
  from: number,
  minutes: number,
  second = 30,
): number[] {
  const sent: number[] = [];
  for (let minute = from; minute < from + minutes; minute++) {
    const now = minute * MINUTE_MS + second * 1000;
    if (state.dueAt <= now) {
      const decision = decide(state, now, policy);
      if (decision.touch) {
        sent.push(now);
        recordTouch(state, now, decision.reason === "keep_alive" ? undefined : "1h", policy);
      }
    }
    policy.commit?.(minute);
  }
  return sent;
}
