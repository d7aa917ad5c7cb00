import { describe, expect, it } from "vitest";
import { compilePattern } from "../../lib/local/aws/event-pattern.ts";
import { type Access, allows } from "../../lib/local/aws/policy.ts";

const TOPIC = "arn:aws:sns:us-east-1:123456789012:ops";
const ALARM = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:spend";
const access: Access = {
  principal: "cloudwatch.amazonaws.com",
  action: "sns:Publish",
  resource: TOPIC,
  sourceArn: ALARM,
  sourceAccount: "123456789012",
};
const allow = {
  Effect: "Allow",
  Principal: { Service: "cloudwatch.amazonaws.com" },
  Action: "sns:Publish",
  Resource: TOPIC,
};
const sslOnly = {
  Effect: "Deny",
  Principal: { AWS: "*" },
  Action: "sns:Publish",
  Resource: TOPIC,
  Condition: { Bool: { "aws:SecureTransport": "false" } },
};

describe("a resource policy", () => {
  it.each<[string, object[], boolean]>([
    ["an allowing statement", [allow], true],
    ["no statement", [], false],
    ["only a statement that demands TLS", [sslOnly], false],
    ["both", [allow, sslOnly], true],
    ["another service", [{ ...allow, Principal: { Service: "events.amazonaws.com" } }], false],
    ["another action", [{ ...allow, Action: "sns:Subscribe" }], false],
    ["a wildcard action in a list", [{ ...allow, Action: ["sqs:*", "sns:Pub*"] }], true],
    ["another resource", [{ ...allow, Resource: `${TOPIC}2` }], false],
    ["an explicit deny", [allow, { ...allow, Effect: "Deny" }], false],
    [
      "the right source",
      [{ ...allow, Condition: { ArnLike: { "aws:SourceArn": ALARM.replace("spend", "*") } } }],
      true,
    ],
    ["another source", [{ ...allow, Condition: { ArnEquals: { "aws:SourceArn": `${ALARM}2` } } }], false],
    [
      "the right account",
      [{ ...allow, Condition: { StringEquals: { "AWS:SourceAccount": ["1", "123456789012"] } } }],
      true,
    ],
  ])("with %s answers", (_name, Statement, expected) => {
    expect(allows([{ Statement }], access)).toBe(expected);
  });

  it.each([
    ["operator", { NumericEquals: { "aws:SourceArn": "1" } }, "NumericEquals"],
    ["key", { StringEquals: { "aws:PrincipalOrgID": "o" } }, "aws:PrincipalOrgID"],
  ])("with a condition %s that is not modelled is refused by name", (_name, Condition, named) => {
    expect(() => allows([{ Statement: [{ ...allow, Condition }] }], access)).toThrow(named);
  });
});

const event = {
  source: "aws.ssm",
  "detail-type": "Parameter Store Change",
  resources: ["arn:one", "arn:two"],
  detail: { name: "/svc/prod/live-color", operation: "Update" },
};

describe("an event pattern", () => {
  it.each<[string, object, boolean]>([
    ["exact values", { source: ["aws.ssm"], detail: { name: ["/svc/prod/live-color"] } }, true],
    ["one of several", { detail: { operation: ["Create", "Update"] } }, true],
    ["none of several", { detail: { operation: ["Create", "Delete"] } }, false],
    ["a field that the event lacks", { detail: { policy: ["x"] } }, false],
    ["an object that the event lacks", { other: { a: ["x"] } }, false],
    ["one element of a list", { resources: ["arn:two"] }, true],
    ["a prefix", { detail: { name: [{ prefix: "/svc/prod/" }] } }, true],
    ["another prefix", { detail: { name: [{ prefix: "/svc/dev/" }] } }, false],
    ["anything but another", { detail: { operation: [{ "anything-but": "Delete" }] } }, true],
    ["anything but it", { detail: { operation: [{ "anything-but": ["Delete", "Update"] }] } }, false],
    [
      "anything but, of a field that the event lacks",
      { detail: { policy: [{ "anything-but": "x" }] } },
      false,
    ],
  ])("of %s answers", (_name, pattern, expected) => {
    expect(compilePattern(pattern, "R")(event)).toBe(expected);
  });

  it.each([
    [{ detail: { name: [{ suffix: "x" }] } }, /R\.detail\.name.*suffix/],
    [{ detail: { name: [{ "anything-but": { prefix: "x" } }] } }, /anything-but/],
    [{ detail: { name: "x" } }, /R\.detail\.name.*list/],
  ])("with %j is refused by place and operator", (pattern, message) => {
    expect(() => compilePattern(pattern, "R")).toThrow(message);
  });
});
