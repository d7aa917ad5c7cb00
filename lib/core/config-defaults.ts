import type { WarmerConfig, WarmerOptions } from "./config.ts";
import { liveColorParameter } from "./live-color.ts";
import { fromUsd } from "./money.ts";
import { DEFAULT_SHARE } from "./plan/tick.ts";

export const DEFAULT_RUNBOOKS =
  "https://github.com/cdk-prompt-cache-warmer/cdk-prompt-cache-warmer/blob/main/docs/runbooks";

export const DEFAULT_CONCURRENCY = 4;

/** The warmer's parameters, by the names that are used where none is given. */
export function parametersOf({ service, environment, ...options }: WarmerOptions) {
  return {
    liveColorParameter: options.liveColorParameter ?? liveColorParameter(service, environment),
    apiKeyParameter: options.apiKeyParameter ?? `/${service}/${environment}/provider-api-key`,
    ttlAdviceParameter: options.ttlAdviceParameter ?? `/${service}/${environment}/ttl-advice`,
  };
}

/** The limits in micro-USD, with what holds where nothing is said. */
export function guardrailsOf({ costGuardrails: guardrails }: WarmerOptions): WarmerConfig["guardrails"] {
  const daily = fromUsd(guardrails.maxDailyFillCost);
  return {
    hourly: fromUsd(guardrails.maxHourlyFillCost),
    daily,
    absoluteMax: guardrails.absoluteMax === undefined ? 3 * daily : fromUsd(guardrails.absoluteMax),
    actionOnLimit: guardrails.actionOnLimit ?? "pause_warmer",
    ...(guardrails.notifyOnLimit !== undefined && { notifyOnLimit: guardrails.notifyOnLimit }),
  };
}

/** What holds around a release, where nothing is said. */
export function releaseSettings({ keepPreviousFor = 30, gate = {}, organic = {} }: WarmerOptions) {
  const { minCoverage = 1, timeout = 600, failDeployment = false } = gate;
  const { minHitRate = 0.5, minRequests = 20 } = organic;
  return {
    keepPreviousMs: keepPreviousFor * 60_000,
    gate: { minCoverage, timeoutMs: timeout * 1000, failDeployment },
    organic: { minHitRate, minRequests },
  };
}

/** When fill cost is a spike, where nothing is said. What depends on the live manifest is left to the monitor. */
export function spikesOf({ spikes = {} }: WarmerOptions): WarmerConfig["spikes"] {
  const { info = 1.5, warning = 2, critical = 5, warningWindow = 15, criticalWindow = 10 } = spikes;
  const { minimumBaseline, minimumSpike } = spikes;
  return {
    factors: { info, warning, critical },
    windows: { warning: warningWindow, critical: criticalWindow },
    ...(minimumBaseline !== undefined && { minimumBaseline: fromUsd(minimumBaseline) }),
    ...(minimumSpike !== undefined && { minimumSpike: fromUsd(minimumSpike) }),
  };
}

/** How optional prefixes are planned, where nothing is said. */
export function policyOf({ policy = {} }: WarmerOptions): WarmerConfig["policy"] {
  const { name = "adaptive", lambda = 0.5, closedDays, providerLimits = {} } = policy;
  return {
    name,
    lambda,
    ...(closedDays !== undefined && { closedDays }),
    providerLimits: { share: DEFAULT_SHARE, ...providerLimits },
  };
}
