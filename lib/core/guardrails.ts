import type { WarmerConfig } from "./config.ts";
import { type Control, type PauseCause, pause } from "./control.ts";
import { removeAbandoned, reserve, rollOver, type SpendLimits } from "./ledger.ts";
import { formatUsd } from "./money.ts";
import type { Outcome } from "./outcome.ts";

/** Longer than any run: the function's timeout is 120 s. An older reservation belongs to a run that died. */
export const ABANDONED_AFTER_MS = 180_000;

/** The limits that a reservation is held against. Only `pause_warmer` stops at the limit itself. */
export function spendLimits(guardrails: WarmerConfig["guardrails"]): SpendLimits {
  return guardrails.actionOnLimit === "pause_warmer"
    ? { hourly: guardrails.hourly, daily: Math.min(guardrails.daily, guardrails.absoluteMax) }
    : { hourly: guardrails.absoluteMax, daily: guardrails.absoluteMax };
}

export interface WaveGrant {
  readonly control: Control;
  /** How many of the wave's touches may be sent. */
  readonly granted: number;
  /** Why none may be sent. */
  readonly refusal?: Outcome;
}

/**
 * Reserves the money of a wave. The worker that meets a limit pauses the warmer in this same change: no
 * alarm, no metric and no other function is needed for spending to stop.
 */
export function reserveWave(
  control: Control,
  id: string,
  amounts: readonly number[],
  guardrails: WarmerConfig["guardrails"],
  now: number,
): WaveGrant {
  if (control.paused !== undefined) return { control, granted: 0, refusal: "paused" };
  const open = removeAbandoned(rollOver(control.ledger, now), now, ABANDONED_AFTER_MS);
  const limits = spendLimits(guardrails);
  const { ledger, granted, refusal } = reserve(open, id, amounts, limits, now);
  const reserved: Control = { ...control, ledger };
  if (granted > 0 || refusal === undefined) return { control: reserved, granted };
  if (refusal === "reservations_full") return { control: reserved, granted: 0, refusal };
  if (guardrails.actionOnLimit !== "pause_warmer")
    return { control: reserved, granted: 0, refusal: "absolute_max" };
  const limit = refusal === "limit_hour" ? limits.hourly : limits.daily;
  return {
    control: pause(reserved, {
      cause: refusal satisfies PauseCause,
      by: "ledger",
      at: now,
      reason: `the ${refusal === "limit_hour" ? "hourly" : "daily"} limit of ${formatUsd(limit)} was met`,
    }),
    granted: 0,
    refusal,
  };
}
