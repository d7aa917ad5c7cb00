import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Engine, startEngine } from "../../lib/local/engine.ts";
import {
  type AssemblyDirectory,
  alarm,
  allowCloudWatch,
  anAssembly,
  arnOf,
  demandTls,
  fn,
  measuring,
  permission,
  ref,
  rule,
  topicPolicy,
} from "./a-stack.ts";

const START = Date.UTC(2026, 10, 21, 4, 0);
const MINUTE = 60_000;
const ALARM_ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:level";
const ALARM_PRINCIPAL = "lambda.alarms.cloudwatch.amazonaws.com";

let assembly: AssemblyDirectory;
beforeAll(async () => {
  assembly = await anAssembly();
});
afterAll(() => assembly.remove());

async function anEngine(resources: object, more: { confirmSubscriptions?: boolean } = {}): Promise<Engine> {
  assembly.write({ Warm: fn(), ...measuring("Warm", "/level"), ...resources });
  const options = {
    assembly: assembly.path,
    stack: "S",
    startAt: START,
    seed: "s",
    providerUrl: "http://127.0.0.1:1",
  };
  const engine = await startEngine({ ...options, ...more });
  onTestFinished(() => engine.stop());
  level(engine, "1");
  return engine;
}

const level = (engine: Engine, Value: string) => {
  engine.ssm.put(
    { Name: "/level", Value, Type: "String", Overwrite: true },
    { at: engine.now(), caller: "operator" },
  );
};
/** Quiet until minute 4, then high until minute 9. */
async function aHighLevel(engine: Engine, until = 20): Promise<void> {
  engine.at(START + 4 * MINUTE, () => level(engine, "9"));
  engine.at(START + 9 * MINUTE, () => level(engine, "1"));
  await engine.runUntil(START + until * MINUTE);
}
const changes = (engine: Engine) =>
  engine.journal.events.flatMap((event) => (event.kind === "alarm" ? [`${event.from} -> ${event.to}`] : []));
const lost = (engine: Engine) =>
  engine.journal.events.flatMap((event) =>
    event.kind === "lost" ? [`${event.what}: ${event.because}`] : [],
  );
const notified = (engine: Engine) => engine.journal.events.filter((event) => event.kind === "notified");
const paused = (engine: Engine) =>
  engine.journal.events.flatMap((event) =>
    event.kind === "invoked" && event.function === "Pause"
      ? [{ trigger: event.trigger, payload: (event.result as { event: Record<string, unknown> }).event }]
      : [],
  );

const topic = { Ops: { Type: "AWS::SNS::Topic", Properties: { TopicName: "ops" } } };
const subscription = (Protocol: string, Endpoint: object | string) => ({
  Type: "AWS::SNS::Subscription",
  Properties: { TopicArn: ref("Ops"), Protocol, Endpoint },
});
const mail = { Mail: subscription("email", "ops@example.com") };

describe("a metric over its threshold", () => {
  it("moves its alarm once up and once back", async () => {
    const engine = await anEngine({ Level: alarm([]) });
    await aHighLevel(engine);
    expect(changes(engine)).toEqual(["INSUFFICIENT_DATA -> OK", "OK -> ALARM", "ALARM -> OK"]);
  });

  it("moves no alarm while alarms are dead", async () => {
    const engine = await anEngine({ Level: alarm([]) });
    engine.at(START + 3 * MINUTE, () => engine.alarms.setAlive(false));
    await aHighLevel(engine);
    expect(changes(engine)).toEqual(["INSUFFICIENT_DATA -> OK"]);
  });

  it("moves no alarm of another dimension", async () => {
    const engine = await anEngine({ Level: alarm([], { Dimensions: [{ Name: "S", Value: "other" }] }) });
    await aHighLevel(engine);
    expect(changes(engine)).toEqual(["INSUFFICIENT_DATA -> OK"]);
  });

  it("can be a metric of Lambda about the function, or of SQS about the failure queue", async () => {
    const errors = {
      AlarmName: "errors",
      Namespace: "AWS/Lambda",
      MetricName: "Errors",
      Dimensions: [{ Name: "FunctionName", Value: ref("Warm") }],
      Statistic: "Sum",
      Threshold: 1,
    };
    const depth = {
      AlarmName: "depth",
      Namespace: "AWS/SQS",
      MetricName: "ApproximateNumberOfMessagesVisible",
      Dimensions: [{ Name: "QueueName", Value: { "Fn::GetAtt": ["Failed", "QueueName"] } }],
      Threshold: 1,
    };
    const engine = await anEngine({
      Failed: { Type: "AWS::SQS::Queue" },
      Config: {
        Type: "AWS::Lambda::EventInvokeConfig",
        Properties: {
          FunctionName: ref("Warm"),
          Qualifier: "$LATEST",
          MaximumRetryAttempts: 0,
          DestinationConfig: { OnFailure: { Destination: arnOf("Failed") } },
        },
      },
      Errors: alarm([], errors),
      Depth: alarm([], depth),
    });
    engine.at(START + 3 * MINUTE, () => level(engine, "fail"));
    engine.at(START + 6 * MINUTE, () => level(engine, "1"));
    engine.at(START + 10 * MINUTE, () => {
      for (const { arn } of engine.sqs.queues()) engine.sqs.purge(arn, engine.now());
    });
    await engine.runUntil(START + 20 * MINUTE);
    const history = engine.alarms.history().map((change) => [change.alarm.name, change.to.value]);
    for (const name of ["errors", "depth"])
      expect(history.filter(([which]) => which === name).map(([, state]) => state)).toEqual([
        "OK",
        "ALARM",
        "OK",
      ]);
  });
});

describe("an alarm that fires", () => {
  it("notifies its topic: a confirmed address, and a function that lets SNS in", async () => {
    const engine = await anEngine(
      {
        ...topic,
        ...mail,
        Policy: topicPolicy(allowCloudWatch, demandTls),
        Pause: fn(),
        PauseByTopic: subscription("lambda", arnOf("Pause")),
        PausePermission: permission("Pause", "sns.amazonaws.com", ref("Ops")),
        Level: alarm([ref("Ops")], { OKActions: [ref("Ops")] }),
      },
      { confirmSubscriptions: true },
    );
    await aHighLevel(engine);
    expect(lost(engine)).toEqual([]);
    expect(notified(engine)).toMatchObject(
      ["OK", "ALARM", "OK"].map((state) => ({
        protocol: "email",
        endpoint: "ops@example.com",
        subject: `${state}: "level" in US East (N. Virginia)`,
      })),
    );
    const records = paused(engine).map(
      ({ payload }) => payload["Records"] as { Sns: Record<string, string> }[],
    );
    expect(JSON.parse(records[1]?.[0]?.Sns["Message"] ?? "")).toMatchObject({
      AlarmName: "level",
      AlarmDescription: "The level is high.",
      NewStateValue: "ALARM",
      OldStateValue: "OK",
      AlarmArn: ALARM_ARN,
      StateChangeTime: expect.stringMatching(/^2026-11-21T04:\d\d:\d\d\.\d{3}\+0000$/),
      Trigger: {
        MetricName: "Level",
        Namespace: "Test",
        Threshold: 5,
        Dimensions: [{ name: "S", value: "t" }],
      },
    });
  });

  it("does not reach an address that has not confirmed, and that is recorded", async () => {
    const engine = await anEngine({ ...topic, ...mail, Level: alarm([ref("Ops")]) });
    await aHighLevel(engine);
    expect(notified(engine)).toEqual([]);
    expect(lost(engine)).toEqual([
      expect.stringMatching(/ALARM: "level".*the subscription is not confirmed/),
    ]);
  });

  it.each<[string, boolean, object]>([
    ["no policy, so the default one", true, {}],
    ["a policy that allows CloudWatch", true, { Policy: topicPolicy(demandTls, allowCloudWatch) }],
    ["a policy that only demands TLS", false, { Policy: topicPolicy(demandTls) }],
    [
      "a policy that allows CloudWatch for another alarm",
      false,
      {
        Policy: topicPolicy({
          ...allowCloudWatch,
          Condition: { ArnLike: { "aws:SourceArn": `${ALARM_ARN}-other` } },
        }),
      },
    ],
  ])("through a topic with %s is delivered: %s", async (_name, delivered, policy) => {
    const engine = await anEngine(
      { ...topic, ...mail, ...policy, Level: alarm([ref("Ops")]) },
      { confirmSubscriptions: true },
    );
    await aHighLevel(engine, 12);
    expect(notified(engine)).toHaveLength(delivered ? 1 : 0);
    expect(lost(engine)).toEqual(
      delivered ? [] : [expect.stringContaining("does not allow cloudwatch.amazonaws.com to publish")],
    );
  });

  it("invokes a function that lets alarms in, with the event that CloudWatch documents", async () => {
    const engine = await anEngine({
      Pause: fn(),
      PausePermission: permission("Pause", ALARM_PRINCIPAL, arnOf("Level")),
      Level: alarm([arnOf("Pause")]),
    });
    await aHighLevel(engine);
    expect(paused(engine)).toEqual([
      {
        trigger: "alarm Level",
        payload: {
          source: "aws.cloudwatch",
          alarmArn: ALARM_ARN,
          accountId: "123456789012",
          time: expect.stringMatching(/^2026-11-21T04:\d\d:\d\d\.\d{3}\+0000$/),
          region: "us-east-1",
          alarmData: {
            alarmName: "level",
            state: expect.objectContaining({
              value: "ALARM",
              reason: expect.stringContaining("Threshold Crossed"),
            }),
            previousState: expect.objectContaining({ value: "OK" }),
            configuration: {
              description: "The level is high.",
              metrics: [
                {
                  id: expect.any(String),
                  metricStat: {
                    metric: { namespace: "Test", name: "Level", dimensions: { S: "t" } },
                    period: 60,
                    stat: "Maximum",
                  },
                  returnData: true,
                },
              ],
            },
          },
        },
      },
    ]);
  });

  it.each([
    ["nobody", {}],
    ["another service", { PausePermission: permission("Pause", "events.amazonaws.com", arnOf("Level")) }],
    ["another alarm", { PausePermission: permission("Pause", ALARM_PRINCIPAL, `${ALARM_ARN}-other`) }],
  ])("does not invoke a function that lets in %s, and that is recorded", async (_name, resources) => {
    const engine = await anEngine({ Pause: fn(), ...resources, Level: alarm([arnOf("Pause")]) });
    await aHighLevel(engine);
    expect(paused(engine)).toEqual([]);
    expect(lost(engine)).toEqual([expect.stringContaining(`does not allow ${ALARM_PRINCIPAL}`)]);
  });

  it("is told to the rules that match its change of state", async () => {
    const engine = await anEngine({
      Pause: fn(),
      OnAlarm: rule("Pause", {
        EventPattern: {
          source: ["aws.cloudwatch"],
          "detail-type": ["CloudWatch Alarm State Change"],
          resources: [arnOf("Level")],
          detail: { state: { value: ["ALARM"] } },
        },
      }),
      OnAlarmPermission: permission("Pause", "events.amazonaws.com", arnOf("OnAlarm")),
      Level: alarm([]),
    });
    await aHighLevel(engine);
    expect(paused(engine)).toMatchObject([
      {
        trigger: "rule OnAlarm",
        payload: {
          resources: [ALARM_ARN],
          detail: { alarmName: "level", state: { value: "ALARM" }, previousState: { value: "OK" } },
        },
      },
    ]);
  });

  it("does nothing when its actions are off", async () => {
    const engine = await anEngine({
      ...topic,
      ...mail,
      Level: alarm([ref("Ops")], { ActionsEnabled: false }),
    });
    await aHighLevel(engine);
    expect(changes(engine)).toContain("OK -> ALARM");
    expect([...notified(engine), ...lost(engine)]).toEqual([]);
  });
});

describe("an operator", () => {
  it("sets off the actions by setting the state, and reads state and history", async () => {
    const engine = await anEngine(
      { ...topic, ...mail, Level: alarm([ref("Ops")]) },
      { confirmSubscriptions: true },
    );
    await engine.runUntil(START + 5 * MINUTE);
    const client = new CloudWatchClient({
      region: "us-east-1",
      endpoint: engine.url,
      credentials: { accessKeyId: "operator", secretAccessKey: "x" },
    });
    const drill = { AlarmName: "level", StateValue: "ALARM" as const, StateReason: "a drill" };
    await client.send(new SetAlarmStateCommand(drill));
    expect(notified(engine)).toHaveLength(1);
    const { MetricAlarms } = await client.send(new DescribeAlarmsCommand({ StateValue: "ALARM" }));
    expect(MetricAlarms).toMatchObject([
      {
        AlarmName: "level",
        AlarmArn: ALARM_ARN,
        StateReason: "a drill",
        Threshold: 5,
        TreatMissingData: "notBreaching",
      },
    ]);
    await engine.runUntil(START + 7 * MINUTE);
    const { AlarmHistoryItems } = await client.send(new DescribeAlarmHistoryCommand({ AlarmName: "level" }));
    expect(AlarmHistoryItems?.map(({ HistorySummary }) => HistorySummary)).toEqual([
      "Alarm updated from ALARM to OK",
      "Alarm updated from OK to ALARM",
      "Alarm updated from INSUFFICIENT_DATA to OK",
    ]);
    await expect(client.send(new SetAlarmStateCommand({ ...drill, AlarmName: "x" }))).rejects.toThrow(
      "Unknown",
    );
  });
});

describe("a new deploy", () => {
  it("keeps alarm states, parameters and the rhythm of unchanged rules, and takes over what changed", async () => {
    const engine = await anEngine({ Level: alarm([]) });
    engine.at(START + 4 * MINUTE, () => level(engine, "9"));
    await engine.runUntil(START + 9 * MINUTE - 1);
    const moved = changes(engine).length;
    assembly.write({
      Warm: fn({ Environment: { Variables: { OWN: "changed" } } }),
      ...measuring("Warm", "/level"),
      Level: alarm([], { AlarmDescription: "New words." }),
      Added: alarm([], { AlarmName: "added", Threshold: 100 }),
    });
    await engine.deploy(assembly.path);
    await engine.runUntil(START + 13 * MINUTE - 1);
    expect(changes(engine).slice(moved)).toEqual(["INSUFFICIENT_DATA -> OK"]);
    expect(engine.alarms.all().map(({ resource, state }) => [resource.name, state.value])).toEqual([
      ["added", "OK"],
      ["level", "ALARM"],
    ]);
    const runs = engine.journal.events.filter((event) => event.kind === "invoked");
    expect(runs).toHaveLength(12);
    expect(runs.at(-1)?.result).toMatchObject({ own: "changed" });
    expect(engine.ssm.value("/level")).toBe("9");
  });
});

describe("two runs of one seed", () => {
  it("tell the same story", async () => {
    const story = async () => {
      const engine = await anEngine({ ...topic, ...mail, Level: alarm([ref("Ops")]) });
      await aHighLevel(engine);
      return JSON.stringify(engine.journal.sorted());
    };
    expect(await story()).toBe(await story());
  });
});
