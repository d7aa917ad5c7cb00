import type { ITable } from "aws-cdk-lib/aws-dynamodb";
import { Effect, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Stack, Validations } from "aws-cdk-lib/core";
import type { FunctionName } from "../core/alarms.ts";
import { NAMESPACE } from "../core/metrics.ts";
import type { WarmerFunctions } from "./functions.ts";
import { grantAll, invoke, type Permission, readHistory, readParameter } from "./permission.ts";
import { stateAccess } from "./state-access.ts";

/** What no function of the warmer may do, whatever somebody attaches to its role later. */
const NEVER = [
  "ssm:DeleteParameter",
  "ssm:DeleteParameters",
  "cloudwatch:SetAlarmState",
  "cloudwatch:PutAlarmMuteRule",
  "cloudwatch:DisableAlarmActions",
  "iam:*",
];

const SEND_METRICS: Permission = {
  actions: ["cloudwatch:PutMetricData"],
  resourceArns: ["*"],
  conditions: { StringEquals: { "cloudwatch:namespace": NAMESPACE } },
};

export interface PermissionContext {
  readonly table: ITable;
  readonly liveColorArn: string;
  /** Of each partition. */
  readonly ttlAdviceArns: readonly string[];
  /** The provider keys' parameters, in the order of the warm functions. */
  readonly apiKeyArns: readonly string[];
  readonly apiKeyEncryptionKey?: IKey | undefined;
  /** What the monitor sends notices to. */
  readonly topics: readonly ITopic[];
}

/**
 * Gives each function what its code uses, and no more. `pause` can neither read the key nor send a metric; the warm
 * function of a partition knows neither the state nor the key of another.
 */
export function permit(functions: WarmerFunctions, context: PermissionContext): void {
  const { table, liveColorArn, ttlAdviceArns, apiKeyArns, apiKeyEncryptionKey } = context;
  const { warms, monitor, pause, gate } = functions;
  const all = warms.map(({ partition }) => partition);
  for (const warm of warms) permitState(warm.function, "warm", table, [warm.partition]);
  permitState(monitor, "monitor", table, all);
  permitState(pause, "pause", table, all);
  permitState(gate, "gate", table, all);
  for (const fn of [...warms.map((warm) => warm.function), pause, gate]) {
    forbid(fn, ["ssm:PutParameter"], { resources: ["*"] });
  }
  // Whoever publishes the advice can write that, and neither the live color nor the key.
  forbid(monitor, ["ssm:PutParameter"], { notResources: [...ttlAdviceArns] });
  for (const fn of [...warms.map((warm) => warm.function), monitor]) {
    grantAll(fn, [readParameter(liveColorArn), SEND_METRICS]);
    Validations.of(fn.role ?? fn).acknowledge({
      id: "AwsSolutions-IAM5[Resource::*]",
      reason: "PutMetricData has no resources to name; a condition limits it to the warmer's own namespace",
    });
  }
  for (const topic of context.topics) {
    grantAll(monitor, [{ actions: ["sns:Publish"], resourceArns: [topic.topicArn] }]);
  }
  grantAll(monitor, [
    ...ttlAdviceArns.map(readParameter),
    { actions: ["ssm:PutParameter"], resourceArns: [...ttlAdviceArns] },
  ]);
  for (const [i, { function: warm }] of warms.entries()) {
    const keyArn = apiKeyArns[i] ?? "";
    grantAll(warm, [readHistory(liveColorArn), readParameter(keyArn)]);
    if (apiKeyEncryptionKey !== undefined) grantAll(warm, [decryptApiKey(warm, apiKeyEncryptionKey, keyArn)]);
  }
  grantAll(gate, [
    readParameter(liveColorArn),
    ...warms.map(({ function: { functionArn } }) => invoke(functionArn)),
  ]);
}

function permitState(
  fn: IFunction,
  role: FunctionName,
  table: ITable,
  partitions: readonly (string | undefined)[],
): void {
  grantAll(fn, stateAccess(role, table, partitions));
  table.encryptionKey?.grantEncryptDecrypt(fn);
  forbid(fn, NEVER, { resources: ["*"] });
}

function forbid(
  fn: IFunction,
  actions: string[],
  what: { readonly resources: string[] } | { readonly notResources: string[] },
): void {
  fn.addToRolePolicy(new PolicyStatement({ effect: Effect.DENY, actions, ...what }));
}

/** The key's own parameter and nothing else: Parameter Store names it in the encryption context. */
function decryptApiKey(fn: IFunction, key: IKey, apiKeyArn: string): Permission {
  return {
    actions: ["kms:Decrypt"],
    resourceArns: [key.keyArn],
    conditions: {
      StringEquals: {
        "kms:ViaService": `ssm.${Stack.of(fn).region}.amazonaws.com`,
        "kms:EncryptionContext:PARAMETER_ARN": apiKeyArn,
      },
    },
  };
}
