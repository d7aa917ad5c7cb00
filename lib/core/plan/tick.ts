import { expiresAt, MINUTE_MS, TTL_MS, type Ttl } from "../due.ts";
import type { MicroUsd } from "../money.ts";
import { decide, defer, type PassReason, type TouchReason } from "./planner.ts";
import type { PlanState, Policy } from "./policy.ts";
import { TOUCH_OVERHEAD_TOKENS, writeShare } from "./tariff.ts";

/** What may be used of the provider and of the budget at one tick. What is left out does not bind. */
export interface PlanLimits {
  /** The provider's limits for the model and workspace, shared with the application. */
  readonly requestsPerMinute?: number;
  /** Tokens that are read from the cache do not count towards it (rate limit page, read 2026-09-02). */
  readonly inputTokensPerMinute?: number;
  /** How much of both the warmer may use. @default 0.25 */
  readonly share?: number;
  /** Micro-USD left of the limits on warm spend. */
  readonly budget?: MicroUsd;
}

export const DEFAULT_SHARE = 0.25;

/** The touch is wanted, and others were worth more. */
export type DeferReason = "no_requests" | "no_tokens" | "no_money";

export interface PlannedTouch {
  readonly state: PlanState;
  readonly reason: TouchReason;
  /** The TTL to ask for; it decides only if the entry turns out to be gone. */
  readonly ttl: Ttl;
}

export interface TickPlan {
  /** Each ends in `recordTouch`, or in `defer` if it could not be sent. When not all fit, the most valuable first. */
  readonly touches: readonly PlannedTouch[];
  readonly passed: readonly { readonly state: PlanState; readonly reason: PassReason | DeferReason }[];
}

/** What one touch takes of what is scarce; money in micro-USD. */
interface Needs {
  readonly requests: number;
  readonly tokens: number;
  readonly money: number;
}

const LACK: Readonly<Record<keyof Needs, DeferReason>> = {
  requests: "no_requests",
  tokens: "no_tokens",
  money: "no_money",
};

/**
 * The plan of one tick at `now` (ms): which of the prefixes that are due are touched, and why the others are
 * not. When requests, input tokens or money do not suffice for all, `required` prefixes go first, then those
 * that save most for what they take of the scarce; the rest is asked for again at the next tick. The order of
 * `due` means nothing.
 */
export function planTick(
  due: readonly PlanState[],
  now: number,
  policy: Policy,
  limits: PlanLimits = {},
  lambda = 0.5,
): TickPlan {
  const touches: PlannedTouch[] = [];
  const passed: { state: PlanState; reason: PassReason | DeferReason }[] = [];
  for (const state of due) {
    const decision = decide(state, now, policy);
    if (decision.touch) touches.push({ state, reason: decision.reason, ttl: decision.ttl });
    else passed.push({ state, reason: decision.reason });
  }
  const room = roomOf(limits);
  const needs = touches.map((touch) => needsOf(touch, now));
  const total = (of: keyof Needs) => needs.reduce((sum, need) => sum + need[of], 0);
  const allFit = (Object.keys(room) as (keyof Needs)[]).every((scarce) => total(scarce) <= room[scarce]);
  const required = ({ state }: PlannedTouch) => Number(state.required);
  const byName = (a: PlannedTouch, b: PlannedTouch) => (a.state.fingerprint < b.state.fingerprint ? -1 : 1);
  if (allFit) {
    touches.sort((a, b) => required(b) - required(a) || byName(a, b));
    return { touches, passed };
  }
  // How much of all that is scarce a touch takes: the sum of its shares of each room.
  const bids = touches.map((touch, at) => {
    const need = needs[at] as Needs;
    const taken = (Object.keys(room) as (keyof Needs)[]).reduce(
      (sum, scarce) => sum + need[scarce] / Math.max(1e-9, room[scarce]),
      0,
    );
    return { touch, need, worth: worthOf(touch, now, policy, lambda) / taken };
  });
  bids.sort((a, b) => required(b.touch) - required(a.touch) || b.worth - a.worth || byName(a.touch, b.touch));
  const fitting: PlannedTouch[] = [];
  for (const { touch, need } of bids) {
    const lacks = (Object.keys(room) as (keyof Needs)[]).find((scarce) => need[scarce] > room[scarce]);
    if (lacks === undefined) {
      for (const scarce of Object.keys(room) as (keyof Needs)[]) room[scarce] -= need[scarce];
      fitting.push(touch);
    } else {
      defer(touch.state, now);
      passed.push({ state: touch.state, reason: LACK[lacks] });
    }
  }
  return { touches: fitting, passed };
}

function roomOf({
  requestsPerMinute,
  inputTokensPerMinute,
  share = DEFAULT_SHARE,
  budget,
}: PlanLimits): Record<keyof Needs, number> {
  return {
    requests: Math.floor((requestsPerMinute ?? Number.POSITIVE_INFINITY) * share),
    tokens: (inputTokensPerMinute ?? Number.POSITIVE_INFINITY) * share,
    money: budget ?? Number.POSITIVE_INFINITY,
  };
}

function isAlive({ state }: PlannedTouch, now: number): boolean {
  return now < expiresAt(state.lastStart, state.live);
}

function needsOf(touch: PlannedTouch, now: number): Needs {
  const { tariff, tokens } = touch.state;
  const alive = isAlive(touch, now);
  const share = alive ? tariff.read : writeShare(tariff, touch.ttl);
  return {
    requests: 1,
    tokens: TOUCH_OVERHEAD_TOKENS + (alive ? 0 : tokens),
    money: ((tokens * share + TOUCH_OVERHEAD_TOKENS) * tariff.input) / 1_000_000,
  };
}

/** What the touch is expected to save before it would have to be repeated, in micro-USD. */
function worthOf(touch: PlannedTouch, now: number, policy: Policy, lambda: number): number {
  const { tariff, tokens, live } = touch.state;
  const ttl = isAlive(touch, now) ? live : touch.ttl;
  const minute = Math.floor(now / MINUTE_MS);
  const chance = policy.chanceOfUse?.(touch.state, minute, minute + TTL_MS[ttl] / MINUTE_MS) ?? 1;
  return (chance * tokens * (writeShare(tariff, ttl) - tariff.read + lambda) * tariff.input) / 1_000_000;
}
