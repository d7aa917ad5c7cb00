/** The state table of a world, opened by a clumsy hand: what a test damages, it puts back. */
import { DeleteCommand, GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { openTable, type Table } from "../../lib/aws/table.ts";
import { REGION } from "../../lib/local/account.ts";
import type { World } from "../support/world.ts";

export type Item = Record<string, unknown>;

export function stateTable(world: World): Table {
  const [table] = world.engine.template().ofType("AWS::DynamoDB::Table");
  if (table === undefined) throw new Error("the stack has no table");
  return openTable(table.name, {
    endpoint: world.engine.url,
    region: REGION,
    credentials: { accessKeyId: "clumsy", secretAccessKey: "local" },
  });
}

/** Replaces an item by what `change` makes of it, or deletes it. @returns puts the old item back */
export async function damage(
  world: World,
  key: { readonly pk: string; readonly sk: string },
  change: (item: Item) => Item | undefined,
): Promise<() => Promise<void>> {
  const { client, name } = stateTable(world);
  const { Item: before } = await client.send(new GetCommand({ TableName: name, Key: key }));
  if (before === undefined) throw new Error(`there is no item ${key.pk} ${key.sk}`);
  const after = change(structuredClone(before));
  await (after === undefined
    ? client.send(new DeleteCommand({ TableName: name, Key: key }))
    : client.send(new PutCommand({ TableName: name, Item: after })));
  return async () => {
    await client.send(new PutCommand({ TableName: name, Item: before }));
  };
}

/** Sort keys of a partition. */
export async function sortKeys(world: World, pk: string): Promise<string[]> {
  const { client, name } = stateTable(world);
  const { Items: items = [] } = await client.send(
    new QueryCommand({
      TableName: name,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": pk },
    }),
  );
  return items.map((item) => String(item["sk"]));
}

/** The first item of a prompt as a color stores it. */
export async function bodyKey(
  world: World,
  color: string,
  prompt: string,
): Promise<{ pk: string; sk: string }> {
  const { manifests } = world.warmer.operator;
  const header = await manifests.header(color);
  const entries = header === undefined ? [] : await manifests.entries(header);
  const pk = `body#${entries.find(({ name }) => name === prompt)?.bodyDigest}`;
  const [sk = ""] = await sortKeys(world, pk);
  return { pk, sk };
}
