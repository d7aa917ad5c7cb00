import { describe, expect, it } from "vitest";
import { dynamoRequests, tableIn } from "../../lib/local/aws/dynamodb-access.ts";

const ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/state";
const text = (S: string) => ({ S });
const keysOf = (table: string) => (table === "state" ? "pk" : undefined);
/** What a request asks for, as `resource [keys]`; without brackets when it names no keys. */
const asked = (operation: string, body: object) =>
  dynamoRequests(operation, { ...body }, keysOf).map(
    ({ resource, context: { "dynamodb:leadingkeys": keys } }) =>
      `${resource}${keys === undefined ? "" : ` [${keys.join(" ")}]`}`,
  );

describe("what a DynamoDB request asks for", () => {
  it.each<[string, object, string[]]>([
    ["GetItem", { Key: { pk: text("control"), sk: text("x") } }, [`${ARN} [control]`]],
    ["DeleteItem", { Key: { pk: text("control") } }, [`${ARN} [control]`]],
    ["UpdateItem", { Key: { pk: text("plan") } }, [`${ARN} [plan]`]],
    ["PutItem", { Item: { sk: text("x"), pk: text("control") } }, [`${ARN} [control]`]],
    ["PutItem", { Item: { sk: text("without a key") } }, [`${ARN} []`]],
    ["Scan", {}, [ARN]],
    ["DescribeTable", {}, [ARN]],
    [
      "Query",
      {
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :s)",
        ExpressionAttributeValues: { ":pk": text("gate"), ":s": text("a") },
      },
      [`${ARN} [gate]`],
    ],
    [
      "Query",
      {
        IndexName: "byDue",
        KeyConditionExpression: "#d <= :d AND #k=:k",
        ExpressionAttributeNames: { "#k": "pk", "#d": "dueAt" },
        ExpressionAttributeValues: { ":k": text("prefix"), ":d": { N: "1" } },
      },
      [`${ARN}/index/byDue [prefix]`],
    ],
  ])("by %s of %j", (operation, body, expected) => {
    expect(asked(operation, { TableName: "state", ...body })).toEqual(expected);
  });

  it("by a batch is every key of every table in it", () => {
    const Keys = [{ pk: text("body#1") }, { pk: text("control") }];
    expect(asked("BatchGetItem", { RequestItems: { state: { Keys }, other: { Keys } } })).toEqual([
      `${ARN} [body#1 control]`,
      ARN.replace("state", "other"),
    ]);
    const writes = [
      { PutRequest: { Item: { pk: text("prefix") } } },
      { DeleteRequest: { Key: { pk: text("plan") } } },
    ];
    expect(asked("BatchWriteItem", { RequestItems: { state: writes } })).toEqual([`${ARN} [prefix plan]`]);
  });

  it("is refused when the partition key of a query cannot be told", () => {
    const hidden = { TableName: "state", KeyConditionExpression: "sk = :sk" };
    expect(() => asked("Query", hidden)).toThrow(/partition key pk .* got: sk = :sk/);
  });

  it("names the table for the record, however the request says it", () => {
    expect(tableIn({ TableName: "state" })).toBe("state");
    expect(tableIn({ RequestItems: { state: {} } })).toBe("state");
    expect(tableIn({})).toBeUndefined();
  });
});
