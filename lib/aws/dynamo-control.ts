import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { StateUnreadable } from "../app/errors.ts";
import type { ControlStore, HeldControl } from "../app/ports.ts";
import type { Control } from "../core/control.ts";
import { parseControl, toControlItem } from "../core/control-item.ts";
import { STATE_SCHEMA } from "../core/state-kinds.ts";
import { checkSchema, reading, type Table } from "./table.ts";

const KEY = { pk: "control", sk: "control" } as const;

/** The control item. Replaced as a whole, on condition of its revision; read consistently, always. */
export class DynamoControl implements ControlStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async read(): Promise<HeldControl | undefined> {
    const { Item: item } = await reading("reading the control item", () =>
      this.#table.client.send(
        new GetCommand({ TableName: this.#table.name, Key: KEY, ConsistentRead: true }),
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
        const Item = { ...KEY, schema: STATE_SCHEMA, revision, control: toControlItem(control) };
        await this.#table.client.send(new PutCommand({ TableName: this.#table.name, Item, ...condition }));
        return true;
      } catch (error) {
        if (error instanceof Error && error.name === "ConditionalCheckFailedException") return false;
        throw error;
      }
    });
  }
}
