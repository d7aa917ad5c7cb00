import { CloudFormationClient, ListStacksCommand } from "@aws-sdk/client-cloudformation";
import { CloudWatchClient, PutMetricDataCommand, type PutMetricDataInput } from "@aws-sdk/client-cloudwatch";
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { ListTopicsCommand, SNSClient } from "@aws-sdk/client-sns";
import { GetParameterCommand, GetParametersByPathCommand, SSMClient } from "@aws-sdk/client-ssm";
import { describe, expect, it } from "vitest";
import { type Call, callLog, credentialsOf } from "../../lib/local/aws/calls.ts";
import { handler } from "../../lib/local/aws/handler.ts";
import { anEndpoint, type ClientConfig as Config, nameOf } from "./an-endpoint.ts";

const NOW = Date.UTC(2026, 10, 21, 3, 44);
const services = {
  ssm: {
    GetParameter: handler<{ Name?: string }, object>(["Name"], ({ Name }, call) => {
      if (Name === "/defect") throw new TypeError("a mistake of this engine");
      return { Parameter: { Name, LastModifiedDate: new Date(call.at) } };
    }),
  },
  cloudwatch: { PutMetricData: handler<PutMetricDataInput, object>(["Namespace", "MetricData"], () => ({})) },
};
const start = async () => {
  const endpoint = await anEndpoint(services, () => NOW);
  return { ...endpoint, fn: endpoint.as(credentialsOf("WarmFunction")) };
};

describe("the endpoint", () => {
  it("records who called what, for which resource and when", async () => {
    const { calls, fn, operator } = await start();
    await new SSMClient(fn).send(new GetParameterCommand({ Name: "/x/live-color" }));
    await new CloudWatchClient(operator).send(new PutMetricDataCommand({ Namespace: "N", MetricData: [] }));
    expect(calls).toEqual<Call[]>([
      {
        at: NOW,
        caller: "WarmFunction",
        byFunction: true,
        service: "ssm",
        operation: "GetParameter",
        resource: "/x/live-color",
      },
      {
        at: NOW,
        caller: "operator",
        byFunction: false,
        service: "cloudwatch",
        operation: "PutMetricData",
        resource: "N",
      },
    ]);
  });

  it("takes the instant of a request from its own header", async () => {
    const { calls, fn } = await start();
    const client = new SSMClient(fn);
    client.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { headers: Record<string, string> };
        request.headers["x-virtual-time"] = String(NOW + 1234);
        return next(args);
      },
      { step: "build" },
    );
    const { Parameter } = await client.send(new GetParameterCommand({ Name: "/x" }));
    expect(Parameter?.LastModifiedDate).toEqual(new Date(NOW + 1234));
    expect(calls[0]?.at).toBe(NOW + 1234);
  });

  it("keeps items in dynalite behind the same URL and records the table", async () => {
    const { calls, fn } = await start();
    const client = new DynamoDBClient(fn);
    const key = { AttributeName: "pk", AttributeType: "S" as const };
    await client.send(
      new CreateTableCommand({
        TableName: "state",
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [key],
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      }),
    );
    const Item = { pk: { S: "control" }, spent: { N: "12" } };
    await client.send(new PutItemCommand({ TableName: "state", Item }));
    const found = await client.send(
      new GetItemCommand({ TableName: "state", Key: { pk: { S: "control" } } }),
    );
    expect(found.Item).toEqual(Item);
    expect(calls.map(({ operation, resource }) => [operation, resource])).toEqual([
      ["CreateTable", "state"],
      ["PutItem", "state"],
      ["GetItem", "state"],
    ]);
  });

  it.each([
    [
      "ssm",
      (c: Config) => new SSMClient(c).send(new GetParametersByPathCommand({ Path: "/" })),
      "ssm:GetParametersByPath",
    ],
    [
      "ssm",
      (c: Config) => new SSMClient(c).send(new GetParameterCommand({ Name: "/", WithDecryption: true })),
      "ssm:GetParameter with WithDecryption",
    ],
    ["sns", (c: Config) => new SNSClient(c).send(new ListTopicsCommand({})), "sns:ListTopics"],
    [
      "cloudformation",
      (c: Config) => new CloudFormationClient(c).send(new ListStacksCommand({})),
      "cloudformation:ListStacks",
    ],
    [
      "dynamodb",
      (c: Config) => new DynamoDBClient(c).send(new TransactWriteItemsCommand({ TransactItems: [] })),
      "dynamodb:TransactWriteItems",
    ],
  ] as const)("refuses an operation of %s that it does not model, by name", async (_service, send, named) => {
    const { defects, operator, fn } = await start();
    await expect(send(operator)).rejects.toThrow(named);
    expect(defects).toEqual([]);
    await expect(send(fn)).rejects.toThrow(named);
    expect(defects.map(({ message }) => message)).toEqual([expect.stringContaining(named)]);
  });

  it("refuses a service that it does not have, by name", async () => {
    const { url } = await start();
    const authorization =
      "AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/kinesis/aws4_request, SignedHeaders=a";
    const headers = { authorization, "x-amz-target": "Kinesis_20131202.PutRecord" };
    const reply = await fetch(url, { method: "POST", headers, body: "{}" });
    expect(reply.status).toBe(501);
    expect(await reply.text()).toContain("kinesis:Kinesis_20131202.PutRecord");
  });

  it("reports a defect of its own beside answering it", async () => {
    const { defects, operator } = await start();
    expect(await nameOf(new SSMClient(operator).send(new GetParameterCommand({ Name: "/defect" })))).toBe(
      "InternalServerError",
    );
    expect(defects).toEqual([expect.objectContaining({ message: "a mistake of this engine" })]);
  });

  it.each([
    ["throttled", "ThrottlingException"],
    ["denied", "AccessDeniedException"],
    ["unavailable", "ServiceUnavailable"],
  ] as const)("answers a call that is %s with %s until the fault ends", async (kind, code) => {
    const { faults, operator } = await start();
    const get = () => nameOf(new SSMClient(operator).send(new GetParameterCommand({ Name: "/x" })));
    expect(await get()).toBe("answered");
    const end = faults.inject({ kind, service: "ssm", operation: "GetParameter", resource: "/x" });
    expect(await get()).toBe(code);
    end();
    expect(await get()).toBe("answered");
  });

  it("fails only the calls that a fault names", async () => {
    const { faults, operator, fn } = await start();
    const list = (c: Config) => nameOf(new DynamoDBClient(c).send(new ListTablesCommand({})));
    const get = (name: string) => nameOf(new SSMClient(fn).send(new GetParameterCommand({ Name: name })));
    faults.inject({ kind: "denied", service: "ssm", resource: "/x" });
    faults.inject({ kind: "unavailable", service: "dynamodb", caller: "WarmFunction" });
    expect(await get("/y")).toBe("answered");
    expect(await get("/x")).toBe("AccessDeniedException");
    expect(await list(operator)).toBe("answered");
    expect(await list(fn)).toBe("ServiceUnavailable");
  });

  it("forgets the oldest calls beyond its bound", () => {
    const log = callLog(2);
    const call = { caller: "c", byFunction: false, service: "s", operation: "o" };
    for (const at of [1, 2, 3]) log.record({ ...call, at });
    expect(log.calls.map(({ at }) => at)).toEqual([2, 3]);
  });
});
