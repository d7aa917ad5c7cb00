import * as z from "zod/mini";
import { NEVER } from "../due.ts";
import type { MicroUsd } from "../money.ts";
import type { PrefixState } from "../prefix-state.ts";
import { isPriced } from "../prices.ts";
import { worstCaseOf } from "../worst-case.ts";
import { ADVICE_BOOK, type AdviceBook } from "./advice-book.ts";
import { sizeOf } from "./plan-prefix.ts";
import { policyNamed } from "./policies.ts";
import type { Policy, PolicySettings } from "./policy.ts";

/**
 * What the planner remembers of all prefixes together: about 11 KB for `adaptive`, next to nothing for the others, and
 * at most 8 KB of advice.
 */
export interface FleetPlan {
  /** Which policy learned it. */
  readonly policy: string;
  readonly fleet?: Uint8Array;
  /** What keeping the required prefixes warm costs an hour: optional ones leave that alone. */
  readonly requiredPerHour: MicroUsd;
  /** What is advised to the application; absent in what a release before it stored. */
  readonly advice?: AdviceBook;
}

const FLEET_PLAN = z.object({
  policy: z.string(),
  fleet: z.optional(z.instanceof(Uint8Array)),
  requiredPerHour: z.int().check(z.nonnegative()),
  advice: z.optional(ADVICE_BOOK),
} satisfies Record<keyof FleetPlan, z.core.$ZodType>);

/** Checks the stored item; the message of a damaged one names the first field that is wrong. */
export function parseFleetPlan(value: unknown): FleetPlan | string {
  const parsed = z.safeParse(FLEET_PLAN, value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return `${issue?.path.join(".") || "plan"} ${issue?.message ?? "is invalid"}`;
}

/** Something that was stored and is not what this release writes. */
export interface DamagedPlan {
  readonly damaged: string;
}

/** A policy as it was left. What it had learned cannot always be read: it begins anew then, and says so. */
export function openPolicy(
  { name, ...settings }: { readonly name: string } & PolicySettings,
  stored: FleetPlan | DamagedPlan | undefined,
): { readonly policy: Policy; readonly problem?: string } {
  const policy = policyNamed(name, settings);
  if (stored === undefined) return { policy };
  if ("damaged" in stored) return { policy, problem: `the plan was damaged (${stored.damaged})` };
  if (stored.fleet === undefined || stored.policy !== name) return { policy };
  try {
    policy.decodeFleet?.(stored.fleet);
    return { policy };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { policy: policyNamed(name, settings), problem: error.message };
  }
}

/** What keeping the live color's required prefixes warm costs an hour; those without a price are never touched. */
export function requiredPerHour(states: readonly PrefixState[]): MicroUsd {
  const required = states.filter(
    ({ required: isRequired, dueAt, beside, model }) =>
      isRequired && dueAt !== NEVER && beside !== true && isPriced(model),
  );
  const groups = required.map((state) => ({
    prefixes: 1,
    tokensPerPrefix: sizeOf(state),
    model: state.model,
    ttl: state.grantedTtl ?? state.ttl,
  }));
  return worstCaseOf(groups, 1).keepWarmPerHour;
}

/** Whether two hold the same bytes. */
export function isSameFleet(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
