import { QueryCommand, type QueryCommandInput } from "@aws-sdk/lib-dynamodb";
import { StateUnreadable } from "../app/errors.ts";
import type { PrefixStore } from "../app/ports.ts";
import { parsePrefixState } from "../core/prefix-item.ts";
import type { PrefixState } from "../core/prefix-state.ts";
import { DUE_INDEX, STATE_SCHEMA } from "../core/state-kinds.ts";
import { queryAll, readInBatches, writeInBatches } from "./batches.ts";
import { checkSchema, reading, type Table } from "./table.ts";

const PARTITION = "prefix";

/** Prefix items, one per fingerprint, listed by due time: a tick reads what is due, not what is stored. */
export class DynamoPrefixes implements PrefixStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  due(until: number): Promise<PrefixState[]> {
    return this.#query({
      IndexName: DUE_INDEX,
      KeyConditionExpression: "pk = :pk AND dueAt <= :until",
      ExpressionAttributeValues: { ":pk": PARTITION, ":until": until },
    });
  }

  all(): Promise<PrefixState[]> {
    return this.#query({
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": PARTITION },
    });
  }

  async some(fingerprints: readonly string[]): Promise<PrefixState[]> {
    const keys = fingerprints.map((sk) => ({ pk: PARTITION, sk }));
    return (await reading("reading prefix items", () => readInBatches(this.#table, keys))).map(toState);
  }

  async any(): Promise<boolean> {
    const { Count: count = 0 } = await reading("looking for prefix items", () =>
      this.#table.client.send(
        new QueryCommand({
          TableName: this.#table.name,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": PARTITION },
          ConsistentRead: true,
          Limit: 1,
        }),
      ),
    );
    return count > 0;
  }

  save(states: readonly PrefixState[]): Promise<void> {
    const items = states.map((state) => ({
      pk: PARTITION,
      sk: state.fingerprint,
      schema: STATE_SCHEMA,
      dueAt: state.dueAt,
      state,
    }));
    return reading("writing prefix items", () => writeInBatches(this.#table, items));
  }

  async #query(query: Omit<QueryCommandInput, "TableName">): Promise<PrefixState[]> {
    const items = await reading("reading prefix items", () => queryAll(this.#table, query));
    return items.map(toState);
  }
}

/** @throws StateUnreadable */
function toState(item: Record<string, unknown>): PrefixState {
  checkSchema("a prefix item", item["schema"]);
  const state = parsePrefixState(item["state"]);
  if (typeof state === "string") throw new StateUnreadable(`a prefix item is damaged: ${state}`);
  return state;
}
