import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { CreateTableCommand } from "@aws-sdk/client-dynamodb";
import { openTable, type Table } from "../../lib/aws/table.ts";
import { DUE_INDEX } from "../../lib/core/state-kinds.ts";

const dynalite: (options: { createTableMs: number }) => Server = createRequire(import.meta.url)("dynalite");

/** The state table on dynalite, in memory, on this machine only. */
export interface BenchTable {
  readonly table: Table;
  /** HTTP requests that DynamoDB would have had to answer so far, retries of the SDK included. */
  requests(): number;
  close(): Promise<void>;
}

export async function startTable(): Promise<BenchTable> {
  // The SDK warns on Node 20 that releases after January 2027 need Node 22.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
  const server = dynalite({ createTableMs: 0 });
  let requests = 0;
  server.on("request", () => {
    requests += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const table = openTable("bench", {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "bench", secretAccessKey: "local" },
  });
  await table.client.send(
    new CreateTableCommand({
      TableName: table.name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "S" },
        { AttributeName: "dueAt", AttributeType: "N" },
      ],
      KeySchema: keys("sk"),
      LocalSecondaryIndexes: [
        { IndexName: DUE_INDEX, KeySchema: keys("dueAt"), Projection: { ProjectionType: "ALL" } },
      ],
    }),
  );
  // Ready after one turn of dynalite's own timer; the first read asks until it is.
  await new Promise((resolve) => setTimeout(resolve, 50));
  return {
    table,
    requests: () => requests,
    close: () => {
      table.client.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function keys(sortKey: string) {
  return [
    { AttributeName: "pk", KeyType: "HASH" as const },
    { AttributeName: sortKey, KeyType: "RANGE" as const },
  ];
}
