import { GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { IncidentStore } from "../app/ports.ts";
import type { Incident } from "../core/incident.ts";
import { STATE_SCHEMA } from "../core/state-kinds.ts";
import { checkSchema, keyOf, reading, type Table } from "./table.ts";

/** Incidents, one item each, newest last by key. */
export class DynamoIncidents implements IncidentStore {
  readonly #table: Table;
  readonly #pk: string;

  constructor(table: Table) {
    this.#table = table;
    this.#pk = keyOf(table, "incident");
  }

  async get(id: string): Promise<Incident | undefined> {
    const { Item: item } = await reading("reading an incident", () =>
      this.#table.client.send(
        new GetCommand({ TableName: this.#table.name, Key: { pk: this.#pk, sk: id }, ConsistentRead: true }),
      ),
    );
    return item === undefined ? undefined : toIncident(item);
  }

  async put(incident: Incident): Promise<void> {
    const Item = { pk: this.#pk, sk: incident.id, schema: STATE_SCHEMA, incident };
    await reading("writing an incident", () =>
      this.#table.client.send(new PutCommand({ TableName: this.#table.name, Item })),
    );
  }

  async list(limit: number): Promise<Incident[]> {
    const { Items: items = [] } = await reading("reading incidents", () =>
      this.#table.client.send(
        new QueryCommand({
          TableName: this.#table.name,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": this.#pk },
          ScanIndexForward: false,
          Limit: limit,
        }),
      ),
    );
    return items.map(toIncident);
  }
}

function toIncident(item: Record<string, unknown>): Incident {
  checkSchema("an incident", item["schema"]);
  return item["incident"] as Incident;
}
