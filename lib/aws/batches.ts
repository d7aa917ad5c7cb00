import {
  BatchGetCommand,
  BatchWriteCommand,
  QueryCommand,
  type QueryCommandInput,
} from "@aws-sdk/lib-dynamodb";
import pMap from "p-map";
import { systemClock } from "./system-clock.ts";
import type { Table } from "./table.ts";
import type { WritePace } from "./write-pace.ts";

/** DynamoDB's own limits per request (API reference, read 2026-11-21). */
const WRITES_PER_REQUEST = 25;
const READS_PER_REQUEST = 100;

const REQUESTS_AT_ONCE = 8;
const MAX_ROUNDS = 6;

/** What DynamoDB left is sent again after this long, then twice as long, and so on: it had too much at once. */
const FIRST_WAIT_MS = 50;

type Item = Record<string, unknown>;

/** Puts items; what DynamoDB leaves unprocessed is sent again. @throws Error if it never takes them all */
export function writeInBatches(table: Table, items: readonly Item[], pace: WritePace): Promise<void> {
  return inBatches(table, items, (item) => ({ PutRequest: { Item: item } }), pace);
}

/** Deletes items by key; one that is not there is no error. @throws Error if DynamoDB never takes them all */
export function deleteInBatches(table: Table, keys: readonly Item[], pace: WritePace): Promise<void> {
  return inBatches(table, keys, (key) => ({ DeleteRequest: { Key: key } }), pace);
}

async function inBatches(
  table: Table,
  items: readonly Item[],
  toRequest: (item: Item) => object,
  pace: WritePace,
): Promise<void> {
  await pMap(
    chunks(items, WRITES_PER_REQUEST),
    async (chunk) => {
      await pace.turn(chunk);
      let requests = chunk.map(toRequest);
      for (let round = 0; requests.length > 0; round++) {
        if (round === MAX_ROUNDS) throw new Error(`${requests.length} items were left unprocessed`);
        if (round > 0) await systemClock.sleep(FIRST_WAIT_MS * 2 ** (round - 1));
        const { UnprocessedItems: left } = await table.client.send(
          new BatchWriteCommand({ RequestItems: { [table.name]: requests } }),
        );
        requests = (left?.[table.name] ?? []) as typeof requests;
      }
    },
    { concurrency: REQUESTS_AT_ONCE },
  );
}

/**
 * Gets items by key, in any order; missing ones are left out.
 *
 * @param isConsistent whether what was just written must be found; it costs twice as much. @default true
 */
export async function readInBatches(
  table: Table,
  keys: readonly Item[],
  isConsistent = true,
): Promise<Item[]> {
  const found = await pMap(
    chunks(keys, READS_PER_REQUEST),
    async (chunk) => {
      const items: Item[] = [];
      let pending: Item[] = [...chunk];
      for (let round = 0; pending.length > 0; round++) {
        if (round === MAX_ROUNDS) throw new Error(`${pending.length} items could not be read`);
        if (round > 0) await systemClock.sleep(FIRST_WAIT_MS * 2 ** (round - 1));
        const asked = { Keys: pending, ConsistentRead: isConsistent };
        const { Responses: responses, UnprocessedKeys: left } = await table.client.send(
          new BatchGetCommand({ RequestItems: { [table.name]: asked } }),
        );
        items.push(...(responses?.[table.name] ?? []));
        pending = left?.[table.name]?.Keys ?? [];
      }
      return items;
    },
    { concurrency: REQUESTS_AT_ONCE },
  );
  return found.flat();
}

/** Reads a query to its end, consistently: a page ends after 1 MB, whatever is left. */
export async function queryAll(table: Table, query: Omit<QueryCommandInput, "TableName">): Promise<Item[]> {
  const items: Item[] = [];
  let from: QueryCommandInput["ExclusiveStartKey"];
  do {
    const page = await table.client.send(
      new QueryCommand({ TableName: table.name, ConsistentRead: true, ExclusiveStartKey: from, ...query }),
    );
    items.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return items;
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}
