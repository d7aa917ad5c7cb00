import { Topic } from "aws-cdk-lib/aws-sns";
import { Stack } from "aws-cdk-lib/core";
import { describe, expect, it } from "vitest";
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

const CLOUDWATCH_MAY_PUBLISH = {
  Effect: "Allow",
  Action: "sns:Publish",
  Principal: { Service: "cloudwatch.amazonaws.com" },
  Condition: {
    StringEquals: { "aws:SourceAccount": "<AWS::AccountId>" },
    ArnLike: {
      "aws:SourceArn": "arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:*",
    },
  },
};

function addressesOf(template: SynthesizedTemplate): Record<string, string[]> {
  const addresses: Record<string, string[]> = {};
  for (const { TopicArn, Protocol, Endpoint } of Object.values(
    propertiesOf(template, "AWS::SNS::Subscription"),
  )) {
    expect(Protocol).toBe("email");
    addresses[TopicArn] = [...(addresses[TopicArn] ?? []), Endpoint].sort();
  }
  return addresses;
}

describe("the alarm topic", () => {
  const template = synthesize({ notify: ["ops@example.com", "b@example.com", "ops@example.com"] });
  const [topic] = Object.keys(propertiesOf(template, "AWS::SNS::Topic"));

  it("says that CloudWatch may publish, because the statement on TLS removes the default that says so", () => {
    const policy = only(propertiesOf(template, "AWS::SNS::TopicPolicy"));
    expect(policy.Topics).toEqual([`<${topic}>`]);
    expect(policy.PolicyDocument.Statement).toHaveLength(2);
    const [tls, cloudWatch] = policy.PolicyDocument.Statement;
    expect(tls).toMatchObject({
      Effect: "Deny",
      Action: "sns:Publish",
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    });
    expect(cloudWatch).toMatchObject({ ...CLOUDWATCH_MAY_PUBLISH, Resource: `<${topic}>` });
  });

  it("sends to each address of notify once", () => {
    expect(addressesOf(template)).toEqual({ [`<${topic}>`]: ["b@example.com", "ops@example.com"] });
  });

  it("has no subscriber without notify", () => {
    expect(addressesOf(synthesize())).toEqual({});
  });
});

describe("notifyOnLimit", () => {
  const template = synthesize({
    notify: ["ops@example.com"],
    costGuardrails: { ...OPTIONS.costGuardrails, notifyOnLimit: "money@example.com" },
  });
  const limitTopic = `<${Object.keys(propertiesOf(template, "AWS::SNS::Topic")).find((id) => id.includes("Limit"))}>`;

  it("hears of the spend alarms, their end included, and of nothing else", () => {
    expect(addressesOf(template)[limitTopic]).toEqual(["money@example.com"]);
    const heard = Object.values(propertiesOf(template, "AWS::CloudWatch::Alarm")).filter(
      (alarm) => alarm.AlarmActions.includes(limitTopic) && alarm.OKActions.includes(limitTopic),
    );
    expect(heard.map((alarm) => alarm.MetricName).sort()).toEqual(["DailyLimitUsed", "HourlyLimitUsed"]);
    const any = Object.values(propertiesOf(template, "AWS::CloudWatch::Alarm")).filter((alarm) =>
      [...alarm.AlarmActions, ...alarm.OKActions].includes(limitTopic),
    );
    expect(any).toHaveLength(2);
  });

  it("has a topic that CloudWatch may publish to as well", () => {
    const policy = Object.values(propertiesOf(template, "AWS::SNS::TopicPolicy")).find((candidate) =>
      candidate.Topics.includes(limitTopic),
    );
    expect(policy?.PolicyDocument.Statement[1]).toMatchObject(CLOUDWATCH_MAY_PUBLISH);
  });
});

describe("a topic that is given", () => {
  it("gets the permission and the subscribers when this app owns it", () => {
    const stack = new Stack(newApp(), "given");
    const alarmTopic = new Topic(stack, "Mine", { enforceSSL: true });
    const options = { ...OPTIONS, alarmTopic, notify: ["ops@example.com"] };
    // Two warmers on one topic: neither takes the other's permission or subscribers away.
    const warmer = new PromptCacheWarmer(stack, "One", options);
    new PromptCacheWarmer(stack, "Two", { ...options, environment: "stage" });
    const template = templateOf(stack);

    expect(warmer.alarmTopic).toBe(alarmTopic);
    const [mine] = Object.keys(propertiesOf(template, "AWS::SNS::Topic"));
    expect(Object.keys(propertiesOf(template, "AWS::SNS::Topic"))).toHaveLength(1);
    const { Statement } = only(propertiesOf(template, "AWS::SNS::TopicPolicy")).PolicyDocument;
    expect(Statement.filter(({ Effect }) => Effect === "Allow")).toMatchObject([CLOUDWATCH_MAY_PUBLISH]);
    expect(addressesOf(template)[`<${mine}>`]).toEqual(["ops@example.com", "ops@example.com"]);
  });

  it("is notified as it is when it is imported", () => {
    const stack = new Stack(newApp(), "given");
    const arn = "arn:aws:sns:eu-west-1:123456789012:pager";
    new PromptCacheWarmer(stack, "Warmer", {
      ...OPTIONS,
      alarmTopic: Topic.fromTopicArn(stack, "Pager", arn),
    });
    const template = templateOf(stack);

    expect(propertiesOf(template, "AWS::SNS::Topic")).toEqual({});
    expect(propertiesOf(template, "AWS::SNS::TopicPolicy")).toEqual({});
    for (const alarm of Object.values(propertiesOf(template, "AWS::CloudWatch::Alarm"))) {
      expect(alarm.AlarmActions[0]).toBe(arn);
    }
  });
});
