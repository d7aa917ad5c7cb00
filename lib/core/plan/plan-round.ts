import { MINUTE_MS, NEVER } from "../due.ts";
import type { PrefixState } from "../prefix-state.ts";
import { type Usage, writtenTokens } from "../usage.ts";
import { awaitsFirstFill, fittingFills, worthOfFirstFill } from "./plan-first-fill.ts";
import { limitsLess } from "./plan-limits.ts";
import { type Passed, plannedPrefix, sizeOf, withPlan } from "./plan-prefix.ts";
import { minuteUse, tokensPerRequest, type UsesByMinute } from "./plan-use.ts";
import type { PassReason, TouchReason } from "./planner.ts";
import { defer, recordPublish, recordTouch, recordUse } from "./planner.ts";
import type { PlanState, Policy } from "./policy.ts";
import { type DeferReason, type PlanLimits, planTick } from "./tick.ts";

/** An optional prefix in one run. */
export interface Member {
  /** As it is stored after the run. */
  prefix: PrefixState;
  readonly plan: PlanState;
  /** What was stored of its plan could not be read. */
  readonly isForgotten: boolean;
  /** A use of it was learned in this run. */
  isUsed: boolean;
  /** It is written before its first use, because its predecessor was used. */
  isFirstFill: boolean;
}

export type Members = ReadonlyMap<string, Member>;

/** Unpacks each prefix once. Those whose model has no price are left out. */
export function membersOf(prefixes: readonly PrefixState[], policy: Policy, now: number): Members {
  const members = new Map<string, Member>();
  for (const prefix of prefixes) {
    if (members.has(prefix.fingerprint)) continue;
    const planned = plannedPrefix(prefix, policy, now);
    if (planned !== undefined)
      members.set(prefix.fingerprint, { ...planned, isUsed: false, isFirstFill: false });
  }
  return members;
}

/** What another policy meant to do is not done: from the next use on this one decides. */
export function forgetIntentions(members: Members): void {
  for (const { plan } of members.values()) {
    plan.touchesLeft = 0;
    plan.touchAt = NEVER;
  }
}

/** Whether the planner has not been told of a use yet: minutes are read again whose records may have been late. */
export function isNews({ requests, lastUse }: PlanState, minute: number): boolean {
  return requests === 0 || minute > lastUse;
}

/**
 * Takes in what was used, minute by minute, up to a tick in the given minute (since the epoch). The policy learns of
 * each minute at its end, as it would have done had a tick seen it.
 */
export function learn(members: Members, uses: UsesByMinute, policy: Policy, tickMinute: number): void {
  let last = 0;
  for (const [minute, used] of uses) {
    policy.commit?.(minute);
    last = minute;
    for (const [fingerprint, use] of used) {
      const member = members.get(fingerprint);
      if (member === undefined || !isNews(member.plan, minute)) continue;
      const { prefix, plan } = member;
      const tokens = prefix.measuredTokens ?? tokensPerRequest(use) ?? plan.tokens;
      recordUse(plan, minuteUse(minute, use, { tokens, marker: prefix.ttl }), policy);
      member.isUsed = true;
    }
  }
  if (last < tickMinute - 1) policy.commit?.(tickMinute - 1);
  for (const member of members.values()) {
    if (member.isUsed) member.prefix = withPlan(member.prefix, member.plan);
  }
}

/** What is decided of the prefixes that are looked at in a run. */
export interface Round {
  /** To be touched, in this order. Each ends in `answered` or `putOff`. */
  readonly touches: readonly { readonly member: Member; readonly reason: TouchReason | "first_fill" }[];
  readonly passed: readonly (PassReason | DeferReason)[];
}

/** Decides about the prefixes that are due at `now`. First fills come last: they keep nothing alive. */
export function planRound(
  due: readonly Member[],
  now: number,
  policy: Policy,
  limits: PlanLimits,
  lambda: number,
): Round {
  const isFill = (member: Member) => !member.isUsed && awaitsFirstFill(member);
  const fills = due.filter(isFill);
  const members = new Map(due.map((member) => [member.plan, member]));
  const states = due.filter((member) => !isFill(member)).map(({ plan }) => plan);
  const { touches, passed } = planTick(states, now, policy, limits, lambda);
  const memberOf = (plan: PlanState) => members.get(plan) as Member;
  for (const { state, reason } of passed) {
    const member = memberOf(state);
    member.prefix = withPlan(member.prefix, state, reason === "not_due" ? undefined : reason);
  }
  const worths = fills.map((member) => ({ member, worth: worthOfFirstFill(member, now, policy, lambda) }));
  const { fitting, left } = fittingFills(
    worths.filter(({ worth }) => worth > 0),
    limitsLess(limits, { requests: touches.length, tokens: 0 }),
  );
  for (const member of fitting) member.isFirstFill = true;
  for (const { member, reason } of left) member.prefix = askAgain(member, now, reason);
  const worthless = worths.filter(({ worth }) => worth <= 0).map(({ member }) => member);
  for (const member of worthless) member.prefix = withPlan(member.prefix, member.plan);
  return {
    touches: [
      ...touches.map(({ state, reason }) => ({ member: memberOf(state), reason })),
      ...fitting.map((member) => ({ member, reason: "first_fill" as const })),
    ],
    passed: [
      ...passed.map(({ reason }) => reason),
      ...left.map(({ reason }) => reason),
      ...worthless.map(() => "not_worth_it" as const),
    ],
  };
}

/**
 * Takes in the answer to a touch.
 *
 * @param touched the prefix as its reply was judged; `lastStart` is when the touch began
 */
export function answered(member: Member, touched: PrefixState, usage: Usage, policy: Policy): void {
  const { plan } = member;
  const startedAt = touched.lastStart ?? 0;
  const wrote = writtenTokens(usage) === 0 ? undefined : touched.grantedTtl;
  if (member.isFirstFill) {
    recordPublish(
      plan,
      { now: startedAt, tokens: sizeOf(touched), ttl: touched.grantedTtl ?? touched.ttl },
      policy,
    );
    member.isFirstFill = false;
  } else recordTouch(plan, startedAt, wrote, policy);
  member.prefix = withPlan(touched, plan);
}

/** The touch was wanted and not answered: it is asked for again at the next tick. */
export function putOff(member: Member, now: number, prefix = member.prefix): void {
  if (member.isFirstFill) {
    member.prefix = askAgain({ ...member, prefix }, now, undefined);
    return;
  }
  defer(member.plan, now);
  member.prefix = withPlan(prefix, member.plan);
}

/** Of a prefix that was never filled the plan itself wants nothing: only its due time says that it waits. */
function askAgain({ prefix, plan }: Member, now: number, reason: Passed | undefined): PrefixState {
  const next = (Math.floor(now / MINUTE_MS) + 1) * MINUTE_MS;
  return { ...withPlan(prefix, plan, reason), dueAt: next };
}
