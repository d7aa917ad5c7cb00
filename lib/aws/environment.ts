import type { WarmerConfig } from "../core/config.ts";

/** What the stack tells a function through its environment. */
export interface FunctionEnvironment {
  readonly config: WarmerConfig;
  readonly tableName: string;
}

/** @throws Error naming the variable that is missing: the function was not deployed by this stack */
export function functionEnvironment(env: Readonly<Record<string, string | undefined>>): FunctionEnvironment {
  return {
    config: JSON.parse(required(env, "WARMER_CONFIG")) as WarmerConfig,
    tableName: required(env, "TABLE_NAME"),
  };
}

/** Topics that the monitor sends notices to. */
export function topicEnvironment(env: Readonly<Record<string, string | undefined>>): {
  readonly alarms: string;
  readonly limit?: string;
} {
  const limit = env["LIMIT_TOPIC_ARN"];
  return { alarms: required(env, "TOPIC_ARN"), ...(limit !== undefined && { limit }) };
}

function required(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = env[name];
  if (value === undefined || value === "") {
    throw new Error(`the environment variable ${name} must be set; deploy the function with its stack`);
  }
  return value;
}
