/** What a function may not do, tried with its own credentials by code that took it over. */
import { CloudWatchClient, PutMetricDataCommand, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import {
  DeleteParameterCommand,
  GetParameterCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import {
  BatchGetCommand,
  BatchWriteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
} from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTable, type Table } from "../../lib/aws/table.ts";
import { REGION } from "../../lib/local/account.ts";
import { credentialsOf } from "../../lib/local/aws/calls.ts";
import { CONFIG, World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await World.deploy();
  await world.init("blue");
});
afterAll(() => world.stop());

const FUNCTIONS = ["Warm", "Monitor", "Pause", "Gate"] as const;
type Name = (typeof FUNCTIONS)[number];

function find(type: "AWS::Lambda::Function" | "AWS::SNS::Topic" | "AWS::DynamoDB::Table", start: string) {
  const found = world.engine
    .template()
    .ofType(type)
    .find(({ logicalId }) => logicalId.startsWith(start));
  if (found === undefined) throw new Error(`the stack has no ${start}`);
  return found;
}

/** How the function's own tools reach AWS. */
const as = (name: Name) => ({
  endpoint: world.engine.url,
  region: REGION,
  credentials: credentialsOf(find("AWS::Lambda::Function", `Warmer${name}`).logicalId),
  maxAttempts: 1,
});

const ssm = (name: Name) => new SSMClient(as(name));
const cloudwatch = (name: Name) => new CloudWatchClient(as(name));
const table = (name: Name) => openTable(find("AWS::DynamoDB::Table", "Warmer").name, as(name));
const item = { pk: "control", sk: "x" };
const metric = (Namespace: string) =>
  new PutMetricDataCommand({ Namespace, MetricData: [{ MetricName: "HitRate", Value: 1, Unit: "None" }] });

/** The code of the refusal; fails if there was none. */
async function refusalOf(sent: Promise<unknown>): Promise<string> {
  const error = await sent.then(
    () => new Error("it was allowed"),
    (refused: Error) => refused,
  );
  expect(error.message).toMatch(/is not authorized to perform/);
  return error.name;
}

const everybody = FUNCTIONS.map((name) => ({ name }));

describe("a function that was taken over", () => {
  it.each(everybody)("$name cannot flip the live color, nor remove it", async ({ name }) => {
    const put = { Name: CONFIG.liveColorParameter, Value: "green", Overwrite: true };
    expect(await refusalOf(ssm(name).send(new PutParameterCommand(put)))).toBe("AccessDeniedException");
    await refusalOf(ssm(name).send(new DeleteParameterCommand({ Name: CONFIG.liveColorParameter })));
    expect(world.engine.ssm.value(CONFIG.liveColorParameter)).toBe("blue");
    expect(refused()).toEqual(["ssm:PutParameter", "ssm:DeleteParameter"]);
  });

  it.each(everybody)("$name cannot silence an alarm", async ({ name }) => {
    const set = {
      AlarmName: "support-test-HourlySpend",
      StateValue: "OK" as const,
      StateReason: "all is well",
    };
    expect(await refusalOf(cloudwatch(name).send(new SetAlarmStateCommand(set)))).toBe("AccessDenied");
    expect(refused()).toEqual(["cloudwatch:SetAlarmState"]);
  });

  it.each(everybody)("$name cannot read another parameter", async ({ name }) => {
    const names = [
      ...(name === "Warm" ? [] : [CONFIG.apiKeyParameter]),
      "/payments/prod/live-color",
      "/support/test",
    ];
    for (const Name of names)
      await refusalOf(ssm(name).send(new GetParameterCommand({ Name, WithDecryption: true })));
    expect(refused()).toHaveLength(names.length);
  });

  it.each(everybody)("$name cannot send metrics of another namespace", async ({ name }) => {
    await refusalOf(cloudwatch(name).send(metric("AWS/Billing")));
    await refusalOf(cloudwatch(name).send(metric("PromptCacheWarmer2")));
    expect(refused()).toHaveLength(2);
  });

  it.each(["Pause", "Gate"] as const)("%s cannot send metrics at all", async (name) => {
    await refusalOf(cloudwatch(name).send(metric("PromptCacheWarmer")));
    expect(refused()).toHaveLength(1);
  });

  it.each<[Name, string, (table: Table) => Promise<unknown>]>([
    [
      "Pause",
      "read a prompt",
      ({ client, name: TableName }) =>
        client.send(new GetCommand({ TableName, Key: { pk: "body#1", sk: "0000" } })),
    ],
    [
      "Pause",
      "write an incident",
      ({ client, name: TableName }) =>
        client.send(new PutCommand({ TableName, Item: { pk: "incident", sk: "1" } })),
    ],
    [
      "Monitor",
      "write a prefix",
      ({ client, name: TableName }) =>
        client.send(
          new BatchWriteCommand({
            RequestItems: { [TableName]: [{ PutRequest: { Item: { pk: "prefix", sk: "1" } } }] },
          }),
        ),
    ],
    [
      "Warm",
      "publish a release",
      ({ client, name: TableName }) =>
        client.send(new PutCommand({ TableName, Item: { pk: "manifest#blue", sk: "header" } })),
    ],
    [
      "Warm",
      "write the control item in a batch",
      ({ client, name: TableName }) =>
        client.send(
          new BatchWriteCommand({ RequestItems: { [TableName]: [{ PutRequest: { Item: item } }] } }),
        ),
    ],
    [
      "Warm",
      "read beside what it may, in one batch",
      ({ client, name: TableName }) =>
        client.send(
          new BatchGetCommand({
            RequestItems: {
              [TableName]: {
                Keys: [
                  { pk: "body#1", sk: "0000" },
                  { pk: "history", sk: "x" },
                ],
              },
            },
          }),
        ),
    ],
    [
      "Gate",
      "look at prefixes",
      ({ client, name: TableName }) =>
        client.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: "pk = :pk",
            ExpressionAttributeValues: { ":pk": "prefix" },
          }),
        ),
    ],
    ["Monitor", "scan", ({ client, name: TableName }) => client.send(new ScanCommand({ TableName }))],
    [
      "Warm",
      "read another table",
      ({ client }) => client.send(new GetCommand({ TableName: "payments", Key: item })),
    ],
  ])("%s cannot %s", async (name, _what, attempt) => {
    expect(await refusalOf(attempt(table(name)))).toBe("AccessDeniedException");
    expect(refused()).toHaveLength(1);
  });

  it("cannot write to people, nor run another function, unless that is its work", async () => {
    const TopicArn = find("AWS::SNS::Topic", "Warmer").identity.Ref;
    const FunctionName = find("AWS::Lambda::Function", "WarmerPause").name;
    for (const name of ["Warm", "Pause", "Gate"] as const)
      expect(
        await refusalOf(new SNSClient(as(name)).send(new PublishCommand({ TopicArn, Message: "m" }))),
      ).toMatch(/^AuthorizationError/);
    for (const name of FUNCTIONS)
      await refusalOf(new LambdaClient(as(name)).send(new InvokeCommand({ FunctionName })));
    expect(refused()).toHaveLength(7);
  });
});

/** Actions that were refused since the last look. */
function refused(): string[] {
  return world.engine.access.takeDenials().map(({ action }) => action);
}
