import type { WarmerConfig } from "../core/config.ts";
import { formatUsd } from "../core/money.ts";
import { configsOf, placeName } from "../core/partitions.ts";
import { worstCase } from "../core/worst-case.ts";

/**
 * What a person is told about money at synth: what the expected prefixes cost, for each partition by itself, and the
 * most that is spent whatever goes wrong. Lines without an end of the last.
 */
export function worstCaseNote(config: WarmerConfig): string {
  return [...configsOf(config).map(keepingWarm), bound(config.guardrails)].join("\n");
}

function keepingWarm({ service, expected, concurrency, guardrails, ...config }: WarmerConfig): string {
  const { prefixes, tokensPerPrefix, model, ttl } = expected;
  const { firstHour, keepWarmPerHour } = worstCase(expected, concurrency);
  const share =
    config.partition === undefined
      ? ""
      : `, within its share of ${formatUsd(guardrails.hourly)} per UTC hour`;
  return [
    `${service}/${placeName(config)}: keeping ${prefixes} ${prefixes === 1 ? "prefix" : "prefixes"} of ${tokensPerPrefix} tokens warm`,
    ` (${model}, ${ttl}) costs at most ${formatUsd(firstHour)} in the first hour, then ${formatUsd(keepWarmPerHour)} an hour${share};`,
  ].join("");
}

function bound({ hourly, daily, absoluteMax, actionOnLimit }: WarmerConfig["guardrails"]): string {
  const limits = `${formatUsd(hourly)} per UTC hour and ${formatUsd(daily)} per UTC day`;
  return actionOnLimit === "pause_warmer"
    ? `whatever goes wrong, it pauses at ${limits}, until an operator allows more`
    : `whatever goes wrong, it stops at ${formatUsd(absoluteMax)} per UTC day, which one hour may use up: with ${actionOnLimit} the limits of ${limits} do not stop it`;
}
