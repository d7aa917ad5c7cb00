import type { WarmerConfig } from "./config.ts";
import type { Control, Throttling } from "./control.ts";
import { pause, throttle } from "./control-state.ts";
import { type Ledger, removeAbandoned, reserve, type SpendLimits, type Window, windowsAt } from "./ledger.ts";
import { formatUsd, type MicroUsd } from "./money.ts";
import { announce } from "./notice.ts";
import { openWindows } from "./open-windows.ts";
import type { Outcome } from "./outcome.ts";
import { releaseSlot, slotIsOpen, takeSlot } from "./throttle.ts";
import { limitIn, limitUsed, usableOf } from "./window-limits.ts";

/** The function's timeout of 120 s and a minute: an older reservation belongs to a run that died. */
export const ABANDONED_AFTER_MS = 180_000;

/** What a met limit throttles to, if that is the chosen action: the third document's own example. */
const THROTTLE_ON_LIMIT = 10;

type Guardrails = WarmerConfig["guardrails"];

/** One touch that wants to be sent. */
export interface WantedTouch {
  readonly prefix: string;
  /** The most it can cost. */
  readonly bound: MicroUsd;
}

export interface WaveRequest {
  readonly id: string;
  readonly touches: readonly WantedTouch[];
  readonly guardrails: Guardrails;
  readonly now: number;
  /** The longest that one request may take, in ms. */
  readonly requestTimeoutMs: number;
  /** Whether it is left out where there is no room for it: no limit counts as met then. @default false */
  readonly yields?: boolean;
}

export interface WaveGrant {
  readonly control: Control;
  /** How many of the wave's touches, from the first on, may be sent. */
  readonly granted: number;
  /** Why no more may be sent. */
  readonly refusal?: Outcome;
  /** When a throttled touch may be asked for again, ms since the epoch. */
  readonly retryAt?: number;
}

/**
 * Reserves the money of a wave. The worker that meets a limit pauses or throttles the warmer in this same
 * change: no alarm, no metric and no other function is needed for spending to stop.
 */
export function reserveWave(control: Control, request: WaveRequest): WaveGrant {
  const { id, touches, guardrails, now } = request;
  if (control.paused !== undefined) return { control, granted: 0, refusal: "paused" };
  const slot = openSlots(control, touches, now);
  if (slot.count === 0) return { control, granted: 0, refusal: "throttled", retryAt: slot.nextAt };

  const open = removeAbandoned(openWindows(control.ledger, guardrails, now), now, ABANDONED_AFTER_MS);
  const amounts = touches.slice(0, slot.count).map((touch) => touch.bound);
  const slows = slowsAtLimit(control, guardrails);
  const limits = spendLimits(slows ? { ...guardrails, actionOnLimit: "pause_warmer" } : guardrails);
  const { ledger, granted, refusal } = reserve(open, id, amounts, limits, now);
  if (request.yields === true && granted === 0 && refusal !== undefined) return { control, granted, refusal };
  if (slows && granted === 0 && (refusal === "limit_hour" || refusal === "limit_day")) {
    // The touch that would pass the limit is the first one that the throttle holds; the wave behind it waits.
    return reserveWave(slowDown({ ...control, ledger }, refusal, guardrails, now), request);
  }
  const reserved = takeSlots({ ...control, ledger }, touches.slice(0, granted), request);
  if (refusal === "reservations_full") return { control: reserved, granted, refusal };
  if (granted === 0 && refusal !== undefined) {
    const stopped = pause(reserved, {
      cause: refusal,
      by: "ledger",
      at: now,
      reason: reasonOf(refusal, guardrails, reserved.ledger),
    });
    return { control: stopped, granted, refusal };
  }
  return { control: watchLimits(reserved, guardrails, now), granted };
}

/** Only `pause_warmer` stops at the limits themselves; the absolute maximum stops everything. */
export function spendLimits({ actionOnLimit, hourly, daily, absoluteMax }: Guardrails): SpendLimits {
  return actionOnLimit === "pause_warmer"
    ? { hourly, daily, absolute: absoluteMax }
    : { hourly: Number.POSITIVE_INFINITY, daily: Number.POSITIVE_INFINITY, absolute: absoluteMax };
}

function reasonOf(
  cause: "limit_hour" | "limit_day" | "absolute_max",
  { hourly, daily, absoluteMax }: Guardrails,
  { hour, day }: Ledger,
): string {
  switch (cause) {
    case "limit_hour":
      return `the hourly limit of ${amountOf(hour, hourly)} was met`;
    case "limit_day":
      return `the daily limit of ${amountOf(day, daily)} was met`;
    case "absolute_max":
      return `the absolute maximum of ${amountOf(day, absoluteMax)} a day was met`;
    default:
      return cause satisfies never;
  }
}

function amountOf(window: Window, limit: MicroUsd): string {
  const usable = usableOf(window, limit);
  const less = usable < limit ? ` (${formatUsd(usable)} of it until the window ends: shares changed)` : "";
  return `${formatUsd(limit)}${less}`;
}

/** Whether a met limit is to throttle, and nothing slows the warmer down as much already. */
function slowsAtLimit({ throttled }: Control, { actionOnLimit }: Guardrails): boolean {
  return actionOnLimit === "throttle" && (throttled?.maxFillsPerMinute ?? Infinity) > THROTTLE_ON_LIMIT;
}

function slowDown(
  control: Control,
  cause: "limit_hour" | "limit_day",
  guardrails: Guardrails,
  now: number,
): Control {
  const act = { cause, by: "ledger", at: now, reason: reasonOf(cause, guardrails, control.ledger) } as const;
  const told = markTold(control, cause === "limit_hour" ? "hour" : "day");
  return throttle(told, { ...act, maxFillsPerMinute: THROTTLE_ON_LIMIT, nextSlotAt: now });
}

/** `alert_only` and `throttle` pass the limit: people hear of it once per window. */
function watchLimits(control: Control, guardrails: Guardrails, now: number): Control {
  if (guardrails.actionOnLimit === "pause_warmer") return control;
  const crossed = (["hour", "day"] as const).find((window) => {
    const spending = control.ledger[window];
    const limit = limitIn(spending, window === "hour" ? guardrails.hourly : guardrails.daily);
    return spending.told !== true && spending.spent > limit;
  });
  if (crossed === undefined) return control;
  const cause = crossed === "hour" ? "limit_hour" : "limit_day";
  const act = { cause, by: "ledger", at: now, reason: reasonOf(cause, guardrails, control.ledger) } as const;
  return announce(markTold(control, crossed), { ...act, incident: control.generation, kind: "limit_met" });
}

function markTold(control: Control, window: "hour" | "day"): Control {
  const { ledger } = control;
  return { ...control, ledger: { ...ledger, [window]: { ...ledger[window], told: true } } };
}

/** The throttles that hold for a prefix: the warmer's, and its own. */
function throttlesOf({ throttled, prefixes }: Control, prefix: string): Throttling[] {
  return [throttled, prefixes?.[prefix]?.throttled].filter((one) => one !== undefined);
}

/** From when on a throttle lets the prefix be touched, ms since the epoch; 0 where none holds it. */
export function slotOpensAt(control: Control, prefix: string): number {
  return Math.max(0, ...throttlesOf(control, prefix).map((one) => one.nextSlotAt));
}

/** How many of the touches find an open slot. Under a throttle they go one by one. */
function openSlots(
  control: Control,
  touches: readonly WantedTouch[],
  now: number,
): { count: number; nextAt: number } {
  const [first] = touches;
  if (first !== undefined && throttlesOf(control, first.prefix).some((one) => !slotIsOpen(one, now))) {
    return { count: 0, nextAt: slotOpensAt(control, first.prefix) };
  }
  const isThrottled = ({ prefix }: WantedTouch) => throttlesOf(control, prefix).length > 0;
  const firstThrottled = touches.findIndex(isThrottled);
  return { count: firstThrottled < 0 ? touches.length : Math.max(1, firstThrottled), nextAt: now };
}

function takeSlots(
  control: Control,
  touches: readonly WantedTouch[],
  { now, requestTimeoutMs }: WaveRequest,
): Control {
  const [touch] = touches;
  if (touch === undefined) return control;
  const { throttled } = control;
  const own = control.prefixes?.[touch.prefix];
  return {
    ...control,
    ...(throttled !== undefined && {
      throttled: { ...throttled, ...takeSlot(throttled, now, requestTimeoutMs) },
    }),
    ...(own?.throttled !== undefined && {
      prefixes: {
        ...control.prefixes,
        [touch.prefix]: {
          ...own,
          throttled: { ...own.throttled, ...takeSlot(own.throttled, now, requestTimeoutMs) },
        },
      },
    }),
  };
}

/**
 * Settles the slots of a touch: a fill keeps the spacing, a read gives the slot back.
 *
 * @param taken the control item as the reservation left it
 */
export function releaseSlots(
  control: Control,
  taken: Control,
  prefix: string,
  filled: boolean,
  endedAt: number,
): Control {
  const settled = (now: Throttling | undefined, then: Throttling | undefined): Throttling | undefined =>
    now === undefined || then === undefined ? now : { ...now, ...releaseSlot(now, then, filled, endedAt) };
  const throttled = settled(control.throttled, taken.throttled);
  const own = control.prefixes?.[prefix];
  const ownThrottled = settled(own?.throttled, taken.prefixes?.[prefix]?.throttled);
  return {
    ...control,
    ...(throttled !== undefined && { throttled }),
    ...(ownThrottled !== undefined && {
      prefixes: { ...control.prefixes, [prefix]: { ...own, throttled: ownThrottled } },
    }),
  };
}

/** Whether a limit of the windows of `now` is met that stops or slows the warmer: what a resume waits for. */
export function limitIsMet(ledger: Ledger, guardrails: Guardrails, now: number): boolean {
  const { hour, day } = windowsAt(ledger, now);
  const beyondAll = day.spent + day.refused > usableOf(day, guardrails.absoluteMax);
  if (beyondAll || guardrails.actionOnLimit === "alert_only") return beyondAll;
  return limitUsed(hour, guardrails.hourly) >= 1 || limitUsed(day, guardrails.daily) >= 1;
}
