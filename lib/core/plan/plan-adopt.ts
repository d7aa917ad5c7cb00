import { NEVER } from "../due.ts";
import type { ManifestEntry } from "../manifest.ts";
import { isAlive, type PrefixState } from "../prefix-state.ts";
import { abandon } from "../reconcile.ts";
import { planCoverage } from "./coverage.ts";
import { isOptional, isPlanned, type PlannedPrefix, plannedPrefix, sizeOf, withPlan } from "./plan-prefix.ts";
import { recordPublish, retire, succeed } from "./planner.ts";
import type { Policy } from "./policy.ts";

/** Share of the first minute's requests that a flip is to find warm; the rest costs more to fill than it saves. */
const COVERAGE = 0.93;

/**
 * Plans the optional prefixes that the live color serves from now on.
 *
 * - One that it served before goes on as planned.
 * - One that takes the place of another of the same name inherits what is known of its traffic, and the other one is
 *   never touched again. If nothing of it is in the cache, the next tick decides whether filling it pays.
 * - One whose entry is alive, from a gate or from when it was required, is kept for as long as keep-alives cost no more
 *   than the write that they protect.
 * - Any other is left alone until it is used: that it was published says nothing of its traffic.
 *
 * @param states what `reconcile` has made of `known`
 */
export function adoptPlans(
  states: readonly PrefixState[],
  known: readonly PrefixState[],
  policy: Policy,
  now: number,
): PrefixState[] {
  const served = new Map(known.filter(isPlanned).map((state) => [state.fingerprint, state]));
  const byName = new Map([...served.values()].map((state) => [state.name, state]));
  const replaced = new Map<string, PlannedPrefix>();
  const stillServed = new Set(
    states.flatMap(({ dueAt, fingerprint }) => (dueAt === NEVER ? [] : fingerprint)),
  );
  const adopted = states.map((state) => {
    if (!isOptional(state) || state.dueAt === NEVER) return state;
    const planned = plannedPrefix(state, policy, now);
    if (planned === undefined) return { ...state, dueAt: NEVER, passed: "not_worth_it" as const };
    if (served.get(state.fingerprint)?.plan !== undefined) return withPlan(state, planned.plan);
    const before = byName.get(state.name);
    const old = before?.fingerprint === state.fingerprint ? undefined : before;
    const other = old && plannedPrefix(old, policy, now);
    if (other !== undefined && !replaced.has(other.plan.fingerprint)) {
      replaced.set(other.plan.fingerprint, other);
    }
    return begin(planned, other, policy, now);
  });
  return adopted.map((state) => {
    const other = replaced.get(state.fingerprint);
    // Under another name it may still be served, though nothing may be wanted of it now.
    return other === undefined || stillServed.has(state.fingerprint)
      ? state
      : abandon(withPlan(state, other.plan));
  });
}

function begin(
  { prefix, plan }: PlannedPrefix,
  other: PlannedPrefix | undefined,
  policy: Policy,
  now: number,
): PrefixState {
  if (other !== undefined && other.plan.requests > 0) succeed(plan, other.plan);
  else if (other !== undefined) retire(other.plan);
  plan.tokens = sizeOf(prefix);
  plan.retired = false;
  if (prefix.lastStart !== undefined && isAlive(prefix, now)) {
    const fill = { now: prefix.lastStart, tokens: plan.tokens, ttl: prefix.grantedTtl ?? prefix.ttl };
    recordPublish(plan, fill, policy);
    return withPlan(prefix, plan);
  }
  plan.lastStart = 0;
  const asks = plan.requests > 0 || policy.clock !== undefined;
  return { ...withPlan(prefix, plan), ...(asks && { dueAt: now }) };
}

/**
 * What of a candidate is warmed before a flip: all that is required, and the optional prefixes that cover most of the
 * first minute's requests, by the traffic of the live color's prefix of the same name.
 */
export function candidateEntries(
  entries: readonly ManifestEntry[],
  known: readonly PrefixState[],
  policy: Policy,
  now: number,
): ManifestEntry[] {
  const required = entries.filter((entry) => entry.required);
  if (required.length === entries.length) return required;
  const live = known.filter(isPlanned);
  const serves = new Set(live.map((state) => state.fingerprint));
  const traffic = new Map(live.map((state) => [state.name, plannedPrefix(state, policy, now)?.plan]));
  const candidates = entries.map(({ fingerprint, name, required: isRequired }) => ({
    fingerprint,
    required: isRequired,
    warm: serves.has(fingerprint),
    traffic: traffic.get(name),
  }));
  const byFingerprint = new Map(entries.map((entry) => [entry.fingerprint, entry]));
  const { order } = planCoverage(candidates, now, policy, COVERAGE);
  const optional = order.flatMap((fingerprint) => byFingerprint.get(fingerprint) ?? []);
  return [...required, ...optional.filter((entry) => !entry.required)];
}
