import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Clock } from "../app/ports.ts";
import type { WarmerConfig } from "../core/config.ts";
import { configsOf } from "../core/partitions.ts";
import { warmFunctionName } from "../core/stack-outputs.ts";
import { DynamoControl } from "./dynamo-control.ts";
import { DynamoHistory } from "./dynamo-history.ts";
import { DynamoIncidents } from "./dynamo-incidents.ts";
import { DynamoKnownEvents } from "./dynamo-known-events.ts";
import { DynamoManifests } from "./dynamo-manifests.ts";
import { DynamoPrefixes } from "./dynamo-prefixes.ts";
import { DynamoUsage } from "./dynamo-usage.ts";
import { AwsInspection } from "./inspection.ts";
import { LambdaFunction } from "./remote-function.ts";
import { SnsSubscriptions } from "./sns-subscriptions.ts";
import { SsmLiveColor } from "./ssm-live-color.ts";
import { SsmLiveColorSwitch } from "./ssm-live-color-switch.ts";
import { SsmTtlAdvice } from "./ssm-ttl-advice.ts";
import { readStackOutputs, type StackOutputs } from "./stack-outputs.ts";
import { openTable, type Table } from "./table.ts";

/** Which AWS to speak to; empty for the usual environment and credentials. */
export interface AwsAccess {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** The clients that all partitions of a deployment are reached with. */
interface Connection {
  readonly outputs: StackOutputs;
  readonly stack: string;
  readonly access: AwsAccess;
  readonly clock: Clock;
  readonly table: Table;
}

/** A partition of a deployed warmer as an operator reaches it; the only one of a warmer without partitions. */
export interface OperatedPartition {
  /** Of this partition. */
  readonly config: WarmerConfig;
  readonly ports: OperatorPorts;
}

/**
 * A deployed warmer as an operator reaches it: through the stack's outputs, the state and the functions,
 * never through the provider and never with its key.
 *
 * @returns its partitions in their order, at least one
 * @throws Error if the stack does not exist, lacks an output, or was deployed with other partitions
 */
export async function openAsOperator(
  config: WarmerConfig,
  stack: string,
  access: AwsAccess,
  clock: Clock,
): Promise<readonly [OperatedPartition, ...OperatedPartition[]]> {
  const outputs = await readStackOutputs(new CloudFormationClient(access), stack);
  const connection = { outputs, stack, access, clock, table: openTable(outputs.tableName, access) };
  const open = (part: WarmerConfig) => ({ config: part, ports: portsOf(part, connection) });
  const [first = config, ...others] = configsOf(config);
  return [open(first), ...others.map(open)];
}

function portsOf(config: WarmerConfig, { outputs, stack, access, clock, table: whole }: Connection) {
  const ssm = new SSMClient(access);
  const table = { ...whole, partition: config.partition };
  const sns = new SNSClient(access);
  const lambda = new LambdaClient(access);
  const warm = new LambdaFunction(
    lambda,
    warmFunctionName(outputs.warmFunctionName, config.partition),
    "warm",
  );
  const reader = new SsmLiveColor(ssm, config.liveColorParameter);
  const writer = new SsmLiveColorSwitch(ssm, config.liveColorParameter);
  return {
    clock,
    control: new DynamoControl(table),
    /** Without a name, that of the warmer without partitions. */
    controlOf: (partition?: string) => new DynamoControl({ ...whole, partition }),
    prefixes: new DynamoPrefixes(table),
    manifests: new DynamoManifests(table),
    liveColor: {
      read: () => reader.read(),
      since: (value: string) => reader.since(value),
      create: (color: string) => writer.create(color),
      write: (color: string) => writer.write(color),
    },
    advice: new SsmTtlAdvice(ssm, config.ttlAdviceParameter),
    incidents: new DynamoIncidents(table),
    events: new DynamoKnownEvents(table),
    history: new DynamoHistory(table),
    subscriptions: new SnsSubscriptions(sns, outputs.topicArn),
    warm,
    gate: new LambdaFunction(lambda, outputs.gateFunctionName, "gate"),
    usage: new DynamoUsage(table),
    inspection: new AwsInspection(
      { cloudwatch: new CloudWatchClient(access), sns, warm, table },
      outputs,
      config,
      stack,
    ),
    identity: { whoAmI: () => callerArn(new STSClient(access)) },
  };
}

/** Who acts, for the record. */
async function callerArn(sts: STSClient): Promise<string> {
  const { Arn: arn } = await sts.send(new GetCallerIdentityCommand({}));
  return arn ?? "unknown";
}

export type OperatorPorts = ReturnType<typeof portsOf>;
