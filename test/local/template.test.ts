import { describe, expect, it } from "vitest";
import { resolveTemplate } from "../../lib/local/template.ts";

const bodyOf = (Resources: object, more: object = {}) => ({ Resources, ...more });
/** A place for `Fn::Sub` to fill. */
const hole = (name: string) => `\${${name}}`;
const topic = { Type: "AWS::SNS::Topic" };
const outputOf = (Value: unknown, more: object = {}) =>
  resolveTemplate(
    bodyOf(
      { Ops: topic, Failed: { Type: "AWS::SQS::Queue", Properties: { QueueName: "failed" } } },
      { Outputs: { O: { Value } }, ...more },
    ),
    { stack: "S" },
  ).outputs[0]?.value;

const opsArn = /^arn:aws:sns:us-east-1:123456789012:S-Ops-[0-9A-F]{12}$/;

describe("a template", () => {
  it.each<[string, unknown, string | RegExp]>([
    ["Ref of a topic", { Ref: "Ops" }, opsArn],
    ["Ref of a queue", { Ref: "Failed" }, "https://sqs.us-east-1.amazonaws.com/123456789012/failed"],
    ["Ref of a pseudo parameter", { Ref: "AWS::Region" }, "us-east-1"],
    ["GetAtt as a list", { "Fn::GetAtt": ["Failed", "Arn"] }, "arn:aws:sqs:us-east-1:123456789012:failed"],
    ["GetAtt as a text", { "Fn::GetAtt": "Failed.Arn" }, "arn:aws:sqs:us-east-1:123456789012:failed"],
    ["Join", { "Fn::Join": ["/", ["a", { Ref: "AWS::AccountId" }, 3]] }, "a/123456789012/3"],
    [
      "Sub of names, attributes and literals",
      { "Fn::Sub": `${hole("AWS::Partition")}:${hole("Failed.QueueName")}:${hole("!Kept")}` },
      `aws:failed:${hole("Kept")}`,
    ],
    [
      "Sub with its own variables",
      { "Fn::Sub": [`<${hole("Q")}>`, { Q: { Ref: "AWS::StackName" } }] },
      "<S>",
    ],
    ["Select of Split", { "Fn::Select": [1, { "Fn::Split": ["-", "a-b-c"] }] }, "b"],
  ])("resolves %s", (_name, value, expected) => {
    const received = outputOf(value);
    if (typeof expected === "string") expect(received).toBe(expected);
    else expect(received).toMatch(expected);
  });

  it.each<[string, unknown, string]>([
    ["an unknown name", { Ref: "Nobody" }, "Nobody, which is not in the template"],
    [
      "an unknown attribute",
      { "Fn::GetAtt": ["Ops", "Weight"] },
      "Ops (AWS::SNS::Topic) has no attribute Weight",
    ],
    ["an import", { "Fn::ImportValue": "x" }, "does not model Fn::ImportValue"],
    ["a condition", { "Fn::If": ["C", 1, 2] }, "does not model Fn::If"],
    ["an element that is not there", { "Fn::Select": [2, ["a", "b"]] }, "no element 2"],
  ])("refuses %s and says where", (_name, value, message) => {
    expect(() => outputOf(value)).toThrow(message);
    expect(() => outputOf(value)).toThrow("output O");
  });

  it("refuses an unknown resource type by logical id and type", () => {
    const resources = { Thing: { Type: "AWS::Lambda::Url", Properties: {} } };
    expect(() => resolveTemplate(bodyOf(resources), { stack: "S" })).toThrow(/Thing.*AWS::Lambda::Url/);
  });

  it.each<[string, object, string]>([
    [
      "a property",
      { Type: "AWS::SNS::Topic", Properties: { KmsMasterKeyId: "k" } },
      "KmsMasterKeyId is not modelled",
    ],
    [
      "a property inside a property",
      {
        Type: "AWS::Events::Rule",
        Properties: { Targets: [{ Id: "a", Arn: "b", InputTransformer: {} }] },
      },
      "Targets.0.InputTransformer is not modelled",
    ],
    [
      "a value",
      { Type: "AWS::SNS::Subscription", Properties: { TopicArn: "t", Endpoint: "e", Protocol: "firehose" } },
      "Protocol",
    ],
    ["a missing property", { Type: "AWS::SNS::TopicPolicy", Properties: { PolicyDocument: {} } }, "Topics"],
  ])("refuses %s that is not modelled by logical id, type and place", (_name, resource, place) => {
    const resolve = () => resolveTemplate(bodyOf({ Thing: resource }), { stack: "S" });
    expect(resolve).toThrow(place);
    expect(resolve).toThrow(`Thing (${(resource as { Type: string }).Type})`);
  });

  it.each([
    ["a resource's Condition", bodyOf({ Ops: { ...topic, Condition: "C" } }), "Resources.Ops.Condition"],
    ["a section", bodyOf({ Ops: topic }, { Conditions: {} }), "Conditions"],
    ["an extra rule", bodyOf({ Ops: topic }, { Rules: { Other: {} } }), "Rules.Other"],
  ])("refuses %s of the template that it does not know", (_name, body, place) => {
    expect(() => resolveTemplate(body, { stack: "S" })).toThrow(`${place} is not modelled`);
  });

  it("drops what is set to AWS::NoValue", () => {
    const Properties = { TopicName: "t", DisplayName: { Ref: "AWS::NoValue" } };
    const [resource] = resolveTemplate(bodyOf({ Ops: { ...topic, Properties } }), { stack: "S" }).resources;
    expect(resource?.properties).toEqual({ TopicName: "t" });
  });

  it("takes template parameters from the caller, else from their defaults, else refuses their use", () => {
    const more = {
      Parameters: { Stage: { Type: "String", Default: "dev" }, Key: { Type: "String" } },
      Outputs: { O: { Value: { "Fn::Sub": hole("Stage") } } },
    };
    const stage = (parameters?: Record<string, string>) =>
      resolveTemplate(bodyOf({}, more), { stack: "S", ...(parameters && { parameters }) }).outputs[0]?.value;
    expect([stage(), stage({ Stage: "prod" })]).toEqual(["dev", "prod"]);
    expect(() => outputOf({ Ref: "Key" }, { Parameters: more.Parameters })).toThrow("template parameter Key");
  });

  it("gives the same generated names on every run and others in another stack", () => {
    const nameIn = (stack: string) => resolveTemplate(bodyOf({ Ops: topic }), { stack }).resources[0]?.name;
    expect(nameIn("S")).toBe(nameIn("S"));
    expect(nameIn("S")).not.toBe(nameIn("T"));
  });

  it("refuses a name that depends on itself", () => {
    const named = (other: string) => ({
      ...topic,
      Properties: { TopicName: { "Fn::GetAtt": [other, "TopicName"] } },
    });
    expect(() => resolveTemplate(bodyOf({ A: named("B"), B: named("A") }), { stack: "S" })).toThrow(
      "depends on itself",
    );
  });

  it("keeps the word Condition of a policy statement", () => {
    const PolicyDocument = {
      Statement: [{ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }],
    };
    const resources = { P: { Type: "AWS::SNS::TopicPolicy", Properties: { Topics: ["t"], PolicyDocument } } };
    const [policy] = resolveTemplate(bodyOf(resources), { stack: "S" }).ofType("AWS::SNS::TopicPolicy");
    expect(policy?.properties.PolicyDocument).toEqual(PolicyDocument);
  });
});
