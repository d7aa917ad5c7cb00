import type { WarmerConfig } from "../core/config.ts";
import { formatUsd } from "../core/money.ts";
import { worstCase } from "../core/worst-case.ts";

/**
 * What a person is told about money at synth: what the expected prefixes cost, and the most that is spent
 * whatever goes wrong. Two lines, without a line end.
 */
export function worstCaseNote({
  service,
  environment,
  expected,
  concurrency,
  guardrails,
}: WarmerConfig): string {
  const { prefixes, tokensPerPrefix, model, ttl } = expected;
  const { firstHour, keepWarmPerHour } = worstCase(expected, concurrency);
  return [
    `${service}/${environment}: keeping ${prefixes} ${prefixes === 1 ? "prefix" : "prefixes"} of ${tokensPerPrefix} tokens warm`,
    ` (${model}, ${ttl}) costs at most ${formatUsd(firstHour)} in the first hour, then ${formatUsd(keepWarmPerHour)} an hour;\n`,
    bound(guardrails),
  ].join("");
}

function bound({ hourly, daily, absoluteMax, actionOnLimit }: WarmerConfig["guardrails"]): string {
  const limits = `${formatUsd(hourly)} per UTC hour and ${formatUsd(daily)} per UTC day`;
  return actionOnLimit === "pause_warmer"
    ? `whatever goes wrong, it pauses at ${limits}, until an operator allows more`
    : `whatever goes wrong, it stops at ${formatUsd(absoluteMax)} per UTC day, which one hour may use up: with ${actionOnLimit} the limits of ${limits} do not stop it`;
}
