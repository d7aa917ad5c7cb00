import type { WarmerConfig, WarmerOptions } from "./config.ts";
import { DEFAULT_CONCURRENCY, guardrailsOf, parametersOf, spikesOf } from "./config-defaults.ts";
import { formatUsd } from "./money.ts";
import { isPriced } from "./prices.ts";
import { shown } from "./received.ts";
import { worstCase } from "./worst-case.ts";

/**
 * Rules between fields: what zod cannot see. Each is checked if its own fields are sound, so that nobody
 * mends one fault only to be shown the next.
 *
 * @param unsound the top-level fields that have faults of their own
 */
export function fitFaults(options: WarmerOptions, unsound: ReadonlySet<PropertyKey | undefined>): string[] {
  const isSound = (...fields: (keyof WarmerOptions)[]) => !fields.some((field) => unsound.has(field));
  const { colors } = options;
  const faults: string[] = [];
  if (isSound("colors")) {
    const twice = new Set(colors.filter((color, i) => colors.indexOf(color) !== i));
    for (const color of twice) faults.push(`colors must differ, got ${shown(color)} twice`);
  }
  if (isSound("service", "environment", "apiKeyParameter", "liveColorParameter", "ttlAdviceParameter")) {
    const { apiKeyParameter, liveColorParameter, ttlAdviceParameter } = parametersOf(options);
    // The monitor overwrites it: the switch and the key are nobody's to overwrite.
    if ([apiKeyParameter, liveColorParameter].includes(ttlAdviceParameter)) {
      faults.push(
        `ttlAdviceParameter must be neither the live-color nor the API key's parameter, got ${shown(ttlAdviceParameter)}`,
      );
    }
    if (apiKeyParameter === liveColorParameter) {
      faults.push(
        `apiKeyParameter must not be the live-color parameter, got ${shown(apiKeyParameter)} for both`,
      );
    }
  }
  if (isSound("costGuardrails")) faults.push(...limitFaults(guardrailsOf(options)));
  if (isSound("spikes")) faults.push(...levelFaults(spikesOf(options)));
  if (isSound("expected") && !isPriced(options.expected.model)) {
    const model = shown(options.expected.model);
    faults.push(`expected.model must be in the price table (lib/core/prices.ts), got ${model}`);
  } else if (isSound("expected", "costGuardrails", "concurrency")) {
    faults.push(...starvingFaults(options));
  }
  return faults;
}

function limitFaults({ hourly, daily, absoluteMax }: WarmerConfig["guardrails"]): string[] {
  const faults: string[] = [];
  if (daily < hourly) {
    faults.push(
      `costGuardrails.maxDailyFillCost must be at least maxHourlyFillCost (${formatUsd(hourly)}), got ${formatUsd(daily)}`,
    );
  }
  if (absoluteMax < daily) {
    faults.push(
      `costGuardrails.absoluteMax must be at least maxDailyFillCost (${formatUsd(daily)}), got ${formatUsd(absoluteMax)}`,
    );
  }
  return faults;
}

/** Levels that do not rise: one would never be reached, or two at once. */
function levelFaults({ factors: { info, warning, critical } }: WarmerConfig["spikes"]): string[] {
  const pairs = [
    ["warning", warning, "info", info],
    ["critical", critical, "warning", warning],
  ] as const;
  return pairs
    .filter(([, higher, , lower]) => higher <= lower)
    .map(([name, higher, below, lower]) => `spikes.${name} must be above ${below} (${lower}), got ${higher}`);
}

/** Limits and concurrency that could not keep warm what is expected. */
function starvingFaults(options: WarmerOptions): string[] {
  const { expected, concurrency = DEFAULT_CONCURRENCY } = options;
  const { hourly, daily } = guardrailsOf(options);
  const need = worstCase(expected, concurrency);
  const faults: string[] = [];
  if (hourly < need.firstHour) {
    faults.push(
      `costGuardrails.maxHourlyFillCost starves the warmer: filling ${expected.prefixes} prefixes of ${expected.tokensPerPrefix} tokens and keeping them warm needs ${formatUsd(need.firstHour)} in the first hour, got ${formatUsd(hourly)}`,
    );
  }
  if (concurrency < need.concurrency) {
    faults.push(
      `concurrency must be at least ${need.concurrency} to touch ${expected.prefixes} prefixes within their TTL of ${expected.ttl}, got ${concurrency}`,
    );
  }
  if (daily < need.firstDay) {
    faults.push(
      `costGuardrails.maxDailyFillCost starves the warmer: the first day needs ${formatUsd(need.firstDay)}, got ${formatUsd(daily)}`,
    );
  }
  return faults;
}
