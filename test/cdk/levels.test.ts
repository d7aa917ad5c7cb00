import { Topic } from "aws-cdk-lib/aws-sns";
import { Stack } from "aws-cdk-lib/core";
import { describe, expect, it } from "vitest";
import { ALARMS, type AlarmDefinition, type AlarmName, alarmName } from "../../lib/core/alarms.ts";
import { RESPONSE_TIME } from "../../lib/core/fill-cost/spike.ts";
import { PromptCacheWarmer } from "../../lib/index.ts";
import {
  newApp,
  OPTIONS,
  only,
  propertiesOf,
  type SynthesizedTemplate,
  synthesize,
  templateOf,
} from "./synthesize.ts";

const definitions = Object.entries(ALARMS) as [AlarmName, AlarmDefinition][];

function alarmOf(template: SynthesizedTemplate, name: AlarmName) {
  const alarms = Object.values(propertiesOf(template, "AWS::CloudWatch::Alarm"));
  const found = alarms.find((alarm) => alarm.AlarmName === alarmName("support", "prod", name));
  if (found === undefined) throw new Error(`no alarm ${name}`);
  return found;
}

describe("the levels of a spike", () => {
  const changed = synthesize({ spikes: { info: 1.25, warning: 3, critical: 10 } });

  it.each([
    ["FillCostInfo", 1.25],
    ["FillCostWarning", 3],
    ["FillCostCritical", 10],
  ] as const)("begin where the configuration says: %s above %d", (name, threshold) => {
    expect(alarmOf(changed, name)).toMatchObject({ Threshold: threshold, MetricName: "SpikeRatio" });
  });

  it("rise, in the table too", () => {
    const { FillCostInfo, FillCostWarning, FillCostCritical } = ALARMS;
    expect([FillCostInfo.threshold, FillCostWarning.threshold, FillCostCritical.threshold]).toEqual([
      1.5, 2, 5,
    ]);
  });

  it.each(definitions.filter(([, { level }]) => level !== undefined))(
    "say in the description of %s by when somebody must look",
    (name, { level }) => {
      const response = level === undefined ? "" : RESPONSE_TIME[level];
      expect(alarmOf(changed, name).AlarmDescription.split("\n").at(-1)).toBe(`Respond: ${response}`);
    },
  );

  it("count a met limit as critical: somebody must look at once", () => {
    expect([ALARMS.HourlySpend.level, ALARMS.DailySpend.level]).toEqual(["critical", "critical"]);
    expect(RESPONSE_TIME.critical).toBe("immediate");
  });
});

describe("a topic for each level", () => {
  const stack = new Stack(newApp(), "levels");
  const topics = ["Info", "Warning", "Critical"].map(
    (level) => new Topic(stack, level, { enforceSSL: true }),
  );
  const [infoTopic, warningTopic, criticalTopic] = topics;
  if (infoTopic === undefined || warningTopic === undefined || criticalTopic === undefined)
    throw new Error("three topics");
  new PromptCacheWarmer(stack, "Warmer", { ...OPTIONS, infoTopic, warningTopic, criticalTopic });
  const template = templateOf(stack);
  const ids = Object.keys(propertiesOf(template, "AWS::SNS::Topic"));
  const topicOf = (start: string) => `<${ids.find((id) => id.startsWith(start))}>`;

  it.each([
    ["FillCostInfo", "Info"],
    ["NotWorthIt", "Info"],
    ["FillCostWarning", "Warning"],
    ["FillCostCritical", "Critical"],
    ["HourlySpend", "Critical"],
    ["DailySpend", "Critical"],
    ["NotWarm", "Warmer"],
  ] as const)("hears of %s: %s", (name, topic) => {
    const { AlarmActions, OKActions } = alarmOf(template, name);
    expect(AlarmActions[0]).toBe(topicOf(topic));
    expect(OKActions).toEqual([topicOf(topic)]);
  });

  it("lets CloudWatch publish, and the monitor", () => {
    const policies = Object.values(propertiesOf(template, "AWS::SNS::TopicPolicy"));
    for (const { PolicyDocument } of policies)
      expect(PolicyDocument.Statement.map(({ Effect }) => Effect)).toContain("Allow");
    expect(policies).toHaveLength(4);
    const granted = JSON.stringify(only(propertiesOf(template, "AWS::IAM::Policy"), "WarmerMonitorRole"));
    for (const id of ids) expect(granted).toContain(id);
  });

  it("is known to the monitor", () => {
    const { Environment } = only(propertiesOf(template, "AWS::Lambda::Function"), "WarmerMonitor");
    expect(Environment.Variables).toMatchObject({
      INFO_TOPIC_ARN: topicOf("Info"),
      WARNING_TOPIC_ARN: topicOf("Warning"),
      CRITICAL_TOPIC_ARN: topicOf("Critical"),
    });
  });

  it("that is given twice gets one permission", () => {
    const other = new Stack(newApp(), "same");
    const topic = new Topic(other, "Pager", { enforceSSL: true });
    new PromptCacheWarmer(other, "Warmer", { ...OPTIONS, warningTopic: topic, criticalTopic: topic });
    const policies = propertiesOf(templateOf(other), "AWS::SNS::TopicPolicy");
    expect(only(policies, "Pager").PolicyDocument.Statement).toHaveLength(2);
  });
});
