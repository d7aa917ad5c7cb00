import { dueAt, expiresAt, MINUTE_MS, NEVER, spreadOffset, type Ttl } from "../due.ts";
import { ENDLESS, type MinuteUse, type PlanState, type Policy } from "./policy.ts";
import { mostKeepAlives } from "./tariff.ts";

/** Why a prefix is touched at this tick. */
export type TouchReason = "keep_alive" | "clock" | "required";

/** Why a prefix that was looked at is not touched. */
export type PassReason =
  /** Nothing has to happen yet. */
  | "not_due"
  /** Its release was replaced, or its session has ended. */
  | "retired"
  /** The model caches nothing this small. */
  | "too_small"
  /** No further keep-alive is expected to pay. */
  | "not_worth_it"
  /** It is gone already: a touch would be a write that nobody decided to pay for. */
  | "expired"
  /** Its keep-alives have cost as much as a write, and nobody is seen to use anything. */
  | "spent";

export type Decision =
  | { readonly touch: true; readonly reason: TouchReason; readonly ttl: Ttl }
  | { readonly touch: false; readonly reason: PassReason };

/** A prefix that nobody has used yet. */
export function newPlanState(
  given: Pick<PlanState, "fingerprint" | "tariff"> & { readonly required?: boolean },
  policy: Policy,
): PlanState {
  return {
    fingerprint: given.fingerprint,
    required: given.required ?? false,
    tariff: given.tariff,
    tokens: 0,
    requests: 0,
    born: 0,
    lastUse: 0,
    lastStart: 0,
    live: "5m",
    advice: policy.firstTtl(given.tariff),
    touchesLeft: 0,
    touchesSent: 0,
    touchAt: NEVER,
    dueAt: NEVER,
    retired: false,
    filled: false,
    learned: new Uint16Array(policy.learnedSize),
  };
}

/**
 * A fill at `now` (ms) warmed a prefix that no request has used yet. Without organic use it is kept
 * for as long as the keep-alives cost no more than the write they protect. The first of them is brought
 * forward by the fingerprint's offset: what was filled together must not come due together for ever.
 */
export function recordPublish(
  state: PlanState,
  fill: { readonly now: number; readonly tokens: number; readonly ttl: Ttl },
  policy: Policy,
): void {
  const minute = minuteOf(fill.now);
  state.tokens = fill.tokens;
  state.live = fill.ttl;
  state.lastUse = Math.max(state.lastUse, minute);
  state.lastStart = wholeSeconds(fill.now);
  state.filled = true;
  state.touchesLeft = mostKeepAlives(state.tariff, fill.ttl);
  state.touchesSent = 0;
  schedule(state, minute, policy, spreadOffset(state.fingerprint, fill.ttl));
}

/** Takes in one minute of organic use. Minutes of one prefix come in order. */
export function recordUse(state: PlanState, use: MinuteUse, policy: Policy): void {
  if (state.requests > 0) policy.idle(state, use.minute);
  if (use.wrote !== undefined) {
    state.live = use.wrote;
    policy.granted?.(state.advice, use.wrote);
  }
  // When only the minute is known, the entry may have been used at its very first second.
  state.lastStart = Math.max(state.lastStart, wholeSeconds(use.lastStart ?? use.minute * MINUTE_MS));
  if (state.requests === 0) state.born = use.minute;
  policy.use(state, use);
  state.tokens = use.tokens;
  state.requests = Math.min(65_535, state.requests + use.requests);
  state.lastUse = use.minute;
  state.filled = false;
  state.touchesSent = 0;
  state.retired = use.ended === true;
  if (state.retired) state.touchesLeft = 0;
  schedule(state, use.minute, policy);
}

/**
 * A release replaces the prefix `old` by `state`, which nobody has used yet: the same traffic goes on with
 * other bytes. What was learned of the traffic stays true; only the entry is another one.
 */
export function succeed(state: PlanState, old: PlanState): void {
  state.learned.set(old.learned);
  state.tokens = old.tokens;
  state.requests = old.requests;
  state.born = old.born;
  state.lastUse = old.lastUse;
  // What the application's writes were granted, its next ones are likely to be.
  state.live = old.live;
  state.advice = old.advice;
  retire(old);
}

/** A newer prefix has taken this one's place: it is never touched again unless it is used again. */
export function retire(state: PlanState): void {
  state.retired = true;
  state.touchesLeft = 0;
}

/**
 * Decides, at a tick that happens at `now` (ms), whether the prefix is touched. Call it for prefixes whose
 * `dueAt` has come, after the uses known by then. After a touch `recordTouch` must follow, or `defer`;
 * otherwise `state.dueAt` says when to ask again.
 */
export function decide(state: PlanState, now: number, policy: Policy): Decision {
  const minute = minuteOf(now);
  if (state.requests > 0) policy.idle(state, minute);
  const reason = reasonFor(state, minute, now, policy);
  if (reason === "keep_alive") return { touch: true, reason, ttl: state.live };
  if (reason === "clock" || reason === "required") return { touch: true, reason, ttl: state.advice };
  if (reason !== "not_due") {
    state.touchesLeft = 0;
    state.touchAt = NEVER;
  }
  review(state, minute, policy);
  return { touch: false, reason };
}

function reasonFor(state: PlanState, minute: number, now: number, policy: Policy): TouchReason | PassReason {
  if (state.retired) return "retired";
  if (state.tokens < (state.tariff.minimumTokens ?? 0)) return "too_small";
  if (policy.clock?.(minute) === true) return "clock";
  if (state.touchAt === NEVER) return "not_worth_it";
  if (now < state.touchAt) return "not_due";
  if (state.required) return "required";
  if (state.touchesLeft === 0) return "not_worth_it";
  if (now >= expiresAt(state.lastStart, state.live)) return "expired";
  if (!state.filled && policy.stillPays?.(state) === false) return "not_worth_it";
  return policy.mayTouch?.(state, minute) === false ? "spent" : "keep_alive";
}

/** Takes in the answer to a touch that started at `now` (ms); `wrote` is the TTL granted to a write. */
export function recordTouch(state: PlanState, now: number, wrote: Ttl | undefined, policy: Policy): void {
  if (wrote !== undefined) {
    state.live = wrote;
    policy.granted?.(state.advice, wrote);
  }
  state.lastStart = wholeSeconds(now);
  if (state.touchesLeft > 0 && state.touchesLeft < ENDLESS) state.touchesLeft--;
  state.touchesSent = Math.min(254, state.touchesSent + 1);
  schedule(
    state,
    minuteOf(now),
    policy,
    wrote === undefined ? 0 : spreadOffset(state.fingerprint, state.live),
  );
}

/** The touch was wanted at this tick and could not be sent: it is asked for again at the next one. */
export function defer(state: PlanState, now: number): void {
  state.touchAt = (minuteOf(now) + 1) * MINUTE_MS;
  state.dueAt = state.touchAt;
}

function schedule(state: PlanState, minute: number, policy: Policy, broughtForward = 0): void {
  const wanted = !state.retired && (state.required || state.touchesLeft > 0);
  const next = (minute + 1) * MINUTE_MS;
  state.touchAt = wanted ? Math.max(next, dueAt(state.lastStart, state.live) - broughtForward) : NEVER;
  review(state, minute, policy);
}

function review(state: PlanState, minute: number, policy: Policy): void {
  const next = policy.reviewAfter(state, minute);
  state.dueAt = Math.min(state.touchAt, next === undefined ? NEVER : next * MINUTE_MS);
}

function minuteOf(now: number): number {
  return Math.floor(now / MINUTE_MS);
}

function wholeSeconds(now: number): number {
  return Math.floor(now / 1000) * 1000;
}
