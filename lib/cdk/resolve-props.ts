import { ConfigFault, resolveConfig, type WarmerConfig } from "../core/config.ts";
import type { PromptCacheWarmerProps } from "./prompt-cache-warmer-props.ts";

/**
 * Checks the options among the props, and fills in their defaults.
 *
 * @param path of the construct that they were given to
 * @throws an error that names the construct and every fault at once
 */
export function resolveProps(path: string, props: PromptCacheWarmerProps): WarmerConfig {
  const {
    table,
    alarmTopic,
    infoTopic,
    warningTopic,
    criticalTopic,
    apiKeyEncryptionKey,
    logRetention,
    dashboard,
    ...options
  } = props;
  try {
    return resolveConfig(options);
  } catch (error) {
    if (!(error instanceof ConfigFault)) throw error;
    throw new Error(`${path}: ${error.message}`, { cause: error });
  }
}
