import type { ITable } from "aws-cdk-lib/aws-dynamodb";
import { Effect, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Stack, Validations } from "aws-cdk-lib/core";
import { FUNCTIONS, type FunctionName } from "../core/alarms.ts";
import { NAMESPACE } from "../core/metrics.ts";
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
  readonly ttlAdviceArn: string;
  readonly apiKeyArn: string;
  readonly apiKeyEncryptionKey?: IKey | undefined;
  /** What the monitor sends notices to. */
  readonly topics: readonly ITopic[];
}

/** Gives each function what its code uses, and no more. `pause` can neither read the key nor send a metric. */
export function permit(functions: Record<FunctionName, IFunction>, context: PermissionContext): void {
  const { table, liveColorArn, ttlAdviceArn, apiKeyArn, apiKeyEncryptionKey } = context;
  const { warm, monitor, gate } = functions;
  for (const name of FUNCTIONS) {
    grantAll(functions[name], stateAccess(name, table));
    table.encryptionKey?.grantEncryptDecrypt(functions[name]);
    functions[name].addToRolePolicy(
      new PolicyStatement({ effect: Effect.DENY, actions: NEVER, resources: ["*"] }),
    );
    functions[name].addToRolePolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        actions: ["ssm:PutParameter"],
        // Whoever publishes the advice can write that, and neither the live color nor the key.
        ...(name === "monitor" ? { notResources: [ttlAdviceArn] } : { resources: ["*"] }),
      }),
    );
  }
  for (const fn of [warm, monitor]) {
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
    readParameter(ttlAdviceArn),
    { actions: ["ssm:PutParameter"], resourceArns: [ttlAdviceArn] },
  ]);
  grantAll(warm, [readHistory(liveColorArn), readParameter(apiKeyArn)]);
  grantAll(gate, [readParameter(liveColorArn), invoke(warm.functionArn)]);
  if (apiKeyEncryptionKey !== undefined)
    grantAll(warm, [decryptApiKey(warm, apiKeyEncryptionKey, apiKeyArn)]);
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
