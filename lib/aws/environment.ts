import type { WarmerConfig } from "../core/config.ts";
import type { Level } from "../core/fill-cost/spike.ts";
import { configOf } from "../core/partitions.ts";
import type { GateSettings } from "../core/release/gate-event.ts";

/** What the stack tells a function through its environment. */
export interface FunctionEnvironment {
  /** Of the partition, for a function that belongs to one. */
  readonly config: WarmerConfig;
  /** All partitions of the warmer, for a function that belongs to one of them. */
  readonly partitions?: readonly string[];
  readonly tableName: string;
}

/** @throws Error naming the variable that is missing or odd: the function was not deployed by this stack */
export function functionEnvironment(env: Readonly<Record<string, string | undefined>>): FunctionEnvironment {
  const whole = JSON.parse(required(env, "WARMER_CONFIG")) as WarmerConfig;
  const partition = env["PARTITION"];
  return {
    config: partition === undefined ? whole : configOf(whole, partition),
    ...(partition !== undefined && { partitions: (whole.partitions ?? []).map(({ name }) => name) }),
    tableName: required(env, "TABLE_NAME"),
  };
}

/** Topics that the monitor sends notices to: `limit` hears of met limits too, a level's topic of spikes at that level. */
export interface Topics extends Partial<Record<Level, string>> {
  readonly alarms: string;
  readonly limit?: string;
}

export function topicEnvironment(env: Readonly<Record<string, string | undefined>>): Topics {
  const optional = (field: keyof Topics, name: string) => {
    const arn = env[name];
    return arn === undefined ? {} : { [field]: arn };
  };
  return {
    alarms: required(env, "TOPIC_ARN"),
    ...optional("limit", "LIMIT_TOPIC_ARN"),
    ...optional("info", "INFO_TOPIC_ARN"),
    ...optional("warning", "WARNING_TOPIC_ARN"),
    ...optional("critical", "CRITICAL_TOPIC_ARN"),
  };
}

/** Digest of the functions' code: another one is another deployment. */
export function codeEnvironment(env: Readonly<Record<string, string | undefined>>): string {
  return required(env, "CODE_DIGEST");
}

/** What the gate function needs beside its table: whom to wake, and what the stack says of CodeDeploy's gates. */
export function gateEnvironment(env: Readonly<Record<string, string | undefined>>): {
  /** As `warmFunctionsText` writes it. */
  readonly warmFunctions: string;
  readonly codeDeploy: GateSettings;
} {
  return {
    warmFunctions: required(env, "WARM_FUNCTION_NAME"),
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
