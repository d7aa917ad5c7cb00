import type { UsageItem } from "../core/usage/usage-record.ts";
import type { UsageWriter } from "./usage-outbox.ts";

export interface DynamoUsageWriterOptions {
  /** The warmer's table, from the stack's outputs. The process may put items whose key begins with `usage#`. */
  readonly tableName: string;
  /** @default - as the AWS SDK finds it */
  readonly region?: string;
  /** @default - the service's own */
  readonly endpoint?: string;
  /** @default - as the AWS SDK finds them */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/**
 * Writes usage records to DynamoDB. The AWS SDK is loaded when the first record is written, not when the
 * application starts. A put without a condition: the same item twice is one item.
 */
export function dynamoUsageWriter({ tableName, ...where }: DynamoUsageWriterOptions): UsageWriter {
  let opened: Promise<Put> | undefined;
  return async (item) => {
    opened ??= open(tableName, where);
    // What could not be loaded is tried again with the next item.
    opened.catch(() => {
      opened = undefined;
    });
    const put = await opened;
    await put(item);
  };
}

// --- internal ---

type Put = (item: UsageItem) => Promise<void>;

async function open(table: string, where: Omit<DynamoUsageWriterOptions, "tableName">): Promise<Put> {
  const { DynamoDBClient, PutItemCommand } = await import("@aws-sdk/client-dynamodb");
  const client = new DynamoDBClient({
    ...where,
    maxAttempts: 3,
    requestHandler: { requestTimeout: 3_000, connectionTimeout: 1_000 },
  });
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
