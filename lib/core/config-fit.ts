import type { WarmerConfig, WarmerOptions } from "./config.ts";
import { DEFAULT_CONCURRENCY, guardrailsOf, parametersOf, spikesOf } from "./config-defaults.ts";
import { formatUsd } from "./money.ts";
import { partitionFaults, starvedPartition } from "./partition-fit.ts";
import { isPriced } from "./prices.ts";
import { shown } from "./received.ts";
import { starvingFaults } from "./starving.ts";

type ParameterField = keyof ReturnType<typeof parametersOf>;

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
  const isOne = (one: ParameterField, other: ParameterField) =>
    isSound("service", "environment", one, other) &&
    parametersOf(options)[one] === parametersOf(options)[other];
  // The monitor overwrites it: the switch and the key are nobody's to overwrite.
  if (isOne("ttlAdviceParameter", "liveColorParameter") || isOne("ttlAdviceParameter", "apiKeyParameter")) {
    faults.push(
      `ttlAdviceParameter must be neither the live-color nor the API key's parameter, got ${shown(parametersOf(options).ttlAdviceParameter)}`,
    );
  }
  if (isOne("apiKeyParameter", "liveColorParameter")) {
    faults.push(
      `apiKeyParameter must not be the live-color parameter, got ${shown(parametersOf(options).apiKeyParameter)} for both`,
    );
  }
  if (isSound("costGuardrails")) faults.push(...limitFaults(guardrailsOf(options)));
  if (isSound("spikes")) faults.push(...levelFaults(spikesOf(options)));
  if (isSound("expected") && !isPriced(options.expected.model)) {
    const model = shown(options.expected.model);
    faults.push(`expected.model must be in the price table (lib/core/prices.ts), got ${model}`);
  } else if (isSound("expected", "costGuardrails", "concurrency", "partitions")) {
    const { expected, concurrency = DEFAULT_CONCURRENCY, partitions } = options;
    const guardrails = guardrailsOf(options);
    faults.push(
      ...(partitions === undefined
        ? starvingFaults(expected, concurrency, guardrails)
        : partitions.flatMap((part, i) => starvedPartition(part, i, expected, concurrency, guardrails))),
    );
  }
  if (isSound("partitions")) {
    const isKnown = isSound("service", "environment", "liveColorParameter");
    const liveColorParameter = isKnown ? parametersOf(options).liveColorParameter : undefined;
    faults.push(...partitionFaults(options.partitions ?? [], liveColorParameter));
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
