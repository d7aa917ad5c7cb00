import { BatchGetCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type BenchTable, startTable } from "../../bench/ledger/table.ts";
import { DynamoManifests } from "../../lib/aws/dynamo-manifests.ts";
import type { Table } from "../../lib/aws/table.ts";
import { makeManifest } from "../../lib/core/manifest.ts";
import { type RequestBody, sha256 } from "../../lib/core/prefix.ts";

const BODIES = new Map(["a", "b"].map((name) => [sha256(JSON.stringify({ name })), { name }] as const));
const [A = "", B = ""] = BODIES.keys();

let bench: BenchTable;
/** Whether each read of bodies was consistent, in their order. */
let reads: boolean[];
/** What a read without consistency does not see yet. */
let unseen: readonly string[];
beforeAll(async () => {
  bench = await startTable();
  await new DynamoManifests(bench.table).publish(makeManifest("blue", "1", [], 0), BODIES);
});
afterAll(() => bench.close());
beforeEach(() => {
  reads = [];
  unseen = [];
});

/** A new instance, before a table whose inconsistent reads lag behind. */
function lagging(): DynamoManifests {
  const { client, name } = bench.table;
  const send = async (command: BatchGetCommand) => {
    const [asked] = Object.values(command.input.RequestItems ?? {});
    const isConsistent = asked?.ConsistentRead === true;
    reads.push(isConsistent);
    const keys = (asked?.Keys ?? []).filter(({ pk }) => isConsistent || !unseen.includes(String(pk)));
    if (keys.length === 0) return { Responses: { [name]: [] } };
    return client.send(new BatchGetCommand({ RequestItems: { [name]: { ...asked, Keys: keys } } }));
  };
  return new DynamoManifests({ name, client: { send } as unknown as Table["client"] });
}

function found(bodies: ReadonlyMap<string, RequestBody>): string[] {
  return [...bodies.values()].map((body) => String(body["name"])).sort();
}

describe("bodies", () => {
  it("are read at half the price, for they never change", async () => {
    expect(found(await lagging().bodies([A, B]))).toEqual(["a", "b"]);
    expect(reads).toEqual([false]);
  });

  it("that were published a moment ago are read consistently, and no others", async () => {
    unseen = [`body#${A}`];
    expect(found(await lagging().bodies([A, B]))).toEqual(["a", "b"]);
    expect(reads).toEqual([false, true]);
  });

  it("that nobody has published are left out", async () => {
    expect(found(await lagging().bodies([A, sha256("nothing")]))).toEqual(["a"]);
    expect(reads).toEqual([false, true]);
  });

  it("that an instance has read are not read again", async () => {
    const manifests = lagging();
    await manifests.bodies([A, B]);
    await manifests.bodies([B]);
    expect(reads).toEqual([false]);
  });
});
