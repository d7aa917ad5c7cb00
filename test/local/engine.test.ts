import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from "@aws-sdk/client-cloudformation";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { ListSubscriptionsByTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Engine, type EngineOptions, startEngine } from "../../lib/local/engine.ts";
import type { InvocationEvent, JournalEvent } from "../../lib/local/journal.ts";
import {
  type AssemblyDirectory,
  anAssembly,
  arnOf,
  fn,
  measuring,
  permission,
  ref,
  rule,
} from "./a-stack.ts";

const START = Date.UTC(2026, 10, 21, 4, 0);
const MINUTE = 60_000;
const operator = { accessKeyId: "operator", secretAccessKey: "x" };

let assembly: AssemblyDirectory;
beforeAll(async () => {
  assembly = await anAssembly();
});
afterAll(() => assembly.remove());

async function anEngine(
  resources: object,
  more: Partial<EngineOptions> = {},
  outputs?: object,
): Promise<Engine> {
  assembly.write(resources, outputs);
  const options = {
    assembly: assembly.path,
    stack: "S",
    startAt: START,
    seed: "s",
    providerUrl: "http://127.0.0.1:1",
  };
  const engine = await startEngine({ ...options, ...more });
  onTestFinished(() => engine.stop());
  return engine;
}

const clientOf = (engine: Engine) => ({
  region: "us-east-1",
  endpoint: engine.url,
  credentials: operator,
  maxAttempts: 1,
});
const put = (engine: Engine, Name: string, Value: string) =>
  engine.ssm.put({ Name, Value, Type: "String", Overwrite: true }, { at: engine.now(), caller: "operator" });

type Invoked = JournalEvent & InvocationEvent;
const invoked = (engine: Engine, logicalId?: string) =>
  engine.journal.events.filter(
    (event): event is Invoked =>
      event.kind === "invoked" && (logicalId === undefined || event.function === logicalId),
  );
const lost = (engine: Engine) =>
  engine.journal.events.flatMap((event) =>
    event.kind === "lost" ? [`${event.what}: ${event.because}`] : [],
  );
const eventIn = ({ result }: Invoked) => (result as { event: Record<string, unknown> }).event;
const rulesOf = (target: string) => ({
  Tick: rule(target, { ScheduleExpression: "rate(1 minute)" }),
  TickPermission: permission(target, "events.amazonaws.com", arnOf("Tick")),
});

describe("a schedule", () => {
  it("ticks once in every minute after the one of the deploy, at a second that its seed decides", async () => {
    const ticks = async (seed: string) => {
      const engine = await anEngine({ Warm: fn(), ...rulesOf("Warm") }, { seed, startAt: START + 20_000 });
      await engine.runUntil(START + 6 * MINUTE);
      return invoked(engine).map(({ at }) => at - START);
    };
    const [one, again, other] = [await ticks("a"), await ticks("a"), await ticks("b")];
    expect(one.map((at) => Math.floor(at / MINUTE))).toEqual([1, 2, 3, 4, 5]);
    expect(one.every((at) => at % 1000 === 0)).toBe(true);
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it("of several minutes ticks in every so many", async () => {
    const resources = {
      Warm: fn(),
      Tick: rule("Warm", { ScheduleExpression: "rate(3 minutes)" }),
      P: permission("Warm", "events.amazonaws.com", arnOf("Tick")),
    };
    const engine = await anEngine(resources);
    await engine.runUntil(START + 9 * MINUTE);
    expect(invoked(engine).map(({ at }) => Math.floor((at - START) / MINUTE))).toEqual([1, 4, 7]);
  });

  it.each(["rate(1 minutes)", "rate(5 minute)", "rate(0 minutes)", "rate(1 hour)", "cron(0 * * * ? *)"])(
    "refuses %s",
    async (ScheduleExpression) => {
      const start = anEngine({ Warm: fn(), Tick: rule("Warm", { ScheduleExpression }) });
      await expect(start).rejects.toThrow(/Tick\.ScheduleExpression/);
    },
  );

  it("gives the scheduled event as EventBridge does, or the constant input of the target", async () => {
    const engine = await anEngine({
      Warm: fn(),
      ...rulesOf("Warm"),
      Fixed: rule("Warm", { ScheduleExpression: "rate(1 minute)" }, { Input: '{"constant":true}' }),
      FixedPermission: permission("Warm", "events.amazonaws.com", arnOf("Fixed")),
    });
    await engine.runUntil(START + 2 * MINUTE);
    const payloads = Object.fromEntries(invoked(engine).map((each) => [each.trigger, eventIn(each)]));
    expect(payloads["rule Fixed"]).toEqual({ constant: true });
    expect(payloads["rule Tick"]).toMatchObject({
      version: "0",
      "detail-type": "Scheduled Event",
      source: "aws.events",
      account: "123456789012",
      time: expect.stringMatching(/^2026-11-21T04:01:\d\dZ$/),
      region: "us-east-1",
      resources: [expect.stringMatching(/^arn:aws:events:us-east-1:123456789012:rule\/S-Tick-/)],
      detail: {},
    });
  });

  it("stops while its rule is disabled", async () => {
    const engine = await anEngine({ Warm: fn(), ...rulesOf("Warm") });
    engine.at(START + 2 * MINUTE, () => engine.events.setEnabled("Tick", false));
    engine.at(START + 4 * MINUTE, () => engine.events.setEnabled("Tick", true));
    await engine.runUntil(START + 6 * MINUTE);
    expect(invoked(engine).map(({ at }) => Math.floor((at - START) / MINUTE))).toEqual([1, 4, 5]);
  });

  it("without permission is lost and recorded, and kept in the rule's queue if that lets EventBridge in", async () => {
    const queued = (policy: object) =>
      anEngine({
        Warm: fn(),
        Failed: { Type: "AWS::SQS::Queue" },
        ...policy,
        Tick: rule(
          "Warm",
          { ScheduleExpression: "rate(1 minute)" },
          { DeadLetterConfig: { Arn: arnOf("Failed") } },
        ),
      });
    const Statement = [
      {
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: arnOf("Failed"),
        Condition: { ArnEquals: { "aws:SourceArn": arnOf("Tick") } },
      },
    ];
    const Policy = {
      Type: "AWS::SQS::QueuePolicy",
      Properties: { Queues: [ref("Failed")], PolicyDocument: { Statement } },
    };
    const open = await queued({ Policy });
    await open.runUntil(START + 2 * MINUTE);
    expect(lost(open)).toEqual([expect.stringMatching(/rule Tick: the function does not allow events/)]);
    expect(open.sqs.queues()[0]?.messages).toHaveLength(1);
    expect(open.sqs.queues()[0]?.messages[0]?.attributes).toMatchObject({ ERROR_CODE: "NO_PERMISSIONS" });

    const closed = await queued({});
    await closed.runUntil(START + 2 * MINUTE);
    expect(closed.sqs.queues()[0]?.messages).toEqual([]);
    expect(lost(closed)).toContainEqual(expect.stringMatching(/the queue's policy does not allow events/));
  });
});

describe("a change of a parameter", () => {
  const resources = {
    Warm: fn(),
    OnFlip: rule("Warm", {
      EventPattern: {
        source: ["aws.ssm"],
        "detail-type": ["Parameter Store Change"],
        detail: { name: ["/shop/prod/live-color"], operation: ["Create", "Update"] },
      },
    }),
    OnFlipPermission: permission("Warm", "events.amazonaws.com", arnOf("OnFlip")),
  };

  it("invokes the function at once, from the wire as from a test", async () => {
    const engine = await anEngine(resources);
    engine.at(START + 1000, () => void put(engine, "/shop/prod/live-color", "blue"));
    engine.at(START + 2000, () => void put(engine, "/shop/prod/other", "x"));
    await engine.runUntil(START + 10_000);
    await new SSMClient(clientOf(engine)).send(
      new PutParameterCommand({ Name: "/shop/prod/live-color", Value: "green", Overwrite: true }),
    );
    await engine.runUntil(START + 20_000);
    expect(invoked(engine).map(({ at, trigger }) => [at - START, trigger])).toEqual([
      [1500, "rule OnFlip"],
      [10_500, "rule OnFlip"],
    ]);
    expect(invoked(engine).map(eventIn)).toMatchObject([
      { time: "2026-11-21T04:00:01Z", detail: { operation: "Create", name: "/shop/prod/live-color" } },
      { detail: { operation: "Update" } },
    ]);
  });

  it("is told to nobody while events are lost, and that is recorded", async () => {
    const engine = await anEngine(resources);
    const end = engine.events.loseEvents("Parameter Store Change");
    put(engine, "/shop/prod/live-color", "blue");
    end();
    put(engine, "/shop/prod/live-color", "green");
    await engine.runUntil(START + MINUTE);
    expect(invoked(engine)).toHaveLength(1);
    expect(lost(engine)).toEqual([expect.stringContaining("Parameter Store Change")]);
  });

  it("planned for the middle of a run is seen by its reads from then on, and told half a second later", async () => {
    const engine = await anEngine({ ...resources, Run: fn({ FunctionName: "run", Timeout: 60 }) });
    const flip = (Value: string, at: number) =>
      engine.ssm.put({ Name: "/shop/prod/live-color", Value, Type: "String", Overwrite: true }, { at });
    flip("blue", START);
    flip("green", START + 20_000);
    flip("red", START + 39_999);
    const payload = { watch: "/shop/prod/live-color" };
    const run = await engine.lambda.invoke("run", { at: START, payload, trigger: "test" });
    expect(run?.result).toEqual(["blue", "blue", "green", "green", "red"]);
    await engine.runUntil(START + 40_500);
    expect(invoked(engine, "Warm").map(({ at }) => at - START)).toEqual([500, 20_500, 40_499]);
  });

  it("planned for an instant at which events are lost is lost, though they are not when it is planned", async () => {
    const engine = await anEngine(resources);
    engine.ssm.put({ Name: "/shop/prod/live-color", Value: "blue", Type: "String" }, { at: START + 20_000 });
    await engine.runUntil(START + 10_000);
    engine.events.loseEvents("Parameter Store Change");
    await engine.runUntil(START + 30_000);
    expect(invoked(engine)).toEqual([]);
    expect(lost(engine)).toEqual([expect.stringContaining("Parameter Store Change")]);
  });
});

describe("an asynchronous invocation", () => {
  const failing = (config: object = {}) => ({
    Warm: fn(),
    Failed: { Type: "AWS::SQS::Queue", Properties: { QueueName: "failed" } },
    Config: {
      Type: "AWS::Lambda::EventInvokeConfig",
      Properties: {
        FunctionName: ref("Warm"),
        Qualifier: "$LATEST",
        DestinationConfig: { OnFailure: { Destination: arnOf("Failed") } },
        ...config,
      },
    },
    ...measuring("Warm", "/level"),
  });
  /** One tick, at which the function fails unless `mend` heals it in time. */
  const oneTick = async (config: object, mendAfter = Number.POSITIVE_INFINITY) => {
    const engine = await anEngine(failing(config));
    put(engine, "/level", "fail");
    engine.at(START + 2 * MINUTE, () => engine.events.setEnabled("Tick", false));
    if (Number.isFinite(mendAfter)) engine.at(START + mendAfter, () => void put(engine, "/level", "1"));
    await engine.runUntil(START + 10 * MINUTE);
    const [first] = invoked(engine);
    return { engine, gaps: invoked(engine).map(({ at }) => (at - (first?.at ?? 0)) / MINUTE) };
  };

  it("is tried again after one and two minutes under one request id, then given up to the queue", async () => {
    const { engine, gaps } = await oneTick({});
    expect(gaps).toEqual([0, 1, 3]);
    expect(new Set(invoked(engine).map(({ requestId }) => requestId)).size).toBe(1);
    const [message] = engine.sqs.queues()[0]?.messages ?? [];
    expect(JSON.parse(message?.body ?? "")).toMatchObject({
      version: "1.0",
      requestContext: { condition: "RetriesExhausted", approximateInvokeCount: 3 },
      requestPayload: { measure: "/level" },
      responseContext: { functionError: "Unhandled" },
      responsePayload: { errorType: "RangeError", errorMessage: "asked to fail" },
    });
    expect(engine.calls).toContainEqual(
      expect.objectContaining({ caller: "Warm", operation: "SendMessage" }),
    );
  });

  it("is done when a later try succeeds", async () => {
    const { engine, gaps } = await oneTick({}, 2 * MINUTE + 30_000);
    expect(gaps).toEqual([0, 1, 3].slice(0, gaps.length));
    expect(invoked(engine).at(-1)?.error).toBeUndefined();
    expect(engine.sqs.queues()[0]?.messages).toEqual([]);
  });

  it("is not tried again without retries", async () => {
    const { engine, gaps } = await oneTick({ MaximumRetryAttempts: 0 });
    expect(gaps).toEqual([0]);
    expect(engine.sqs.queues()[0]?.messages).toHaveLength(1);
  });

  it("is given up unfinished when it grows older than its limit", async () => {
    const { engine, gaps } = await oneTick({ MaximumEventAgeInSeconds: 90 });
    expect(gaps).toEqual([0, 1]);
    expect(engine.sqs.queues()[0]?.messages[0]?.body).toContain("EventAgeExceeded");
  });

  it("waits for its turn when the function's reserved concurrency is taken", async () => {
    const engine = await anEngine({ Warm: fn({ ReservedConcurrentExecutions: 1 }) });
    const lambda = new LambdaClient(clientOf(engine));
    const [{ name } = { name: "" }] = engine.template().ofType("AWS::Lambda::Function");
    const invoke = (at: number, payload: object) =>
      engine.at(START + at, async () => {
        const Payload = JSON.stringify(payload);
        await lambda.send(new InvokeCommand({ FunctionName: name, InvocationType: "Event", Payload }));
      });
    invoke(0, { waitMs: 5000 });
    invoke(1000, { waitMs: 10 });
    await engine.runUntil(START + MINUTE);
    // Refused at 1 s, 2 s and 4 s; the first invocation ends at 5 s.
    expect(invoked(engine).map(({ at }) => at - START)).toEqual([0, 8000]);
    expect(engine.journal.events.filter(({ kind }) => kind === "throttled")).toHaveLength(3);
  });
});

describe("a synchronous invocation", () => {
  it("answers the result, with the environment that the template gives", async () => {
    const engine = await anEngine({ Warm: fn({ FunctionName: "warm" }) });
    const reply = await new LambdaClient(clientOf(engine)).send(
      new InvokeCommand({ FunctionName: "warm", Payload: JSON.stringify({ waitMs: 700 }) }),
    );
    expect(JSON.parse(reply.Payload?.transformToString() ?? "")).toEqual({
      tookMs: 700,
      event: { waitMs: 700 },
      region: "us-east-1",
      own: "variable",
    });
  });

  it("answers an error as Lambda does", async () => {
    const engine = await anEngine({ Warm: fn({ FunctionName: "warm" }) });
    put(engine, "/level", "fail");
    const reply = await new LambdaClient(clientOf(engine)).send(
      new InvokeCommand({ FunctionName: "warm", Payload: JSON.stringify({ measure: "/level" }) }),
    );
    expect(reply.FunctionError).toBe("Unhandled");
    expect(JSON.parse(reply.Payload?.transformToString() ?? "")).toMatchObject({ errorType: "RangeError" });
  });

  it("takes the caller as long as the function took", async () => {
    const engine = await anEngine({ Outer: fn(), Inner: fn({ FunctionName: "inner" }) });
    const [outer] = engine.template().ofType("AWS::Lambda::Function").slice(1);
    const event = await engine.lambda.invoke(outer?.name ?? "", {
      at: START,
      payload: { call: "inner" },
      trigger: "test",
    });
    expect(event?.result).toMatchObject({ tookMs: 1500 });
    expect(event?.endedAt).toBe(START + 1500);
    expect(invoked(engine, "Inner")[0]?.trigger).toBe("call by Outer");
  });

  it("of an unknown function is refused", async () => {
    const engine = await anEngine({ Warm: fn() });
    await expect(
      new LambdaClient(clientOf(engine)).send(new InvokeCommand({ FunctionName: "cold" })),
    ).rejects.toThrow(/Function not found: arn:aws:lambda:us-east-1:123456789012:function:cold/);
  });
});

describe("the engine", () => {
  it.each([
    ["type", { Thing: { Type: "AWS::Scheduler::Schedule" } }, /Thing.*AWS::Scheduler::Schedule/],
    ["property", { Warm: fn({ Layers: ["x"] }) }, /Warm \(AWS::Lambda::Function\): Layers is not modelled/],
  ])("refuses a template with an unknown %s, by name", async (_what, resources, message) => {
    await expect(anEngine(resources)).rejects.toThrow(message);
  });

  it("names the key when a bundle is not in the assembly", async () => {
    await expect(anEngine({ Warm: fn({ Code: { S3Key: "gone.zip" } }) })).rejects.toThrow("gone.zip");
  });

  it("ends the run when a function calls what is not modelled, even if the function swallows it", async () => {
    const engine = await anEngine({ Warm: fn(), ...measuring("Warm", "/level") });
    put(engine, "/level", "misbehave");
    await expect(engine.runUntil(START + 2 * MINUTE)).rejects.toThrow("lambda:Invoke with Qualifier");
  });

  it("attributes calls to the functions that made them, at the instant at which they made them", async () => {
    const engine = await anEngine({ Warm: fn(), ...measuring("Warm", "/level") });
    put(engine, "/level", "3");
    await engine.runUntil(START + 2 * MINUTE);
    const at = invoked(engine)[0]?.at;
    expect(engine.calls).toMatchObject([
      { at, caller: "Warm", byFunction: true, service: "ssm", operation: "GetParameter", resource: "/level" },
      { at, caller: "Warm", service: "cloudwatch", operation: "PutMetricData", resource: "Test" },
    ]);
  });

  it("answers the stack's outputs and resources", async () => {
    const outputs = { FunctionName: { Value: ref("Warm"), Description: "d" } };
    const engine = await anEngine({ Warm: fn({ FunctionName: "warm" }) }, {}, outputs);
    const client = new CloudFormationClient(clientOf(engine));
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: "S" }));
    expect(Stacks).toMatchObject([
      {
        StackStatus: "CREATE_COMPLETE",
        Outputs: [{ OutputKey: "FunctionName", OutputValue: "warm", Description: "d" }],
      },
    ]);
    const { StackResources } = await client.send(new DescribeStackResourcesCommand({ StackName: "S" }));
    expect(StackResources).toMatchObject([{ LogicalResourceId: "Warm", PhysicalResourceId: "warm" }]);
    await expect(client.send(new DescribeStacksCommand({ StackName: "T" }))).rejects.toThrow(
      "T does not exist",
    );
  });

  it("lists subscriptions, those that are not confirmed as such", async () => {
    const subscription = (Protocol: string, Endpoint: object | string) => ({
      Type: "AWS::SNS::Subscription",
      Properties: { TopicArn: ref("Ops"), Protocol, Endpoint },
    });
    const engine = await anEngine({
      Warm: fn(),
      Ops: { Type: "AWS::SNS::Topic", Properties: { TopicName: "ops" } },
      Mail: subscription("email", "ops@example.com"),
      Function: subscription("lambda", arnOf("Warm")),
    });
    const TopicArn = "arn:aws:sns:us-east-1:123456789012:ops";
    const list = async () =>
      (
        await new SNSClient(clientOf(engine)).send(new ListSubscriptionsByTopicCommand({ TopicArn }))
      ).Subscriptions?.map(({ Protocol, SubscriptionArn }) => [
        Protocol,
        SubscriptionArn === "PendingConfirmation",
      ]);
    expect(await list()).toEqual([
      ["lambda", false],
      ["email", true],
    ]);
    engine.sns.confirm("ops@example.com");
    expect(await list()).toEqual([
      ["lambda", false],
      ["email", false],
    ]);
  });

  it("follows the wall clock at a given speed until it is told to stop", async () => {
    const engine = await anEngine({ Warm: fn(), ...rulesOf("Warm") });
    const stop = new AbortController();
    const running = engine.runRealTime({ speed: 2000, signal: stop.signal });
    while (invoked(engine).length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    await running;
    const stoppedAt = engine.now();
    expect(stoppedAt).toBeGreaterThan(START + MINUTE);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(engine.now()).toBe(stoppedAt);
  });
});
