import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { FillHistoryStore } from "../app/ports.ts";
import { EMPTY_HISTORY, type FillHistory } from "../core/fill-cost/fill-history.ts";
import {
  parseFillHistory,
  type ReadHistory,
  toFillHistoryItem,
} from "../core/fill-cost/fill-history-item.ts";
import { STATE_SCHEMA } from "../core/state-kinds.ts";
import { checkSchema, keyOf, reading, type Table } from "./table.ts";

/** What fill cost was: one item of about 12 KB, read every minute and written about once an hour. */
export class DynamoHistory implements FillHistoryStore {
  readonly #table: Table;
  readonly #key: { readonly pk: string; readonly sk: string };

  constructor(table: Table) {
    this.#table = table;
    this.#key = { pk: keyOf(table, "history"), sk: "history" };
  }

  async read(): Promise<ReadHistory> {
    const { Item: item } = await reading("reading the history", () =>
      this.#table.client.send(
        new GetCommand({ TableName: this.#table.name, Key: this.#key, ConsistentRead: true }),
      ),
    );
    if (item === undefined) return { history: EMPTY_HISTORY, problems: [] };
    checkSchema("the history", item["schema"]);
    return parseFillHistory(item["history"]);
  }

  async write(history: FillHistory): Promise<void> {
    const Item = { ...this.#key, schema: STATE_SCHEMA, history: toFillHistoryItem(history) };
    await reading("writing the history", () =>
      this.#table.client.send(new PutCommand({ TableName: this.#table.name, Item })),
    );
  }
}
