import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { PlanStore } from "../app/ports.ts";
import { type DamagedPlan, type FleetPlan, parseFleetPlan } from "../core/plan/fleet-plan.ts";
import { STATE_SCHEMA } from "../core/state-kinds.ts";
import { checkSchema, keyOf, reading, type Table } from "./table.ts";

/** What the planner knows of the fleet: one item of about 11 KB, as bytes, since text would take a third more. */
export class DynamoPlan implements PlanStore {
  readonly #table: Table;
  readonly #key: { readonly pk: string; readonly sk: string };

  constructor(table: Table) {
    this.#table = table;
    this.#key = { pk: keyOf(table, "plan"), sk: "plan" };
  }

  async read(): Promise<FleetPlan | DamagedPlan | undefined> {
    const { Item: item } = await reading("reading the plan", () =>
      this.#table.client.send(
        new GetCommand({ TableName: this.#table.name, Key: this.#key, ConsistentRead: true }),
      ),
    );
    if (item === undefined) return undefined;
    checkSchema("the plan", item["schema"]);
    const plan = parseFleetPlan(item["plan"]);
    return typeof plan === "string" ? { damaged: plan } : plan;
  }

  async write(plan: FleetPlan): Promise<void> {
    await reading("writing the plan", () =>
      this.#table.client.send(
        new PutCommand({ TableName: this.#table.name, Item: { ...this.#key, schema: STATE_SCHEMA, plan } }),
      ),
    );
  }
}
