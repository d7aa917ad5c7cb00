import type { WarmerConfig } from "../../lib/core/config.ts";
import type { AuditedLimits } from "../support/memory/money-audit.ts";
import { CONFIG } from "../support/memory/world.ts";
import type { Setting } from "./story.ts";

/** What one touch of a story's prompts may cost at most, in micro-USD, roughly: room is told in touches. */
const TOUCH: Readonly<Record<Setting["ttl"], number>> = { "5m": 1_500, "1h": 2_400 };

/** Stands for no limit: as an integer, since the audit counts in them. */
const UNLIMITED = 1e12;

/** What is deployed in a story. */
export function configOf({ room, daily, absolute, actionOnLimit, ttl }: Setting): WarmerConfig {
  const hourly = Math.round(room * TOUCH[ttl]);
  const perDay = Math.round(hourly * daily);
  const guardrails = {
    ...CONFIG.guardrails,
    hourly,
    daily: perDay,
    absoluteMax: perDay * absolute,
    actionOnLimit,
  };
  return { ...CONFIG, colors: ["blue", "green", "canary"], guardrails };
}

/** What bill and ledger may come to: only `pause_warmer` stops at the limits themselves. */
export function limitsOf({ guardrails }: WarmerConfig): AuditedLimits {
  const { hourly, daily, absoluteMax, actionOnLimit } = guardrails;
  const isHard = actionOnLimit === "pause_warmer";
  return { hourly: isHard ? hourly : UNLIMITED, daily: isHard ? daily : UNLIMITED, absoluteMax };
}
