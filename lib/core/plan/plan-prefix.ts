import { expiresAt, NEVER } from "../due.ts";
import { tokensOf } from "../manifest.ts";
import { minimumTokens } from "../models.ts";
import type { PrefixState } from "../prefix-state.ts";
import { pricesFor } from "../prices.ts";
import { decodePlanState, encodePlanState } from "./encode.ts";
import { newPlanState } from "./planner.ts";
import type { PlanState, Policy } from "./policy.ts";
import { tariffOf } from "./tariff.ts";

/** Why the planner leaves a prefix alone, for as long as it does. */
export const PASSED = [
  "retired",
  "too_small",
  "not_worth_it",
  "expired",
  "spent",
  "no_requests",
  "no_tokens",
  "no_money",
] as const;

export type Passed = (typeof PASSED)[number];

/** Whether the planner decides about a prefix: required ones are always kept warm, colors beside by their gate. */
export function isOptional({ required, beside, stopped }: PrefixState): boolean {
  return !required && beside !== true && stopped === undefined;
}

/** Whether the live color serves it, and the planner decides about it. */
export function isPlanned(state: PrefixState): boolean {
  return isOptional(state) && (state.dueAt !== NEVER || state.passed !== undefined);
}

/** How large the prefix is, as far as is known. */
export function sizeOf(state: PrefixState): number {
  return state.measuredTokens ?? tokensOf(state);
}

/** A prefix with what the planner remembers of it. */
export interface PlannedPrefix {
  readonly prefix: PrefixState;
  readonly plan: PlanState;
  /** What was stored could not be read, or was another policy's: it is learned again. */
  readonly isForgotten: boolean;
}

/** Unpacks a prefix's plan, or begins one. `undefined` for a model without a price: nothing is planned then. */
export function plannedPrefix(prefix: PrefixState, policy: Policy, now: number): PlannedPrefix | undefined {
  const tokens = sizeOf(prefix);
  const prices = pricesFor(prefix.model, now, tokens);
  if (prices === undefined) return undefined;
  const tariff = tariffOf(prices, minimumTokens(prefix.model));
  const given = { fingerprint: prefix.fingerprint, required: false, tariff };
  const fresh = () => Object.assign(newPlanState(given, policy), { tokens });
  if (prefix.plan === undefined) return { prefix, plan: fresh(), isForgotten: false };
  try {
    return {
      prefix,
      plan: decodePlanState(Buffer.from(prefix.plan, "base64"), given, policy),
      isForgotten: false,
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { prefix, plan: fresh(), isForgotten: true };
  }
}

/** The prefix as the planner leaves it. The plan alone says when it is due. */
export function withPlan(prefix: PrefixState, plan: PlanState, reason?: Passed): PrefixState {
  const { passed: _before, retryAt: _unplanned, ...rest } = prefix;
  const passed = reason ?? (plan.touchAt === NEVER ? "not_worth_it" : undefined);
  return {
    ...rest,
    plan: Buffer.from(encodePlanState(plan)).toString("base64"),
    ...(passed !== undefined && { passed }),
    dueAt: plan.dueAt,
  };
}

/** Whether the provider still keeps the prefix, by what the application and the warmer did. */
export function isKept({ lastStart, live }: PlanState, now: number): boolean {
  return lastStart > 0 && now < expiresAt(lastStart, live);
}
