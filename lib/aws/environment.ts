import type { WarmerConfig } from "../core/config.ts";
import type { GateSettings } from "../core/gate-event.ts";

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

/** What the gate function needs beside its table: whom to wake, and what the stack says of CodeDeploy's gates. */
export function gateEnvironment(env: Readonly<Record<string, string | undefined>>): {
  readonly warmFunctionName: string;
  readonly codeDeploy: GateSettings;
} {
  return {
    warmFunctionName: required(env, "WARM_FUNCTION_NAME"),
    codeDeploy: JSON.parse(env["CODEDEPLOY_GATE"] ?? "{}") as GateSettings,
  };
}

function required(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = env[name];
  if (value === undefined || value === "") {
    throw new Error(`the environment variable ${name} must be set; deploy the function with its stack`);
  }
  return value;
}
