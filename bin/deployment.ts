import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { AwsAccess } from "../lib/aws/operator.ts";
import { systemClock } from "../lib/aws/system-clock.ts";
import { resolveConfig, type WarmerConfig, type WarmerOptions } from "../lib/core/config.ts";
import { warmerStackName } from "../lib/core/stack-outputs.ts";

/** Options that every command understands. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly local?: boolean;
  readonly config: string;
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
export async function openDeployment(options: GlobalOptions) {
  const config = await loadConfig(options.config);
  // Here and not above: `warmer check` and `--help` speak to nobody, and the SDK would double their start.
  const { openAsOperator } = await import("../lib/aws/operator.ts");
  if (options.local !== true) {
    return {
      config,
      ports: await openAsOperator(
        config,
        warmerStackName(config.service, config.environment),
        {},
        systemClock,
      ),
    };
  }
  const { clock, ...access } = readLocalAccess();
  const now = () => Math.round(clock.startAt + (Date.now() - clock.startAt) * clock.speed);
  return {
    config,
    ports: await openAsOperator(config, warmerStackName(config.service, config.environment), access, {
      ...systemClock,
      now,
    }),
  };
}

function readLocalAccess(): LocalAccess {
  try {
    return JSON.parse(readFileSync(LOCAL_FILE, "utf8")) as LocalAccess;
  } catch {
    throw new Error(`${LOCAL_FILE} cannot be read; start \`warmer local\` in another terminal first`);
  }
}
