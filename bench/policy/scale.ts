import { performance } from "node:perf_hooks";
import { MINUTE_MS } from "../../lib/core/due.ts";
import { Adaptive } from "../../lib/core/plan/adaptive.ts";
import { encodePlanState } from "../../lib/core/plan/encode.ts";
import { newPlanState, recordTouch, recordUse } from "../../lib/core/plan/planner.ts";
import type { PlanState } from "../../lib/core/plan/policy.ts";
import { USUAL_TARIFF } from "../../lib/core/plan/tariff.ts";
import { planTick } from "../../lib/core/plan/tick.ts";
import { hash01 } from "../../lib/core/replay/hash.ts";

/** How long one tick takes, in ms, by the number of prefixes. */
export interface ScaleResult {
  readonly prefixes: number;
  /** Every prefix was used in the last minute: all that was learned is updated and every horizon chosen anew. */
  readonly learnAll: number;
  /** Every prefix is due: it is decided whether to touch it, and the limits do not suffice. */
  readonly planAll: number;
  readonly touches: number;
  readonly bytesPerPrefix: number;
  readonly fleetBytes: number;
  /** Of the whole process. */
  readonly megabytes: number;
}

export const SCALE = [1_000, 10_000, 47_000, 100_000];

export function scale(prefixes: number): ScaleResult {
  const policy = new Adaptive();
  const states: PlanState[] = Array.from({ length: prefixes }, (_, at) =>
    newPlanState({ fingerprint: `prefix-${at}`, tariff: USUAL_TARIFF }, policy),
  );
  let minute = 30_000_000;
  const useAll = () => {
    for (const state of states) {
      recordUse(state, { minute, requests: 1, tokens: 10_000, wrote: "1h" }, policy);
    }
    policy.commit(minute);
  };
  for (let round = 0; round < 6; round++) {
    minute += 60 + Math.floor(200 * hash01(prefixes, round));
    useAll();
  }
  minute += 5;
  const [learnAll] = timed(useAll);
  minute += 58;
  const now = minute * MINUTE_MS + 30_000;
  const [planAll, { touches }] = timed(() =>
    planTick(states, now, policy, { requestsPerMinute: 2 * prefixes }),
  );
  for (const { state } of touches) recordTouch(state, now, undefined, policy);
  return {
    prefixes,
    learnAll,
    planAll,
    touches: touches.length,
    bytesPerPrefix: states[0] === undefined ? 0 : encodePlanState(states[0]).length,
    fleetBytes: policy.encodeFleet().length,
    megabytes: Math.round(process.memoryUsage.rss() / 2 ** 20),
  };
}

function timed<T>(act: () => T): [number, T] {
  const start = performance.now();
  const result = act();
  return [Math.round(performance.now() - start), result];
}
