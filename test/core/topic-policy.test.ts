import { describe, expect, it } from "vitest";
import { allowsCloudWatch } from "../../lib/core/topic-policy.ts";

const CLOUDWATCH = { Service: "cloudwatch.amazonaws.com" };
const allow = (fields: object = {}) => ({
  Effect: "Allow",
  Principal: CLOUDWATCH,
  Action: "sns:Publish",
  ...fields,
});

describe("a topic lets CloudWatch publish", () => {
  it.each<[string, unknown]>([
    ["without a policy of its own", undefined],
    ["by a statement for it", { Statement: [allow()] }],
    ["by a statement that is no list", { Statement: allow() }],
    [
      "by one of several services",
      { Statement: allow({ Principal: { Service: ["events", CLOUDWATCH.Service] } }) },
    ],
    ["by a statement for everybody", { Statement: allow({ Principal: "*" }) }],
    [
      "by one of several actions, in any case",
      { Statement: allow({ Action: ["SNS:Subscribe", "SNS:PUBLISH"] }) },
    ],
    ["by all actions of SNS", { Statement: allow({ Action: "sns:*" }) }],
    ["by all actions", { Statement: allow({ Action: "*" }) }],
    ["by the second statement", { Statement: [allow({ Effect: "Deny" }), allow()] }],
  ])("%s", (_how, policy) => {
    expect(allowsCloudWatch(policy)).toBe(true);
  });

  it.each<[string, unknown]>([
    ["to a policy without statements", {}],
    ["to no object", null],
    ["to a denial", { Statement: allow({ Effect: "Deny" }) }],
    ["to another service", { Statement: allow({ Principal: { Service: "events.amazonaws.com" } }) }],
    ["to an account", { Statement: allow({ Principal: { AWS: "123456789012" } }) }],
    ["to another action", { Statement: allow({ Action: ["sns:Subscribe"] }) }],
    ["to no action", { Statement: { Effect: "Allow", Principal: CLOUDWATCH } }],
    ["to what is no statement", { Statement: [null, "Allow"] }],
  ])("but not thanks %s", (_to, policy) => {
    expect(allowsCloudWatch(policy)).toBe(false);
  });
});
