import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from "@aws-sdk/client-cloudformation";
import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
import { CodeDeployClient, PutLifecycleEventHookExecutionStatusCommand } from "@aws-sdk/client-codedeploy";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  SNSClient,
} from "@aws-sdk/client-sns";
import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAccess } from "../../lib/local/aws/access.ts";
import { AwsError } from "../../lib/local/aws/aws-error.ts";
import { createCloudFormation } from "../../lib/local/aws/cloudformation.ts";
import { createCloudWatch } from "../../lib/local/aws/cloudwatch.ts";
import { createCodeDeploy } from "../../lib/local/aws/codedeploy.ts";
import { wires } from "../../lib/local/aws/endpoint.ts";
import { createLambda } from "../../lib/local/aws/lambda.ts";
import { createSns } from "../../lib/local/aws/sns.ts";
import { createSqs } from "../../lib/local/aws/sqs.ts";
import { createSsm } from "../../lib/local/aws/ssm.ts";
import { createJournal } from "../../lib/local/journal.ts";

/**
 * The contract with the SDK's exported schemas: for every operation in use, what a real client sends is what
 * `decode` reads, and what `encode` writes is what the client reads. An SDK upgrade that breaks it fails here.
 */
type Exchange = readonly [
  service: keyof typeof wires,
  input: object,
  output: object,
  send: () => Promise<object>,
];

let answer: { service: keyof typeof wires; reply: object | AwsError } | undefined;
let seen: unknown;
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const wireRequest = {
    method: request.method ?? "",
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: Buffer.concat(chunks),
  };
  if (answer === undefined) throw new Error("no answer is set");
  const wire = wires[answer.service];
  const operation = wire.operationOf(wireRequest) ?? "";
  seen = await wire.decode(operation, wireRequest);
  const reply =
    answer.reply instanceof AwsError ? wire.encodeError(answer.reply) : wire.encode(operation, answer.reply);
  response.writeHead(reply.status, reply.headers).end(reply.body);
});
const config = {
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  endpoint: () => Promise.resolve({ protocol: "http:", hostname: "127.0.0.1", port: port(), path: "/" }),
};
const port = () => (server.address() as AddressInfo).port;
const ssm = new SSMClient(config);
const cloudwatch = new CloudWatchClient(config);
const sns = new SNSClient(config);
const lambda = new LambdaClient(config);
const cloudformation = new CloudFormationClient(config);
const codedeploy = new CodeDeployClient(config);

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const at = new Date("2026-11-21T03:44:05.250Z");
const wholeSecond = new Date("2026-11-21T03:44:05Z");
const topic = { TopicArn: "arn:aws:sns:us-east-1:123456789012:ops" };
const put = { Name: "/a/b/live-color", Value: "grün & <blue>", Type: "String" as const, Overwrite: true };
const datum = {
  MetricName: "HitRate",
  Dimensions: [{ Name: "Service", Value: "x" }],
  Timestamp: at,
  Value: 0.91,
};
const alarm = { AlarmName: "spend", StateValue: "ALARM" as const, StateReason: "a drill" };
const history = { AlarmHistoryItems: [{ AlarmName: "spend", Timestamp: at, HistorySummary: "a < b" }] };
const stack = { StackName: "S", StackStatus: "CREATE_COMPLETE" as const, CreationTime: wholeSecond };
const outputs = [{ OutputKey: "Table", OutputValue: "t&1" }];
const resource = {
  LogicalResourceId: "T",
  ResourceType: "AWS::SNS::Topic",
  Timestamp: wholeSecond,
  ResourceStatus: "CREATE_COMPLETE" as const,
};
const invoke = { FunctionName: "warm", InvocationType: "RequestResponse" as const, LogType: "Tail" as const };
const page = { Name: "/a/b", WithDecryption: true, MaxResults: 50, NextToken: "t==" };
const version = { Name: "/a/b", Type: "String" as const, Value: "grün", Version: 3, LastModifiedDate: at };
const hook = {
  deploymentId: "d-1",
  lifecycleEventHookExecutionId: "eyJ+/=",
  status: "Succeeded" as const,
};
const bytes = (text: string) => new Uint8Array(Buffer.from(text));

const exchanges: Record<string, Exchange> = {
  "ssm GetParameter": [
    "ssm",
    { Name: "/a/b", WithDecryption: true },
    { Parameter: { Name: "/a/b", Value: "grün", Version: 3, LastModifiedDate: at } },
    () => ssm.send(new GetParameterCommand({ Name: "/a/b", WithDecryption: true })),
  ],
  "ssm PutParameter": ["ssm", put, { Version: 2 }, () => ssm.send(new PutParameterCommand(put))],
  "ssm GetParameterHistory": [
    "ssm",
    page,
    { Parameters: [{ ...version, LastModifiedUser: "arn:aws:iam::123456789012:user/ü" }], NextToken: "u==" },
    () => ssm.send(new GetParameterHistoryCommand(page)),
  ],
  "ssm DeleteParameter": [
    "ssm",
    { Name: "/a" },
    {},
    () => ssm.send(new DeleteParameterCommand({ Name: "/a" })),
  ],
  "cloudwatch PutMetricData": [
    "cloudwatch",
    { Namespace: "N", MetricData: [datum] },
    {},
    () => cloudwatch.send(new PutMetricDataCommand({ Namespace: "N", MetricData: [datum] })),
  ],
  "cloudwatch DescribeAlarms": [
    "cloudwatch",
    { AlarmNames: ["spend"] },
    { MetricAlarms: [{ AlarmName: "spend", Threshold: 0.5, StateUpdatedTimestamp: at }] },
    () => cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: ["spend"] })),
  ],
  "cloudwatch DescribeAlarmHistory": [
    "cloudwatch",
    { StartDate: at },
    history,
    () => cloudwatch.send(new DescribeAlarmHistoryCommand({ StartDate: at })),
  ],
  "cloudwatch SetAlarmState": [
    "cloudwatch",
    alarm,
    {},
    () => cloudwatch.send(new SetAlarmStateCommand(alarm)),
  ],
  "sns Publish": [
    "sns",
    { ...topic, Subject: "a & b", Message: "1 < 2\n=%" },
    { MessageId: "m" },
    () => sns.send(new PublishCommand({ ...topic, Subject: "a & b", Message: "1 < 2\n=%" })),
  ],
  "sns ListSubscriptionsByTopic": [
    "sns",
    topic,
    { Subscriptions: [{ ...topic, Protocol: "email", Endpoint: "a@example.com" }, { Protocol: "sms" }] },
    () => sns.send(new ListSubscriptionsByTopicCommand(topic)),
  ],
  "sns GetTopicAttributes": [
    "sns",
    topic,
    { Attributes: { Owner: "1", SubscriptionsPending: "0" } },
    () => sns.send(new GetTopicAttributesCommand(topic)),
  ],
  "cloudformation DescribeStacks": [
    "cloudformation",
    { StackName: "S" },
    { Stacks: [{ ...stack, Outputs: outputs }] },
    () => cloudformation.send(new DescribeStacksCommand({ StackName: "S" })),
  ],
  "cloudformation DescribeStackResources": [
    "cloudformation",
    { StackName: "S" },
    { StackResources: [resource] },
    () => cloudformation.send(new DescribeStackResourcesCommand({ StackName: "S" })),
  ],
  "codedeploy PutLifecycleEventHookExecutionStatus": [
    "codedeploy",
    hook,
    { lifecycleEventHookExecutionId: "eyJ+/=" },
    () => codedeploy.send(new PutLifecycleEventHookExecutionStatusCommand(hook)),
  ],
  "lambda Invoke": [
    "lambda",
    { ...invoke, Payload: bytes('{"a":"ü"}') },
    { StatusCode: 200, FunctionError: "Unhandled", Payload: bytes('{"errorType":"E"}') },
    () => lambda.send(new InvokeCommand({ ...invoke, Payload: bytes('{"a":"ü"}') })),
  ],
};

describe("the wire of each operation in use", () => {
  it.each(Object.entries(exchanges))(
    "carries %s there and back",
    async (_name, [service, input, output, send]) => {
      answer = { service, reply: output };
      const received = await send();
      expect(seen).toEqual(expect.objectContaining(input));
      expect(JSON.parse(JSON.stringify(received))).toMatchObject(JSON.parse(JSON.stringify(output)));
    },
  );

  it("is tried here for every operation that has a handler", () => {
    const journal = createJournal();
    const nothing = () => {};
    const alarms = { all: () => [], history: () => [], set: () => false };
    const queue = { schedule: nothing };
    const sqs = createSqs({ journal });
    const lambdaService = createLambda({
      seed: "s",
      journal,
      queue,
      sqs,
      access: createAccess(),
      now: () => 0,
      record: nothing,
      count: nothing,
      environment: () => ({}),
    });
    const handlers = {
      ssm: createSsm({ journal, emit: nothing, now: () => 0, at: nothing }).handlers,
      cloudwatch: createCloudWatch({ alarms, metrics: { put: nothing } }).handlers,
      sns: createSns({ journal, lambda: lambdaService, confirmSubscriptions: true }).handlers,
      cloudformation: createCloudFormation().handlers,
      lambda: lambdaService.handlers,
      codedeploy: createCodeDeploy({ journal }).handlers,
    };
    const served = Object.entries(handlers).flatMap(([service, operations]) =>
      Object.keys(operations).map((operation) => `${service} ${operation}`),
    );
    expect(served.sort()).toEqual(Object.keys(exchanges).sort());
  });

  it("gives dates as Date and bytes as bytes, not as their texts", async () => {
    answer = { service: "ssm", reply: { Parameter: { LastModifiedDate: at } } };
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: "/a" }));
    expect(Parameter?.LastModifiedDate).toEqual(at);
    answer = { service: "lambda", reply: { StatusCode: 200, Payload: bytes("{}") } };
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: "f" }));
    expect(Payload?.transformToString()).toBe("{}");
  });

  it("keeps an empty list a list", async () => {
    answer = { service: "sns", reply: { Subscriptions: [] } };
    expect((await sns.send(new ListSubscriptionsByTopicCommand(topic))).Subscriptions).toEqual([]);
  });

  it("carries NaN as a number, so that it can be refused", async () => {
    answer = { service: "cloudwatch", reply: {} };
    const notANumber = { MetricName: "x", Value: Number.NaN };
    await cloudwatch.send(new PutMetricDataCommand({ Namespace: "N", MetricData: [notANumber] }));
    expect(seen).toMatchObject({ MetricData: [{ Value: Number.NaN }] });
  });

  it.each([
    ["ssm", "ParameterNotFound", () => ssm.send(new GetParameterCommand({ Name: "/a" }))],
    ["cloudwatch", "InvalidParameterValueException", () => cloudwatch.send(new SetAlarmStateCommand(alarm))],
    ["cloudwatch", "ResourceNotFound", () => cloudwatch.send(new SetAlarmStateCommand(alarm))],
    ["sns", "NotFoundException", () => sns.send(new GetTopicAttributesCommand(topic))],
    [
      "codedeploy",
      "DeploymentDoesNotExistException",
      () => codedeploy.send(new PutLifecycleEventHookExecutionStatusCommand(hook)),
    ],
    ["lambda", "ResourceNotFoundException", () => lambda.send(new InvokeCommand({ FunctionName: "f" }))],
  ] as const)("turns an error of %s into the modelled exception %s", async (service, code, send) => {
    answer = { service, reply: new AwsError(code, "said why", 404) };
    const error = await send().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ name: code, message: "said why", $metadata: { httpStatusCode: 404 } });
    expect(error?.constructor.name).toBe(code);
  });
});
