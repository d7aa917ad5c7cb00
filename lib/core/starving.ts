import type { WarmerConfig } from "./config.ts";
import { formatUsd } from "./money.ts";
import { type Expected, worstCase } from "./worst-case.ts";

/** Limits and concurrency that could not keep warm what is expected. @param who has these limits */
export function starvingFaults(
  expected: Expected,
  concurrency: number,
  { hourly, daily }: Pick<WarmerConfig["guardrails"], "hourly" | "daily">,
  who = "the warmer",
): string[] {
  const need = worstCase(expected, concurrency);
  const faults: string[] = [];
  if (hourly < need.firstHour) {
    faults.push(
      `costGuardrails.maxHourlyFillCost starves ${who}: filling ${expected.prefixes} prefixes of ${expected.tokensPerPrefix} tokens and keeping them warm needs ${formatUsd(need.firstHour)} in the first hour, got ${formatUsd(hourly)}`,
    );
  }
  if (concurrency < need.concurrency) {
    faults.push(
      `concurrency must be at least ${need.concurrency} to touch ${expected.prefixes} prefixes within their TTL of ${expected.ttl}, got ${concurrency}`,
    );
  }
  if (daily < need.firstDay) {
    faults.push(
      `costGuardrails.maxDailyFillCost starves ${who}: the first day needs ${formatUsd(need.firstDay)}, got ${formatUsd(daily)}`,
    );
  }
  return faults;
}
