import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { AwsAccess, OperatedPartition } from "../lib/aws/operator.ts";
import { systemClock } from "../lib/aws/system-clock.ts";
import { resolveConfig, type WarmerConfig, type WarmerOptions } from "../lib/core/config.ts";
import { configsOf } from "../lib/core/partitions.ts";
import { shown } from "../lib/core/received.ts";
import { warmerStackName } from "../lib/core/stack-outputs.ts";
import { UsageFault } from "./exit.ts";

/** Options that every command understands. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly local?: boolean;
  readonly config: string;
  /** @default - all of them */
  readonly partition?: string;
}

/** Where `warmer local` writes how to reach it. */
export const LOCAL_FILE = ".warmer/local.json";

/** How to reach a running `warmer local`, and what time it is there. */
export interface LocalAccess extends AwsAccess {
  readonly clock: { readonly startAt: number; readonly speed: number };
}

/** @throws Error naming the file if it exports no configuration */
export async function loadOptions(file: string): Promise<WarmerOptions> {
  const module = (await import(pathToFileURL(resolve(file)).href)) as { default?: WarmerOptions };
  if (module.default === undefined) throw new Error(`${file} must export the configuration as its default`);
  return module.default;
}

/** @throws ConfigFault with every fault of the configuration */
export async function loadConfig(file: string): Promise<WarmerConfig> {
  return resolveConfig(await loadOptions(file));
}

/** The deployed warmer, as the CLI reaches it: through the stack's outputs and state, never the provider. */
export interface Deployment {
  /** Of the whole warmer. */
  readonly config: WarmerConfig;
  /** Those that the options mean; one without a name for a warmer without partitions. */
  readonly partitions: readonly OperatedPartition[];
  /** Those of the whole warmer. */
  readonly all: readonly OperatedPartition[];
  /** Any of them: for what is the same in all. */
  readonly first: OperatedPartition;
  /** Whether what is told needs their names: not if there are none, nor if one was named. */
  readonly isSectioned: boolean;
}

/** @throws UsageFault for a partition that is not configured */
export async function openDeployment(options: GlobalOptions): Promise<Deployment> {
  const config = await loadConfig(options.config);
  const { partition } = options;
  const isMeant = (one: { readonly partition?: string }) =>
    partition === undefined || one.partition === partition;
  const configs = configsOf(config);
  if (!configs.some(isMeant)) {
    const names = config.partitions?.map(({ name }) => name).join(", ");
    const rule = names === undefined ? "cannot be given: this warmer has none" : `must be one of ${names}`;
    throw new UsageFault(`--partition ${rule}, got ${shown(partition)}`);
  }
  const opened = await openAll(config, options.local === true);
  return {
    config,
    partitions: opened.filter((one) => isMeant(one.config)),
    all: opened,
    first: opened[0],
    isSectioned: config.partitions !== undefined && partition === undefined,
  };
}

async function openAll(config: WarmerConfig, isLocal: boolean) {
  const stack = warmerStackName(config.service, config.environment);
  // Here and not above: `warmer check` and `--help` speak to nobody, and the SDK would double their start.
  const { openAsOperator } = await import("../lib/aws/operator.ts");
  if (!isLocal) return openAsOperator(config, stack, {}, systemClock);
  const { clock, ...access } = readLocalAccess();
  const now = () => Math.round(clock.startAt + (Date.now() - clock.startAt) * clock.speed);
  return openAsOperator(config, stack, access, { ...systemClock, now });
}

function readLocalAccess(): LocalAccess {
  try {
    return JSON.parse(readFileSync(LOCAL_FILE, "utf8")) as LocalAccess;
  } catch {
    throw new Error(`${LOCAL_FILE} cannot be read; start \`warmer local\` in another terminal first`);
  }
}
