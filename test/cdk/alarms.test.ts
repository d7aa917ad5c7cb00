import { describe, expect, it } from "vitest";
import { ALARMS, type AlarmDefinition, type AlarmName, alarmName } from "../../lib/core/alarms.ts";
import { DIMENSIONS, METRICS, NAMESPACE } from "../../lib/core/metrics.ts";
import { only, propertiesOf, synthesize } from "./synthesize.ts";

const template = synthesize({ notify: ["ops@example.com"] });
const alarms = Object.values(propertiesOf(template, "AWS::CloudWatch::Alarm"));
const functions = Object.keys(propertiesOf(template, "AWS::Lambda::Function"));
const idOf = (start: string) => only(Object.fromEntries(functions.map((id) => [id, id])), start);
const topic = `<${Object.keys(propertiesOf(template, "AWS::SNS::Topic"))[0]}>`;
const pauseArn = `<${idOf("WarmerPause")}.Arn>`;

const definitions = Object.entries(ALARMS) as [AlarmName, AlarmDefinition][];
const OPERATOR = {
  ">=": "GreaterThanOrEqualToThreshold",
  ">": "GreaterThanThreshold",
  "<": "LessThanThreshold",
} as const;

function alarmNamed(name: AlarmName) {
  const found = alarms.find((alarm) => alarm.AlarmName === alarmName("support", "prod", name));
  if (found === undefined) throw new Error(`no alarm ${name}`);
  return found;
}

describe("the alarms of a stack", () => {
  it("are those of the alarm table and no others", () => {
    expect(alarms.map((alarm) => alarm.AlarmName).sort()).toEqual(
      definitions.map(([name]) => alarmName("support", "prod", name)).sort(),
    );
  });

  it.each(definitions)("judge %s as the alarm table says", (name, definition) => {
    expect(alarmNamed(name)).toMatchObject({
      ComparisonOperator: OPERATOR[definition.comparison],
      Threshold: definition.threshold,
      EvaluationPeriods: definition.periods,
      DatapointsToAlarm: definition.datapoints,
      TreatMissingData: definition.missing,
    });
  });

  it.each(definitions)("tell for %s what it means, where to read on and what to type", (name, definition) => {
    const lines = alarmNamed(name).AlarmDescription.split("\n");
    expect(lines[0]).toBe(definition.meaning);
    expect(lines[1]).toMatch(new RegExp(`^Runbook: https://.*/docs/runbooks/${definition.runbook}\\.md$`));
    expect(lines[2]).toBe(`Next: ${definition.nextCommand.replace("…", "...")}`);
    expect(alarmNamed(name).AlarmDescription.length).toBeLessThanOrEqual(1024);
  });

  it.each(definitions.filter(([, { subject }]) => subject.kind === "own"))(
    "look for %s at a series exactly as it is sent",
    (name, { subject }) => {
      const metric = subject.kind === "own" ? subject.metric : undefined;
      if (metric === undefined) throw new Error("unreachable");
      const alarm = alarmNamed(name);
      expect([alarm.Namespace, alarm.MetricName]).toEqual([NAMESPACE, metric]);
      expect(alarm.Statistic).toBe(METRICS[metric].statistic);
      expect(alarm.Dimensions.map(({ Name }) => Name).sort()).toEqual([...DIMENSIONS].sort());
      expect(alarm.Dimensions).toContainEqual({ Name: "Service", Value: "support" });
      expect(alarm.Dimensions).toContainEqual({ Name: "Environment", Value: "prod" });
    },
  );

  it.each([
    ["WarmErrors", "WarmerWarm"],
    ["MonitorErrors", "WarmerMonitor"],
    ["PauseErrors", "WarmerPause"],
    ["GateErrors", "WarmerGate"],
  ] as const)("count for %s the errors of its own function", (name, functionId) => {
    expect(alarmNamed(name)).toMatchObject({
      Namespace: "AWS/Lambda",
      MetricName: "Errors",
      Statistic: "Sum",
      Dimensions: [{ Name: "FunctionName", Value: `<${idOf(functionId)}>` }],
    });
  });

  it("watch the depth of the failure queue", () => {
    const [queue] = Object.keys(propertiesOf(template, "AWS::SQS::Queue"));
    expect(alarmNamed("FailureQueue")).toMatchObject({
      Namespace: "AWS/SQS",
      MetricName: "ApproximateNumberOfMessagesVisible",
      Statistic: "Maximum",
      Dimensions: [{ Name: "QueueName", Value: `<${queue}.QueueName>` }],
    });
  });

  it("are plain: one metric, periods of a minute, no unit, nothing that mutes or delays them", () => {
    // What CloudWatch refuses or answers late: the API reference of PutMetricAlarm, read 2026-11-21.
    const known = [
      "AlarmActions",
      "AlarmDescription",
      "AlarmName",
      "ComparisonOperator",
      "DatapointsToAlarm",
      "Dimensions",
      "EvaluationPeriods",
      "MetricName",
      "Namespace",
      "OKActions",
      "Period",
      "Statistic",
      "Threshold",
      "TreatMissingData",
    ];
    for (const alarm of alarms) {
      const silenceSpeaks = alarm.TreatMissingData === "missing" ? ["InsufficientDataActions"] : [];
      expect(Object.keys(alarm).sort()).toEqual([...known, ...silenceSpeaks].sort());
      expect(alarm.Period).toBe(60);
      expect(alarm.Period * alarm.EvaluationPeriods).toBeLessThanOrEqual(86_400);
      expect(alarm.DatapointsToAlarm).toBeLessThanOrEqual(alarm.EvaluationPeriods);
    }
  });

  it("tell the topic when they fire and when they recover", () => {
    for (const alarm of alarms) {
      expect(alarm.AlarmActions[0]).toBe(topic);
      expect(alarm.OKActions).toEqual([topic]);
    }
  });

  it.each(definitions)("call pause for %s only if it is a spend alarm", (name, { pauses }) => {
    expect(alarmNamed(name).AlarmActions.slice(1)).toEqual(pauses ? [pauseArn] : []);
  });
});

describe("the permission to call pause", () => {
  const calls = Object.values(propertiesOf(template, "AWS::Lambda::Permission")).filter(
    (permission) => permission.FunctionName === pauseArn,
  );

  it("is given to each spend alarm and the drill of this account by its own ARN, to the second path's rule, and to nobody else", () => {
    const spendAlarms = Object.entries(propertiesOf(template, "AWS::CloudWatch::Alarm"))
      .filter(([, alarm]) => alarm.AlarmActions.includes(pauseArn))
      .map(([id]) => `<${id}.Arn>`);
    expect(spendAlarms).toHaveLength(3);
    const [byRule, byAlarm] = [true, false].map((isRule) =>
      calls.filter(({ Principal }) => (Principal === "events.amazonaws.com") === isRule),
    );
    expect(byRule?.map(({ SourceArn }) => SourceArn)).toEqual([expect.stringContaining("SpendAlarm")]);
    expect(byAlarm?.map(({ SourceArn }) => SourceArn).sort()).toEqual(spendAlarms.sort());
    for (const permission of byAlarm ?? []) {
      expect(permission.Principal).toBe("lambda.alarms.cloudwatch.amazonaws.com");
      expect(permission.SourceAccount).toBe("<AWS::AccountId>");
    }
  });

  it.each(["alert_only", "throttle"] as const)(
    "is given to nobody with %s, which goes on past a limit",
    (action) => {
      const other = synthesize({
        costGuardrails: { maxHourlyFillCost: 2, maxDailyFillCost: 10, actionOnLimit: action },
      });
      const principals = Object.values(propertiesOf(other, "AWS::Lambda::Permission")).map(
        (p) => p.Principal,
      );
      expect(principals).not.toContain("lambda.alarms.cloudwatch.amazonaws.com");
    },
  );
});
