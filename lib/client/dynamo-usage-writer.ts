import type { UsageItem } from "../core/usage/usage-record.ts";
import { type ClientAwsAccess, loadOnce, PATIENCE } from "./aws-access.ts";
import type { UsageWriter } from "./usage-outbox.ts";

export interface DynamoUsageWriterOptions extends ClientAwsAccess {
  /** The warmer's table, from the stack's outputs. The process may put items whose key begins with `usage#`, or `usage@NAME#`. */
  readonly tableName: string;
}

/**
 * Writes usage records to DynamoDB. The AWS SDK is loaded when the first record is written, not when the
 * application starts. A put without a condition: the same item twice is one item.
 */
export function dynamoUsageWriter({ tableName, ...where }: DynamoUsageWriterOptions): UsageWriter {
  const opened = loadOnce(() => open(tableName, where));
  return async (item) => {
    const put = await opened();
    await put(item);
  };
}

// --- internal ---

type Put = (item: UsageItem) => Promise<void>;

async function open(table: string, where: ClientAwsAccess): Promise<Put> {
  const { DynamoDBClient, PutItemCommand } = await import("@aws-sdk/client-dynamodb");
  const client = new DynamoDBClient({ ...where, ...PATIENCE });
  return async (item) => {
    await client.send(new PutItemCommand({ TableName: table, Item: attributesOf(item) }));
  };
}

/** The three types that an item has; the document client would be another package to load for them. */
function attributesOf(item: UsageItem) {
  return Object.fromEntries(
    Object.entries(item).map(([name, value]: [string, string | number | readonly string[]]) => [
      name,
      typeof value === "string"
        ? { S: value }
        : typeof value === "number"
          ? { N: String(value) }
          : { L: value.map((S) => ({ S })) },
    ]),
  );
}
