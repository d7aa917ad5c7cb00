import { type CloudWatchClient, paginateDescribeAlarms } from "@aws-sdk/client-cloudwatch";
import { ListTablesCommand, type ListTablesCommandOutput } from "@aws-sdk/client-dynamodb";
import { GetTopicAttributesCommand, type SNSClient } from "@aws-sdk/client-sns";
import type { Inspection, RemoteFunction, SelfCheck } from "../app/ports.ts";
import type { WarmerConfig } from "../core/config.ts";
import type { DeployedAlarm } from "../core/findings.ts";
import { DOCTOR_SOURCE } from "../core/trigger.ts";
import type { StackOutputs } from "./stack-outputs.ts";
import type { Table } from "./table.ts";

export interface InspectionClients {
  readonly cloudwatch: CloudWatchClient;
  readonly sns: SNSClient;
  readonly warm: RemoteFunction;
  readonly table: Table;
}

/** Reads the deployed stack's own settings back from AWS. */
export class AwsInspection implements Inspection {
  readonly #clients: InspectionClients;
  readonly #outputs: StackOutputs;
  readonly #config: Pick<WarmerConfig, "service" | "environment">;
  readonly #stack: string;

  constructor(
    clients: InspectionClients,
    outputs: StackOutputs,
    config: Pick<WarmerConfig, "service" | "environment">,
    stack: string,
  ) {
    this.#clients = clients;
    this.#outputs = outputs;
    this.#config = config;
    this.#stack = stack;
  }

  async selfCheck(): Promise<SelfCheck> {
    return (await this.#clients.warm.invoke({ source: DOCTOR_SOURCE })) as SelfCheck;
  }

  async alarms(): Promise<DeployedAlarm[]> {
    const { service, environment } = this.#config;
    const prefix = { AlarmNamePrefix: `${service}-${environment}-` };
    const alarms: DeployedAlarm[] = [];
    for await (const page of paginateDescribeAlarms({ client: this.#clients.cloudwatch }, prefix)) {
      for (const {
        AlarmName: name = "",
        ActionsEnabled: enabled,
        AlarmActions: actions,
      } of page.MetricAlarms ?? []) {
        alarms.push({ name, actionsEnabled: enabled !== false, alarmActions: actions ?? [] });
      }
    }
    return alarms;
  }

  async topicPolicy(): Promise<unknown> {
    const { Attributes: attributes } = await this.#clients.sns.send(
      new GetTopicAttributesCommand({ TopicArn: this.#outputs.topicArn }),
    );
    const policy = attributes?.["Policy"];
    return policy === undefined ? undefined : JSON.parse(policy);
  }

  topicArn(): string {
    return this.#outputs.topicArn;
  }

  tableName(): string {
    return this.#outputs.tableName;
  }

  /** CloudFormation begins a generated name with the stack's. */
  async orphanedTables(): Promise<string[]> {
    const names: string[] = [];
    let from: string | undefined;
    do {
      const page: ListTablesCommandOutput = await this.#clients.table.client.send(
        new ListTablesCommand({ ExclusiveStartTableName: from }),
      );
      names.push(...(page.TableNames ?? []));
      from = page.LastEvaluatedTableName;
    } while (from !== undefined);
    return names.filter((name) => name.startsWith(`${this.#stack}-`) && name !== this.#outputs.tableName);
  }
}
