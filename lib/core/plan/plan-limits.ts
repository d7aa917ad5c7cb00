import type { WarmerConfig } from "../config.ts";
import { type Ledger, type Window, windowsAt } from "../ledger.ts";
import type { MicroUsd } from "../money.ts";
import { SHARE_STEPS } from "../partitions.ts";
import { limitIn, usableOf } from "../window-limits.ts";
import { DEFAULT_SHARE, type PlanLimits } from "./tick.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

type Guardrails = WarmerConfig["guardrails"];

/**
 * The limits as they hold for optional prefixes: they leave what keeping the required ones warm needs for the rest of
 * the hour and of the day, and they are never passed, whatever action a met limit has.
 *
 * @param requiredPerHour what keeping the required prefixes warm costs an hour
 */
export function guardrailsForOptional(
  guardrails: Guardrails,
  requiredPerHour: MicroUsd,
  ledger: Ledger,
  now: number,
): Guardrails {
  const { hour, day } = windowsAt(ledger, now);
  const less = (limit: MicroUsd, { usable = SHARE_STEPS }: Window, length: number) => {
    const needed = Math.ceil((requiredPerHour * (length - (now % length))) / HOUR_MS);
    // Of the limit only a part may be usable, and the required ones need theirs of that part.
    return usable === 0 ? 0 : Math.max(0, limit - Math.ceil((needed * SHARE_STEPS) / usable));
  };
  return {
    ...guardrails,
    hourly: less(guardrails.hourly, hour, HOUR_MS),
    daily: less(guardrails.daily, day, DAY_MS),
    actionOnLimit: "pause_warmer",
  };
}

/** What may be spent at this moment without passing a limit. */
export function roomOf(ledger: Ledger, { hourly, daily, absoluteMax }: Guardrails, now: number): MicroUsd {
  const { hour, day } = windowsAt(ledger, now);
  const rooms = [
    limitIn(hour, hourly) - hour.spent,
    limitIn(day, daily) - day.spent,
    usableOf(day, absoluteMax) - day.spent,
  ];
  return Math.max(0, Math.min(...rooms));
}

/** What of the provider's limits one run has already used. */
export interface ProviderUse {
  readonly requests: number;
  /** Input tokens that were not read from the cache. */
  readonly tokens: number;
}

/** The provider's limits less what was used of them; the share counts for both. */
export function limitsLess(limits: PlanLimits, { requests, tokens }: ProviderUse): PlanLimits {
  const { requestsPerMinute, inputTokensPerMinute, share = DEFAULT_SHARE } = limits;
  const less = (limit: number, used: number) => Math.max(0, limit - used / share);
  return {
    ...limits,
    ...(requestsPerMinute !== undefined && { requestsPerMinute: less(requestsPerMinute, requests) }),
    ...(inputTokensPerMinute !== undefined && { inputTokensPerMinute: less(inputTokensPerMinute, tokens) }),
  };
}
