/** Tables, kept by dynalite in memory. It answers whatever the SDK asks; only creating a table is done here. */
import type { Server } from "node:http";
import { createRequire } from "node:module";
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { REGION } from "../account.ts";
import type { ResolvedTemplate, Resource } from "../template.ts";

const require = createRequire(import.meta.url);
/** dynalite carries no types. The server that it makes need not listen: it takes requests as events. */
const dynalite: (options: { createTableMs: number; deleteTableMs: number }) => Server = require("dynalite");

type TableResource = Resource<"AWS::DynamoDB::Table"> | Resource<"AWS::DynamoDB::GlobalTable">;

export interface DynamoDb {
  readonly server: Server;
  /** Whether dynalite has this operation (it has no transactions). */
  knows(operation: string): boolean;
  /** The attribute that is the partition key of a table; undefined for a table of somebody else. */
  partitionKeyOf(table: string): string | undefined;
  /**
   * Creates the tables that are not there yet; those that are keep their items.
   * @throws when a table that is there would get other keys, which CloudFormation answers by replacing it.
   */
  deploy(template: ResolvedTemplate, endpoint: string): Promise<void>;
  close(): Promise<void>;
}

export function createDynamoDb(): DynamoDb {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0 });
  const created = new Map<string, string>();
  const partitionKeys = new Map<string, string>();
  return {
    server,
    knows: (operation) => {
      try {
        require.resolve(`dynalite/actions/${operation.charAt(0).toLowerCase()}${operation.slice(1)}`);
        return true;
      } catch {
        return false;
      }
    },
    partitionKeyOf: (table) => partitionKeys.get(table),
    deploy: async (template, endpoint) => {
      const tables: TableResource[] = [
        ...template.ofType("AWS::DynamoDB::Table"),
        ...template.ofType("AWS::DynamoDB::GlobalTable"),
      ];
      for (const table of tables) {
        const { KeySchema, LocalSecondaryIndexes = [] } = table.properties;
        const keys = JSON.stringify([KeySchema, LocalSecondaryIndexes]);
        const before = created.get(table.name);
        if (before === keys) continue;
        if (before !== undefined)
          throw new Error(
            `${table.logicalId}: its keys changed from ${before} to ${keys}; that replaces the table.`,
          );
        await createTable(table, endpoint);
        created.set(table.name, keys);
        const partition = KeySchema.find(({ KeyType: type }) => type === "HASH");
        if (partition !== undefined) partitionKeys.set(table.name, partition.AttributeName);
      }
    },
    // The server never listened, so its own `close` reports that; the store is closed all the same.
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function createTable({ name, properties }: TableResource, endpoint: string): Promise<void> {
  const client = new DynamoDBClient({
    endpoint,
    region: REGION,
    credentials: { accessKeyId: "cloudformation", secretAccessKey: "local" },
  });
  const { KeySchema, LocalSecondaryIndexes, AttributeDefinitions, BillingMode } = properties;
  await client.send(
    new CreateTableCommand({
      TableName: name,
      KeySchema,
      LocalSecondaryIndexes,
      AttributeDefinitions,
      BillingMode,
    }),
  );
  const isActive = async () =>
    (await client.send(new DescribeTableCommand({ TableName: name }))).Table?.TableStatus === "ACTIVE";
  // Each look is one round trip to this process; the table is ready after one or two of them.
  while (!(await isActive())) {}
  client.destroy();
}
