import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { StateUnreadable } from "../app/errors.ts";
import type { GateStore } from "../app/ports.ts";
import { type Gate, parseGate } from "../core/release/gate.ts";
import { EXPIRY_ATTRIBUTE, STATE_SCHEMA } from "../core/state-kinds.ts";
import { checkSchema, keyOf, reading, type Table } from "./table.ts";

/** An answered gate is kept this long for people who look back. */
const KEPT_MS = 30 * 86_400_000;

/** Gates, one item each, by id. */
export class DynamoGates implements GateStore {
  readonly #table: Table;
  readonly #pk: string;

  constructor(table: Table) {
    this.#table = table;
    this.#pk = keyOf(table, "gate");
  }

  async get(id: string): Promise<Gate | undefined> {
    const { Item: item } = await reading("reading a gate", () =>
      this.#table.client.send(
        new GetCommand({ TableName: this.#table.name, Key: { pk: this.#pk, sk: id }, ConsistentRead: true }),
      ),
    );
    if (item === undefined) return undefined;
    checkSchema("a gate", item["schema"]);
    const gate = parseGate(item["gate"]);
    if (typeof gate === "string") throw new StateUnreadable(`the gate ${id} is damaged: ${gate}`);
    return gate;
  }

  async put(gate: Gate): Promise<void> {
    const expiry = { [EXPIRY_ATTRIBUTE]: Math.ceil((gate.deadline + KEPT_MS) / 1000) };
    const Item = { pk: this.#pk, sk: gate.id, schema: STATE_SCHEMA, gate, ...expiry };
    await reading("writing a gate", () =>
      this.#table.client.send(new PutCommand({ TableName: this.#table.name, Item })),
    );
  }
}
