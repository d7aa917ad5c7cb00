import { GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { IncidentStore } from "../app/ports.ts";
import type { Incident } from "../core/incident.ts";
import { STATE_SCHEMA } from "../core/state-kinds.ts";
import { checkSchema, reading, type Table } from "./table.ts";

const PARTITION = "incident";

/** Incidents, one item each, newest last by key. */
export class DynamoIncidents implements IncidentStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(id: string): Promise<Incident | undefined> {
    const { Item: item } = await reading("reading an incident", () =>
      this.#table.client.send(
        new GetCommand({ TableName: this.#table.name, Key: { pk: PARTITION, sk: id }, ConsistentRead: true }),
      ),
    );
    return item === undefined ? undefined : toIncident(item);
  }

  async put(incident: Incident): Promise<void> {
    const Item = { pk: PARTITION, sk: incident.id, schema: STATE_SCHEMA, incident };
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
          ExpressionAttributeValues: { ":pk": PARTITION },
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
