import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type BenchTable, startTable } from "../../bench/ledger/table.ts";
import { DynamoUsage } from "../../lib/aws/dynamo-usage.ts";
import { dynamoUsageWriter, type UsageWriter, usageRecorder } from "../../lib/client/index.ts";
import { sha256 } from "../../lib/core/prefix.ts";
import { firstRequestHitRate, organicHitRate, organicTotals } from "../../lib/core/usage/organic.ts";
import { toUsageItem, type UsageRecord } from "../../lib/core/usage/usage-record.ts";
import type { SimulatedProvider } from "../../lib/local/provider/server.ts";
import { aUse, HOUR, MINUTE, NOON } from "../core/samples.ts";
import { APP_KEY, block, clientAt, type Params, preWarm, startProvider } from "../local/provider/harness.ts";

let table: BenchTable;
let usage: DynamoUsage;
let provider: SimulatedProvider;
beforeAll(async () => {
  [table, provider] = await Promise.all([startTable(), startProvider()]);
  usage = new DynamoUsage(table.table);
});
afterAll(() => Promise.all([table.close(), provider.close()]));

async function aWriter(): Promise<UsageWriter> {
  const { client, name } = table.table;
  const endpoint = await client.config.endpoint?.();
  return dynamoUsageWriter({
    tableName: name,
    region: "us-east-1",
    endpoint: `http://${endpoint?.hostname}:${endpoint?.port}`,
    credentials: { accessKeyId: "application", secretAccessKey: "local" },
  });
}

it("what an application used is on the table, as the provider billed it", async () => {
  let now = NOON;
  const recorder = usageRecorder({ write: await aWriter(), now: () => now });
  const ask = async (minute: number, options = {}, more: Partial<Params> = {}) => {
    now = NOON + minute * MINUTE;
    const { messages } = clientAt(provider, now, { key: APP_KEY.key }).withOptions({
      middleware: [recorder.middleware],
    });
    const params = { ...preWarm([block(5_000, "5m")]), max_tokens: 50, ...more };
    await messages.create(params, options);
  };
  await ask(0, recorder.first);
  await ask(1);
  await ask(1, recorder.first);
  await ask(59);
  await ask(60);
  await recorder.flush();

  const all = organicTotals(await usage.between(NOON, NOON + 2 * HOUR));
  const billed = provider.log.map((line) => line.usage);
  const sum = (count: "readTokens" | "write5mTokens" | "uncachedTokens") =>
    billed.reduce((total, one) => total + (one?.[count] ?? 0), 0);
  expect(all).toEqual({
    requests: 5,
    cold: 2,
    neither: 0,
    unmarked: 0,
    readTokens: sum("readTokens"),
    writtenTokens: sum("write5mTokens"),
    uncachedTokens: sum("uncachedTokens"),
    first: 2,
    firstHits: 1,
    lost: 0,
  });
  expect(organicHitRate(all)).toBeCloseTo(3 / 5, 6);
  expect(firstRequestHitRate(all)).toBe(0.5);
  const minutes = async (from: number, to: number) =>
    (await usage.between(NOON + from * MINUTE, NOON + to * MINUTE)).map(
      ({ minute }) => (minute - NOON) / MINUTE,
    );
  expect(await minutes(0, 61)).toEqual([0, 1, 59, 60]);
  expect(await minutes(1, 60)).toEqual([1, 59]);
  expect(await minutes(0, 0)).toEqual([]);
});

it("the same item twice is one item, and a large one is read whole", async () => {
  const minute = NOON + 30 * HOUR;
  const prefixes = Array.from({ length: 700 }, (_, i) => aUse({ fingerprint: sha256(String(i)) }));
  const record: UsageRecord = { minute, writer: "w", part: 0, lost: 3, prefixes };
  const write = await aWriter();
  await write(toUsageItem(record));
  await write(toUsageItem(record));
  expect(await usage.between(minute, minute + 1)).toEqual([record]);
});

it.each([
  ["of a newer schema", { schema: 2 }],
  ["without a schema", { schema: undefined }],
  ["with a number that is none", { prefixes: ["x"] }],
])("a record %s counts as a lost request, and hides no other", async (what, change) => {
  const minute = NOON + (60 + what.length) * HOUR;
  const good: UsageRecord = { minute, writer: "good", part: 0, lost: 0, prefixes: [aUse({})] };
  const item = toUsageItem({ minute, writer: "w", part: 0, lost: 0, prefixes: [] });
  await (await aWriter())(toUsageItem(good));
  await table.table.client.send(
    new PutCommand({ TableName: table.table.name, Item: { ...item, ...change } }),
  );
  const records = await usage.between(minute, minute + 1);
  expect(records).toContainEqual(good);
  expect(records.reduce((sum, { lost }) => sum + lost, 0)).toBe(1);
});
