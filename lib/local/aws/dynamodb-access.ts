/**
 * What a DynamoDB request asks for: each table or index that it names, with the partition keys that it reaches for.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html, read 2026-11
 */
import { arn } from "../account.ts";
import type { AccessRequest } from "./role-policy.ts";

/** Names the attribute that is the partition key of a table; undefined for a table that the template does not know. */
export type PartitionKeyOf = (table: string) => string | undefined;

type Body = Readonly<Record<string, unknown>>;
type Items = readonly (Body | undefined)[];

/** @throws for a request whose partition keys cannot be told: judged without them it could pass a condition on them. */
export function dynamoRequests(
  operation: string,
  body: Body,
  partitionKeyOf: PartitionKeyOf,
): AccessRequest[] {
  const action = `dynamodb:${operation}`;
  return targetsOf(operation, body).map(({ table, index, items, part }): AccessRequest => {
    const key = partitionKeyOf(table);
    const resource = arn("dynamodb", `table/${table}${index === undefined ? "" : `/index/${index}`}`);
    if (key === undefined || items === undefined) return { action, resource, context: {} };
    const values = part === undefined ? items.map((item) => keyText(item?.[key])) : [queried(part, key)];
    return { action, resource, context: { "dynamodb:leadingkeys": values } };
  });
}

/** The table that a request names first, for the record of calls. */
export function tableIn(body: Body): string | undefined {
  const { TableName: name, RequestItems: batches } = body;
  if (typeof name === "string") return name;
  return typeof batches === "object" && batches !== null ? Object.keys(batches)[0] : undefined;
}

// --- internal ---

interface Target {
  /** `*` for an operation that names no table. */
  readonly table: string;
  readonly index?: string;
  /** What holds the key of each item; undefined when the request names no item. */
  readonly items?: Items;
  /** A query, whose key stands in an expression. */
  readonly part?: Body;
}

function targetsOf(operation: string, body: Body): Target[] {
  const table = String(body["TableName"] ?? "*");
  const { IndexName: index } = body;
  const where = { table, ...(typeof index === "string" && { index }) };
  switch (operation) {
    case "GetItem":
    case "UpdateItem":
    case "DeleteItem":
      return [{ table, items: [body["Key"] as Body] }];
    case "PutItem":
      return [{ table, items: [body["Item"] as Body] }];
    case "BatchGetItem":
      return batchesOf<{ readonly Keys?: Items }>(body).map(([name, { Keys: items = [] }]) => ({
        table: name,
        items,
      }));
    case "BatchWriteItem":
      return batchesOf<readonly Write[]>(body).map(([name, writes]) => ({
        table: name,
        items: writes.map((write) => write.PutRequest?.Item ?? write.DeleteRequest?.Key),
      }));
    case "Query":
      return [{ ...where, items: [], part: body }];
    default:
      // A scan reaches for every key and names none; the others act on a table.
      return [where];
  }
}

interface Write {
  readonly PutRequest?: { readonly Item: Body };
  readonly DeleteRequest?: { readonly Key: Body };
}

function batchesOf<T>(body: Body): [string, T][] {
  return Object.entries((body["RequestItems"] ?? {}) as Readonly<Record<string, T>>);
}

/** The key in `pk = :pk AND …`, by its name or by a name that stands for it. */
function queried(query: Body, key: string): string {
  const expression = String(query["KeyConditionExpression"] ?? "");
  const names = (query["ExpressionAttributeNames"] ?? {}) as Readonly<Record<string, string>>;
  const values = (query["ExpressionAttributeValues"] ?? {}) as Body;
  for (const [, name = "", value = ""] of expression.matchAll(/([#\w]+)\s*=\s*(:\w+)/g))
    if ((names[name] ?? name) === key) return keyText(values[value]);
  throw new Error(
    `A DynamoDB query must give its partition key ${key} in KeyConditionExpression, got: ${expression.slice(0, 40)}.`,
  );
}

/** A key as conditions see it: `{ "S": "control" }` is `control`. */
function keyText(attribute: unknown): string {
  return String(Object.values((attribute ?? {}) as object)[0] ?? "");
}
