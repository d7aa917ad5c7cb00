import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { StateUnreadable } from "../app/errors.ts";
import type { ControlStore, HeldControl } from "../app/ports.ts";
import type { Control } from "../core/control.ts";
import { parseControl, toControlItem } from "../core/control-item.ts";
import { STATE_SCHEMA } from "../core/state-kinds.ts";
import { checkSchema, keyOf, reading, type Table } from "./table.ts";

/** The control item. Replaced as a whole, on condition of its revision; read consistently, always. */
export class DynamoControl implements ControlStore {
  readonly #table: Table;
  readonly #key: { readonly pk: string; readonly sk: string };

  constructor(table: Table) {
    this.#table = table;
    this.#key = { pk: keyOf(table, "control"), sk: "control" };
  }

  async read(): Promise<HeldControl | undefined> {
    const { Item: item } = await reading("reading the control item", () =>
      this.#table.client.send(
        new GetCommand({ TableName: this.#table.name, Key: this.#key, ConsistentRead: true }),
      ),
    );
    if (item === undefined) return undefined;
    checkSchema("the control item", item["schema"]);
    const control = parseControl(item["control"]);
    if (typeof control === "string") throw new StateUnreadable(`the control item is damaged: ${control}`);
    return { control, revision: String(item["revision"]) };
  }

  async write(control: Control, expected: string | undefined, revision: string): Promise<boolean> {
    const condition =
      expected === undefined
        ? { ConditionExpression: "attribute_not_exists(pk)" }
        : {
            ConditionExpression: "revision = :expected",
            ExpressionAttributeValues: { ":expected": expected },
          };
    return reading("writing the control item", async () => {
      try {
        const Item = { ...this.#key, schema: STATE_SCHEMA, revision, control: toControlItem(control) };
        await this.#table.client.send(new PutCommand({ TableName: this.#table.name, Item, ...condition }));
        return true;
      } catch (error) {
        if (error instanceof Error && error.name === "ConditionalCheckFailedException") return false;
        throw error;
      }
    });
  }
}
