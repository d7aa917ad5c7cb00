import type { WarmerConfig, WarmerOptions } from "./config.ts";
import type { MicroUsd } from "./money.ts";
import type { Expected } from "./worst-case.ts";

/**
 * A part of the fleet with a state, a lease and a share of the limits of its own: a workspace (whose caches nobody
 * else reads), or some of the models.
 */
export interface Partition {
  readonly name: string;
  /** Of each money limit and of the provider's limits, in thousandths: above 0, all together at most 1. */
  readonly share: number;
  readonly apiKeyParameter: string;
  readonly expected: Expected;
  /** Models whose prompts belong here; absent where a publish must name the partition. */
  readonly models?: readonly string[];
}

/** One rule wakes them all, and EventBridge takes five targets a rule ("PutTargets", API reference, read 2026-11-29). */
export const MAX_PARTITIONS = 5;

/** Shares are thousandths, so that parts of a limit are computed in whole numbers: together they never pass it. */
export const SHARE_STEPS = 1_000;

/** A share in whole thousandths. */
export function thousandths(share: number): number {
  return Math.round(share * SHARE_STEPS);
}

/** A share of an amount, rounded down. @param amount micro-USD, at most 9e12: the product is exact up to there */
export function shareOf(amount: MicroUsd, share: number): MicroUsd {
  return Math.floor((amount * thousandths(share)) / SHARE_STEPS);
}

/** The limits of a partition: its share of each. */
export function guardrailsFor(
  guardrails: WarmerConfig["guardrails"],
  share: number,
): WarmerConfig["guardrails"] {
  const { hourly, daily, absoluteMax } = guardrails;
  return {
    ...guardrails,
    hourly: shareOf(hourly, share),
    daily: shareOf(daily, share),
    absoluteMax: shareOf(absoluteMax, share),
    share: thousandths(share),
  };
}

/** The partitions with what holds where nothing is said; `undefined` for a warmer without any. */
export function partitionsFrom(
  { partitions, expected }: WarmerOptions,
  apiKeyParameter: string,
): readonly Partition[] | undefined {
  return partitions?.map((partition) => ({ apiKeyParameter, expected, ...partition }));
}

/**
 * One configuration for each partition, as if it were a warmer of its own with its share of the limits. A warmer
 * without partitions is its only one.
 */
export function configsOf(config: WarmerConfig): readonly WarmerConfig[] {
  const { partitions, ...whole } = config;
  if (partitions === undefined) return [config];
  return partitions.map(({ name, share, apiKeyParameter, expected }) => {
    const { providerLimits } = config.policy;
    const used = (providerLimits.share ?? 1) * share;
    return {
      ...whole,
      partition: name,
      apiKeyParameter,
      ttlAdviceParameter: `${config.ttlAdviceParameter}-${name}`,
      expected,
      guardrails: guardrailsFor(config.guardrails, share),
      policy: { ...config.policy, providerLimits: { ...providerLimits, share: used } },
    };
  });
}

/**
 * The configuration of one partition.
 *
 * @param name `undefined` for a warmer without partitions
 * @throws RangeError for a name that is none of the configured ones
 */
export function configOf(config: WarmerConfig, name: string | undefined): WarmerConfig {
  const configs = configsOf(config);
  const found = configs.find(({ partition }) => partition === name);
  if (found === undefined) {
    const names = configs.map(({ partition }) => partition ?? "none").join(", ");
    throw new RangeError(`the partition must be one of ${names}, got ${name ?? "none"}`);
  }
  return found;
}

/** Commands as they are told to somebody who is to type them: for this partition alone, if there are several. */
export function commandsFor(partition: string | undefined, commands: string): string {
  return partition === undefined
    ? commands
    : commands.replace(/\bwarmer (?=[a-z])/g, `warmer --partition ${partition} `);
}

/** The environment as people are told of it: `prod`, or `prod eu` for a partition. */
export function placeName({ environment, partition }: Pick<WarmerConfig, "environment" | "partition">) {
  return partition === undefined ? environment : `${environment} ${partition}`;
}
