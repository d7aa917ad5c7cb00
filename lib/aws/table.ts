import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { StateUnreadable } from "../app/errors.ts";
import { STATE_SCHEMA, type StateKindName, stateKey } from "../core/state-kinds.ts";

/** The one table, how to speak to it, and whose items in it are meant. */
export interface Table {
  readonly client: DynamoDBDocumentClient;
  readonly name: string;
  /** @default - the items of a warmer without partitions */
  readonly partition?: string | undefined;
}

/** How the partition keys of a kind's items begin in this table. */
export function keyOf(table: Pick<Table, "partition">, kind: StateKindName): string {
  return stateKey(kind, table.partition);
}

/** Few attempts and a short timeout: a ledger that does not answer means "do not spend", not "wait". */
export function openTable(name: string, where: DynamoDBClientConfig = {}): Table {
  const client = new DynamoDBClient({
    ...where,
    maxAttempts: 3,
    requestHandler: { requestTimeout: 3_000, connectionTimeout: 1_000 },
  });
  return {
    client: DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } }),
    name,
  };
}

/** Runs one request; whatever fails is `StateUnreadable`, with the operation and the cause's name. */
export async function reading<T>(what: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (error instanceof StateUnreadable) throw error;
    throw new StateUnreadable(`${what}: ${error instanceof Error ? error.name : "unknown error"}`, {
      cause: error,
    });
  }
}

/**
 * Older schemas are read; a newer one belongs to a newer release and must not be guessed at.
 *
 * @param known the newest schema that is known of such items. @default STATE_SCHEMA
 */
export function checkSchema(what: string, schema: unknown, known: number = STATE_SCHEMA): void {
  if (!Number.isInteger(schema)) throw new StateUnreadable(`${what} carries no schema number`);
  if ((schema as number) > known) {
    throw new StateUnreadable(`${what} has schema ${schema as number}; this release reads up to ${known}`);
  }
}
