import { type PublishInput, type PublishResponse, SNSClient } from "@aws-sdk/client-sns";
import { describe, expect, it } from "vitest";
import { topicEnvironment } from "../../lib/aws/environment.ts";
import { SnsNotifier } from "../../lib/aws/sns-notifier.ts";
import { handler } from "../../lib/local/aws/handler.ts";
import { messageOf } from "../../lib/local/aws/sns-message.ts";
import { NOON } from "../core/samples.ts";
import { anEndpoint } from "../local/an-endpoint.ts";

const ENVIRONMENT = {
  TOPIC_ARN: "alarms",
  LIMIT_TOPIC_ARN: "limit",
  WARNING_TOPIC_ARN: "warning",
  CRITICAL_TOPIC_ARN: "critical",
};

const CHAT = {
  version: "1.0",
  source: "custom",
  content: { textType: "client-markdown", title: "t", description: "d" },
  metadata: { threadId: "1", summary: "s", eventType: "fill-cost-spike" },
} as const;

const NOTICE = { subject: "s", message: "m", aboutLimit: false };

/** A notifier, and what SNS got of it. */
async function aNotifier() {
  const published: PublishInput[] = [];
  const accepted = ["TopicArn", "Subject", "Message", "MessageStructure"] as const;
  const Publish = handler<PublishInput, PublishResponse>(accepted, (input) => {
    published.push(input);
    return { MessageId: "1" };
  });
  const { operator } = await anEndpoint({ sns: { Publish } }, () => NOON);
  const failed: unknown[] = [];
  const notifier = new SnsNotifier(new SNSClient(operator), topicEnvironment(ENVIRONMENT), (error) =>
    failed.push(error),
  );
  return { notifier, published, failed };
}

describe("a notice", () => {
  it.each([
    { what: "of a pause", notice: {}, topics: ["alarms"] },
    { what: "of a met limit", notice: { aboutLimit: true }, topics: ["alarms", "limit"] },
    { what: "at a level with a topic", notice: { level: "critical" }, topics: ["critical"] },
    { what: "at a level without one", notice: { level: "info" }, topics: ["alarms"] },
  ] as const)("$what goes to $topics", async ({ notice, topics }) => {
    const { notifier, published } = await aNotifier();
    expect(await notifier.send({ ...NOTICE, ...notice })).toBe(true);
    expect(published.map(({ TopicArn }) => TopicArn)).toEqual(topics);
    expect(published[0]).toMatchObject({ Subject: "s", Message: "m" });
    expect(published[0]?.MessageStructure).toBeUndefined();
  });

  it("with a chat message is text for mail, and the chat's own schema for its endpoint", async () => {
    const { notifier, published } = await aNotifier();
    await notifier.send({ ...NOTICE, level: "warning", chat: CHAT });
    const [sent] = published;
    if (sent === undefined) throw new Error("nothing was published");
    const { message, byProtocol } = messageOf(sent);
    expect(message).toBe("m");
    expect(byProtocol?.["email"]).toBeUndefined();
    expect(JSON.parse(byProtocol?.["https"] ?? "")).toEqual(CHAT);
  });
});

describe("the local topic", () => {
  it.each([
    { Message: "no json", MessageStructure: "json" },
    { Message: "{}", MessageStructure: "json" },
    { Message: '{"default":"m"}', MessageStructure: "xml" },
  ])("refuses a message of several texts without a default: %j", (input) => {
    expect(() => messageOf({ ...input, TopicArn: "t" })).toThrow("no default entry in JSON");
  });
});
