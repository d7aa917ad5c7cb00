import type { WarmerConfig, WarmerOptions } from "./config.ts";
import { guardrailsFor, SHARE_STEPS, thousandths } from "./partitions.ts";
import { isPriced } from "./prices.ts";
import { shown } from "./received.ts";
import { starvingFaults } from "./starving.ts";
import type { Expected } from "./worst-case.ts";

type Options = NonNullable<WarmerOptions["partitions"]>;

/**
 * Rules among the partitions, each of which is sound by itself.
 *
 * @param liveColorParameter `undefined` if it has a fault of its own
 */
export function partitionFaults(partitions: Options, liveColorParameter: string | undefined): string[] {
  const faults: string[] = [];
  for (const name of repeated(partitions.map((partition) => partition.name))) {
    faults.push(`partitions must differ in their names, got ${shown(name)} twice`);
  }
  for (const model of repeated(partitions.flatMap(({ models = [] }) => [...new Set(models)]))) {
    faults.push(`partitions must not share a model: publish could not tell where ${shown(model)} belongs`);
  }
  const total = partitions.reduce((sum, { share }) => sum + thousandths(share), 0);
  if (total > SHARE_STEPS) {
    faults.push(`partitions must have shares of at most 1 together, got ${total / SHARE_STEPS}`);
  }
  for (const [i, { apiKeyParameter }] of partitions.entries()) {
    if (apiKeyParameter === undefined || apiKeyParameter !== liveColorParameter) continue;
    const both = `got ${shown(apiKeyParameter)} for both`;
    faults.push(`partitions.${i}.apiKeyParameter must not be the live-color parameter, ${both}`);
  }
  return faults;
}

/** What a partition is expected to keep warm, against its share of the limits. */
export function starvedPartition(
  { name, share, expected }: Options[number],
  index: number,
  expectedOfAll: Expected,
  concurrency: number,
  guardrails: WarmerConfig["guardrails"],
): string[] {
  if (expected !== undefined && !isPriced(expected.model)) {
    const rule = "must be in the price table (lib/core/prices.ts)";
    return [`partitions.${index}.expected.model ${rule}, got ${shown(expected.model)}`];
  }
  const who = `the partition ${name} with its share of ${share}`;
  return starvingFaults(expected ?? expectedOfAll, concurrency, guardrailsFor(guardrails, share), who);
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
}
