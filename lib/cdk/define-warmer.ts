import { resolveConfig, type WarmerOptions } from "../core/config.ts";

/**
 * Types and checks the configuration in `warmer.config.ts`, and returns it unchanged.
 *
 * @throws ConfigFault with every fault at once: shape, names, and limits that cannot hold what is expected
 */
export function defineWarmer(options: WarmerOptions): WarmerOptions {
  resolveConfig(options);
  return options;
}
