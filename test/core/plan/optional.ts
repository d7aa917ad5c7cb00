import { type PlannedPrefix, plannedPrefix, withPlan } from "../../../lib/core/plan/plan-prefix.ts";
import { type Member, type Members, membersOf } from "../../../lib/core/plan/plan-round.ts";
import { recordUse, succeed } from "../../../lib/core/plan/planner.ts";
import { policyNamed } from "../../../lib/core/plan/policies.ts";
import type { MinuteUse, PlanState, Policy } from "../../../lib/core/plan/policy.ts";
import type { PrefixState } from "../../../lib/core/prefix-state.ts";
import { anEntry, MINUTE, NOON } from "../samples.ts";

/** Minutes since the epoch. */
export const NOON_MINUTE = NOON / MINUTE;

/** Keeps 1h entries for ever, and predicts nothing. */
export const ALWAYS = policyNamed("always");

/** An optional prefix that the live color serves and nobody has used. */
export function anOptional(fields: Partial<PrefixState> = {}): PrefixState {
  const { name = "support" } = fields;
  const { markers: _markers, ...entry } = anEntry({ name, ttl: "1h", required: false });
  return { ...entry, measuredTokens: 10_000, fillsInRow: 0, dueAt: NOON, ...fields };
}

/** The same after a use that wrote it, at noon if not said otherwise. */
export function used(
  prefix: PrefixState,
  use: Partial<MinuteUse> = {},
  policy: Policy = ALWAYS,
): PrefixState {
  const { plan } = planned(prefix, policy);
  const tokens = prefix.measuredTokens ?? 10_000;
  recordUse(plan, { minute: NOON_MINUTE, requests: 1, tokens, wrote: "1h", ...use }, policy);
  return withPlan(prefix, plan);
}

/** A prefix whose model has a price, with its plan. */
export function planned(prefix: PrefixState, policy: Policy = ALWAYS): PlannedPrefix {
  const known = plannedPrefix(prefix, policy, NOON);
  if (known === undefined) throw new Error(`${prefix.model} has no price`);
  return known;
}

export function planOf(prefix: PrefixState, policy: Policy = ALWAYS): PlanState {
  return planned(prefix, policy).plan;
}

/** The prefix as a run holds it. */
export function memberOf(prefix: PrefixState): Member {
  return oneOf(membersOf([prefix], ALWAYS, NOON));
}

export function oneOf(members: Members): Member {
  const [member] = members.values();
  if (member === undefined) throw new Error("there is no member");
  return member;
}

/** One that has taken the place of a used prefix, and of which nothing is in the cache. */
export function aSuccessor(fields: Partial<PrefixState> = {}): Member {
  const member = memberOf(anOptional(fields));
  succeed(member.plan, planOf(used(anOptional())));
  member.plan.tokens = 10_000;
  return member;
}
