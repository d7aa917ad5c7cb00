import { Table } from "aws-cdk-lib/aws-dynamodb";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { Stack } from "aws-cdk-lib/core";
import { describe, expect, it } from "vitest";
import { resolveConfig } from "../../lib/core/config.ts";
import { STACK_OUTPUTS } from "../../lib/core/stack-outputs.ts";
import { PromptCacheWarmer } from "../../lib/index.ts";
import { newApp, newStack, OPTIONS, only, propertiesOf, synthesize, templateOf } from "./synthesize.ts";

const template = synthesize();
const tables = Object.entries(template.Resources).filter(([, { Type }]) => Type === "AWS::DynamoDB::Table");
const functions = propertiesOf(template, "AWS::Lambda::Function");
const invokeConfigs = Object.values(propertiesOf(template, "AWS::Lambda::EventInvokeConfig"));
const rules = propertiesOf(template, "AWS::Events::Rule");
const [failureQueue] = Object.keys(propertiesOf(template, "AWS::SQS::Queue"));
const arnOf = (start: string) => `<${Object.keys(functions).find((id) => id.startsWith(start))}.Arn>`;

describe("the table", () => {
  it("outlives the stack, a replacement and a careless delete", () => {
    expect(tables).toHaveLength(1);
    expect(tables[0]?.[1]).toMatchObject({
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      Properties: {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        BillingMode: "PAY_PER_REQUEST",
      },
    });
  });

  it("keeps its logical id from release to release, since another one would be an empty ledger", () => {
    expect(tables[0]?.[0]).toBe("WarmerState508347C4");
  });

  it("has a generated name and the keys that the adapter uses", () => {
    expect(tables[0]?.[1].Properties).not.toHaveProperty("TableName");
    expect(tables[0]?.[1].Properties).toMatchObject({
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "S" },
        { AttributeName: "dueAt", AttributeType: "N" },
      ],
      LocalSecondaryIndexes: [
        {
          IndexName: "byDue",
          KeySchema: [
            { AttributeName: "pk", KeyType: "HASH" },
            { AttributeName: "dueAt", KeyType: "RANGE" },
          ],
          Projection: { ProjectionType: "ALL" },
        },
      ],
    });
  });

  it("is not made when one is given", () => {
    const stack = new Stack(newApp(), "given");
    const table = Table.fromTableName(stack, "Old", "left-behind");
    expect(new PromptCacheWarmer(stack, "Warmer", { ...OPTIONS, table }).table).toBe(table);
    expect(propertiesOf(templateOf(stack), "AWS::DynamoDB::Table")).toEqual({});
  });

  it("is adopted by name in a stack of its own", () => {
    const adopted = templateOf(newStack({}, { retainedTable: "left-behind" }));
    expect(propertiesOf(adopted, "AWS::DynamoDB::Table")).toEqual({});
    expect(adopted.Outputs[STACK_OUTPUTS.tableName]?.Value).toBe("left-behind");
    for (const fn of Object.values(propertiesOf(adopted, "AWS::Lambda::Function"))) {
      expect(fn.Environment.Variables["TABLE_NAME"]).toBe("left-behind");
    }
  });
});

describe("the functions", () => {
  it.each([
    ["WarmerWarm", 1024, 120],
    ["WarmerMonitor", 256, 30],
    ["WarmerPause", 256, 30],
    ["WarmerGate", 256, 30],
  ])("give %s %i MB and %i s on the pinned runtime", (id, MemorySize, Timeout) => {
    expect(only(functions, id)).toMatchObject({
      MemorySize,
      Timeout,
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      Handler: "index.handler",
    });
  });

  it("get the resolved configuration and the table's name, the monitor its topic and which code it is, the gate whom to wake, and no more", () => {
    for (const [id, fn] of Object.entries(functions)) {
      const own = id.startsWith("WarmerMonitor")
        ? ["TOPIC_ARN", "CODE_DIGEST"]
        : id.startsWith("WarmerGate")
          ? ["WARM_FUNCTION_NAME"]
          : [];
      expect(Object.keys(fn.Environment.Variables).sort()).toEqual(
        ["TABLE_NAME", "WARMER_CONFIG", ...own].sort(),
      );
      expect(fn.Environment.Variables["TABLE_NAME"]).toBe(`<${tables[0]?.[0]}>`);
      expect(JSON.parse(fn.Environment.Variables["WARMER_CONFIG"] ?? "")).toEqual(resolveConfig(OPTIONS));
    }
  });

  it("have a role and a log group each, whose names are generated and whose logs end", () => {
    const groups = propertiesOf(template, "AWS::Logs::LogGroup");
    const logging = Object.values(functions).map((fn) => fn.LoggingConfig);
    expect(new Set(logging.map(({ LogGroup }) => LogGroup))).toEqual(
      new Set(Object.keys(groups).map((id) => `<${id}>`)),
    );
    expect(new Set(Object.values(functions).map(({ Role }) => Role)).size).toBe(4);
    for (const { LogFormat } of logging) expect(LogFormat).toBe("JSON");
    for (const group of Object.values(groups)) expect(group).toEqual({ RetentionInDays: 30 });
    for (const role of Object.values(propertiesOf(template, "AWS::IAM::Role"))) {
      expect(role).not.toHaveProperty("ManagedPolicyArns");
    }
  });

  it("keep their logs as long as they are told to", () => {
    const groups = propertiesOf(synthesize({ logRetention: RetentionDays.ONE_YEAR }), "AWS::Logs::LogGroup");
    expect(Object.values(groups).map((group) => group.RetentionInDays)).toEqual([365, 365, 365, 365]);
  });

  it.each([
    ["WarmerWarm", 0, 60],
    ["WarmerMonitor", 0, 60],
    ["WarmerPause", 2, 21_600],
    ["WarmerGate", 0, 60],
  ])("retry %s %i times, for events up to %i s old", (id, MaximumRetryAttempts, MaximumEventAgeInSeconds) => {
    const fn = Object.keys(functions).find((candidate) => candidate.startsWith(id));
    const found = invokeConfigs.filter(({ FunctionName }) => FunctionName === `<${fn}>`);
    expect(found).toMatchObject([{ MaximumRetryAttempts, MaximumEventAgeInSeconds, Qualifier: "$LATEST" }]);
  });

  it("keep what pause could not handle, and only that: another tick follows a lost one", () => {
    const kept = invokeConfigs.filter((config) => config["DestinationConfig"] !== undefined);
    expect(kept).toMatchObject([
      {
        FunctionName: arnOf("WarmerPause").replace(".Arn", ""),
        DestinationConfig: { OnFailure: { Destination: `<${failureQueue}.Arn>` } },
      },
    ]);
  });
});

describe("the rules", () => {
  it.each([
    ["WarmerWarmTick", "WarmerWarm"],
    ["WarmerMonitorTick", "WarmerMonitor"],
  ])("run by %s the function %s every minute", (rule, fn) => {
    expect(only(rules, rule)).toMatchObject({ ScheduleExpression: "rate(1 minute)", State: "ENABLED" });
    expect(only(rules, rule).Targets[0]?.Arn).toBe(arnOf(fn));
  });

  it("run warm at once when the live-color parameter changes in whatever way", () => {
    const rule = only(rules, "WarmerLiveColorChange");
    expect(rule.EventPattern).toEqual({
      source: ["aws.ssm"],
      "detail-type": ["Parameter Store Change"],
      detail: { name: ["/support/prod/live-color"], operation: ["Create", "Update", "Delete"] },
    });
    expect(rule.Targets[0]?.Arn).toBe(arnOf("WarmerWarm"));
  });

  it("deliver the raw event within a minute or put it into the failure queue", () => {
    expect(Object.keys(rules)).toHaveLength(4);
    for (const { Targets } of Object.values(rules).filter(
      (rule) => rule !== only(rules, "WarmerSpendAlarm"),
    )) {
      expect(Targets).toHaveLength(1);
      expect(Object.keys(Targets[0] ?? {}).sort()).toEqual(["Arn", "DeadLetterConfig", "Id", "RetryPolicy"]);
      expect(Targets[0]).toMatchObject({
        RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
        DeadLetterConfig: { Arn: `<${failureQueue}.Arn>` },
      });
    }
  });

  it("carry exactly the spend alarms and the drill to pause, by their own names, for hours if need be", () => {
    const rule = only(rules, "WarmerSpendAlarm");
    const arn = (alarm: string) =>
      `arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:support-prod-${alarm}`;
    expect(rule.EventPattern).toEqual({
      source: ["aws.cloudwatch"],
      "detail-type": ["CloudWatch Alarm State Change"],
      resources: ["HourlySpend", "DailySpend", "Drill"].map(arn),
      detail: { state: { value: ["ALARM"] } },
    });
    expect(rule.Targets[0]).toMatchObject({
      Arn: arnOf("WarmerPause"),
      RetryPolicy: { MaximumEventAgeInSeconds: 21_600, MaximumRetryAttempts: 2 },
      DeadLetterConfig: { Arn: `<${failureQueue}.Arn>` },
    });
  });

  it("may call their functions, and nothing else may but the spend alarms", () => {
    const callers = Object.values(propertiesOf(template, "AWS::Lambda::Permission"))
      .filter(({ Principal }) => Principal === "events.amazonaws.com")
      .map(({ FunctionName, SourceArn }) => [SourceArn, FunctionName]);
    expect(callers.sort()).toEqual(
      Object.entries(rules)
        .map(([id, { Targets }]) => [`<${id}.Arn>`, Targets[0]?.Arn])
        .sort(),
    );
  });
});

describe("live-color", () => {
  it("has no value in the stack: no parameter, and none resolved at deploy or synth", () => {
    const types = Object.values(template.Resources).map(({ Type }) => Type);
    expect(types.filter((type) => type.startsWith("AWS::SSM::"))).toEqual([]);
    expect(JSON.stringify(template)).not.toContain("{{resolve:ssm");
    expect(Object.keys(template.Parameters)).toEqual(["BootstrapVersion"]);
  });
});

describe("the outputs", () => {
  const { Outputs } = template;

  it("are what the CLI looks for", () => {
    expect(Object.keys(Outputs).sort()).toEqual(Object.values(STACK_OUTPUTS).sort());
    expect(Outputs[STACK_OUTPUTS.tableName]?.Value).toBe(`<${tables[0]?.[0]}>`);
    expect(Outputs[STACK_OUTPUTS.warmFunctionName]?.Value).toBe(arnOf("WarmerWarm").replace(".Arn", ""));
    expect(Outputs[STACK_OUTPUTS.gateFunctionName]?.Value).toBe(arnOf("WarmerGate").replace(".Arn", ""));
    expect(Outputs[STACK_OUTPUTS.liveColorParameter]?.Value).toBe("/support/prod/live-color");
  });

  it("tell by a digest which configuration was deployed", () => {
    const digestOf = (options: Partial<typeof OPTIONS>) =>
      synthesize(options).Outputs[STACK_OUTPUTS.configDigest];
    expect(Outputs[STACK_OUTPUTS.configDigest]?.Value).toMatch(/^[0-9a-f]{64}$/);
    expect(digestOf({})).toEqual(Outputs[STACK_OUTPUTS.configDigest]);
    expect(digestOf({ concurrency: 5 })).not.toEqual(Outputs[STACK_OUTPUTS.configDigest]);
  });
});
