import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { StateUnreadable } from "../app/errors.ts";
import type { KnownEventStore } from "../app/ports.ts";
import { EVENT_KEPT_MS, type KnownEvent, LONGEST_EVENT_MS, parseKnownEvent } from "../core/known-event.ts";
import { EXPIRY_ATTRIBUTE, STATE_SCHEMA } from "../core/state-kinds.ts";
import { queryAll } from "./batches.ts";
import { checkSchema, keyOf, reading, type Table } from "./table.ts";

/** Known events, one item each, by the instant from which they hold. */
export class DynamoKnownEvents implements KnownEventStore {
  readonly #table: Table;
  readonly #pk: string;

  constructor(table: Table) {
    this.#table = table;
    this.#pk = keyOf(table, "mark");
  }

  async put(event: KnownEvent): Promise<void> {
    const expiry = { [EXPIRY_ATTRIBUTE]: Math.ceil((event.to + EVENT_KEPT_MS) / 1000) };
    const Item = { pk: this.#pk, sk: event.id, schema: STATE_SCHEMA, event, ...expiry };
    await reading("writing a known event", () =>
      this.#table.client.send(new PutCommand({ TableName: this.#table.name, Item })),
    );
  }

  async between(from: number, to: number): Promise<KnownEvent[]> {
    const items = await reading("reading known events", () =>
      queryAll(this.#table, {
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
        ExpressionAttributeValues: {
          ":pk": this.#pk,
          ":from": new Date(Math.max(0, from - LONGEST_EVENT_MS)).toISOString(),
          // Ids begin with the instant; the next letter lets those of this very instant in.
          ":to": `${new Date(to).toISOString()}~`,
        },
      }),
    );
    return items.map(toEvent).filter((event) => event.to >= from);
  }
}

function toEvent(item: Record<string, unknown>): KnownEvent {
  checkSchema("a known event", item["schema"]);
  const event = parseKnownEvent(item["event"]);
  if (typeof event === "string") throw new StateUnreadable(`a known event is damaged: ${event}`);
  return event;
}
