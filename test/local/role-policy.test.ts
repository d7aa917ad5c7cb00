import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AccessRequest, judge, readPolicy, type Verdict } from "../../lib/local/aws/role-policy.ts";

const TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/state";
const request: AccessRequest = {
  action: "dynamodb:GetItem",
  resource: TABLE,
  context: { "dynamodb:leadingkeys": ["control"] },
};
const allow = { Effect: "Allow", Action: "dynamodb:GetItem", Resource: TABLE };
const deny = { Effect: "Deny", Action: "*", Resource: "*" };
const forKeys = (...keys: string[]) => ({
  Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": keys } },
});

const read = (...Statement: object[]) => readPolicy({ Version: "2012-10-17", Statement }, "Role", "P");

describe("a role's policy", () => {
  it.each<[string, object[], Verdict]>([
    ["an allowing statement", [allow], "allowed"],
    ["no statement", [], "not allowed"],
    ["another action", [{ ...allow, Action: "dynamodb:PutItem" }], "not allowed"],
    ["an action that begins alike", [{ ...allow, Action: "dynamodb:GetIte" }], "not allowed"],
    ["the action in other case", [{ ...allow, Action: ["x:Y", "DynamoDB:getitem"] }], "allowed"],
    ["a pattern of actions", [{ ...allow, Action: "dynamodb:Get*" }], "allowed"],
    ["another resource", [{ ...allow, Resource: `${TABLE}2` }], "not allowed"],
    ["an index of the resource alone", [{ ...allow, Resource: `${TABLE}/index/byDue` }], "not allowed"],
    ["the resource in other case", [{ ...allow, Resource: TABLE.toUpperCase() }], "not allowed"],
    ["the keys that were asked for", [{ ...allow, ...forKeys("control", "control#*") }], "allowed"],
    ["other keys", [{ ...allow, ...forKeys("plan", "control#*") }], "not allowed"],
    ["a deny beside it", [allow, deny], "explicitly denied"],
    ["a deny of something else beside it", [allow, { ...deny, Action: "iam:*" }], "allowed"],
    [
      "a deny of every other resource",
      [allow, { Effect: "Deny", Action: "*", NotResource: TABLE }],
      "allowed",
    ],
    [
      "a deny of every resource but another",
      [allow, { Effect: "Deny", Action: "*", NotResource: `${TABLE}2` }],
      "explicitly denied",
    ],
    [
      "a deny of every other action",
      [allow, { Effect: "Deny", NotAction: "dynamodb:*", Resource: "*" }],
      "allowed",
    ],
    ["a deny whose condition fails", [allow, { ...deny, ...forKeys("plan") }], "allowed"],
  ])("with %s answers", (_what, statements, expected) => {
    expect(judge(read(...statements), request)).toBe(expected);
  });

  it.each<[string, string, readonly string[] | undefined, Verdict]>([
    ["StringEquals", "N", ["N"], "allowed"],
    ["StringEquals", "N*", ["N1"], "not allowed"],
    ["StringEquals", "N", ["n"], "not allowed"],
    ["StringEquals", "N", undefined, "not allowed"],
    ["StringLike", "N*", ["N1"], "allowed"],
    ["StringLike", "N*", undefined, "not allowed"],
    ["ForAllValues:StringLike", "N*", ["N1", "N2"], "allowed"],
    ["ForAllValues:StringLike", "N*", ["N1", "M"], "not allowed"],
    ["ForAllValues:StringLike", "N*", undefined, "allowed"],
    ["ForAllValues:StringEquals", "N", ["N", "N1"], "not allowed"],
  ])("judges by %s of %s the values %j", (operator, expected, values, verdict) => {
    const action = "cloudwatch:PutMetricData";
    const Condition = { [operator]: { "cloudwatch:namespace": expected } };
    const context: AccessRequest["context"] = values === undefined ? {} : { "cloudwatch:namespace": values };
    const statements = read({ Effect: "Allow", Action: action, Resource: "*", Condition });
    expect(judge(statements, { action, resource: "*", context })).toBe(verdict);
  });

  it("counts a use for the very grant that let a request through, and none for what was refused", () => {
    const statements = read({
      ...allow,
      Action: ["dynamodb:GetItem", "dynamodb:Query"],
      ...forKeys("control"),
    });
    judge(statements, request);
    judge(statements, { ...request, context: { "dynamodb:leadingkeys": ["plan"] } });
    expect(statements.flatMap(({ grants }) => grants).map(({ action, uses }) => [action, uses])).toEqual([
      ["dynamodb:GetItem", 1],
      ["dynamodb:Query", 0],
    ]);
  });

  it("with an explicit deny lets nothing through, whatever else it allows", () => {
    const pattern = fc.constantFrom("*", "dynamodb:*", "dynamodb:GetItem", "dynamodb:?etItem");
    fc.assert(
      fc.property(fc.array(pattern), fc.nat({ max: 9 }), (actions, place) => {
        const statements: object[] = actions.map((Action) => ({ ...allow, Action }));
        statements.splice(place, 0, deny);
        expect(judge(read(...statements), request)).toBe("explicitly denied");
      }),
      { seed: 1 },
    );
  });

  it.each<[string, object, string]>([
    [
      "operator",
      { ...allow, Condition: { NumericEquals: { "cloudwatch:namespace": "1" } } },
      "NumericEquals",
    ],
    ["key", { ...allow, Condition: { StringEquals: { "aws:PrincipalOrgID": "o" } } }, "aws:PrincipalOrgID"],
    ["member", { ...allow, Principal: "*" }, "Principal"],
    ["effect", { ...allow, Effect: "allow" }, "Effect"],
    ["pair of actions", { ...allow, NotAction: "s3:*" }, "exactly one"],
    ["lack of resources", { Effect: "Allow", Action: "*" }, "exactly one"],
    ["allowance of all others", { Effect: "Allow", NotAction: "iam:*", Resource: "*" }, "everything but"],
  ])("is refused by place for what is not modelled: its %s", (_what, statement, named) => {
    expect(() => read(statement)).toThrow(named);
    expect(() => read(statement)).toThrow(/^P/);
  });
});
