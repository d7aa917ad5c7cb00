import type { Construct } from "constructs";
import type { WarmerConfig } from "../core/config.ts";

/**
 * Room for `WARMER_CONFIG`. Lambda takes 4 KB for all variables of a function together ("Lambda quotas", read
 * 2026-11-21); the rest is for the names, the table's name and what an extension may add.
 */
const MAX_CONFIG_BYTES = 3_500;

/**
 * The configuration as the functions get it. They never read a file: what was checked at synth is what runs.
 *
 * @throws if it does not fit; the deployment would fail only after its first resources exist
 */
export function environmentConfig(scope: Construct, config: WarmerConfig): string {
  const json = JSON.stringify(config);
  const bytes = Buffer.byteLength(json);
  if (bytes > MAX_CONFIG_BYTES) {
    throw new Error(
      `${scope.node.path}: the configuration must fit into ${MAX_CONFIG_BYTES} bytes of a function's environment, got ${bytes}; ` +
        "name fewer colors, or subscribe the notify addresses to a topic of your own (alarmTopic)",
    );
  }
  return json;
}
