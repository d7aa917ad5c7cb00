import { DeleteCommand, GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BenchTable, startTable } from "../../bench/ledger/table.ts";
import { DynamoPrefixes } from "../../lib/aws/dynamo-prefixes.ts";
import { writeUnits } from "../../lib/aws/write-pace.ts";
import { NEVER } from "../../lib/core/due.ts";
import { sha256 } from "../../lib/core/prefix.ts";
import { goesAlong, inPages } from "../../lib/core/prefix-pages.ts";
import type { PrefixState } from "../../lib/core/prefix-state.ts";
import { abandon } from "../../lib/core/reconcile.ts";
import { aWarmState, MINUTE, NOON } from "../core/samples.ts";

type Item = Record<string, unknown>;

let bench: BenchTable;
let store: DynamoPrefixes;
beforeEach(async () => {
  bench = await startTable();
  store = anotherStore();
});
afterEach(() => bench.close());

/** Of another function instance. */
function anotherStore(): DynamoPrefixes {
  return new DynamoPrefixes(bench.table);
}

function aPrefix(name: string, fields: Partial<PrefixState> = {}): PrefixState {
  return aWarmState({ name, fingerprint: sha256(name), ttl: "1h", grantedTtl: "1h", page: "0.0", ...fields });
}

function byName(states: readonly PrefixState[]): PrefixState[] {
  return states.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function items(): Promise<Item[]> {
  const { client, name } = bench.table;
  const query = {
    TableName: name,
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": "prefix" },
  };
  return (await client.send(new QueryCommand(query))).Items ?? [];
}

async function keys(): Promise<string[]> {
  return (await items()).map(({ sk }) => String(sk)).sort();
}

async function edit(sk: string, change: (item: Item) => Item | undefined): Promise<void> {
  const { client, name: TableName } = bench.table;
  const Key = { pk: "prefix", sk };
  const { Item: before } = await client.send(new GetCommand({ TableName, Key }));
  if (before === undefined) throw new Error(`there is no item ${sk}`);
  const after = change(before);
  await (after === undefined
    ? client.send(new DeleteCommand({ TableName, Key }))
    : client.send(new PutCommand({ TableName, Item: after })));
}

describe("prefixes of a page", () => {
  const states = [
    aPrefix("a", { dueAt: NOON + 2 * MINUTE }),
    aPrefix("b"),
    aPrefix("c", { dueAt: NOON + 9 * MINUTE }),
  ];

  it("come back as they were saved, from one item", async () => {
    await store.save(states);
    expect(byName(await anotherStore().all())).toEqual(states);
    expect(await keys()).toEqual(["page#0.0"]);
    expect(await store.any()).toBe(true);
  });

  it("are due each at its own time, the earliest first", async () => {
    await store.save([
      ...states,
      aPrefix("alone", { page: undefined, required: false, dueAt: NOON + MINUTE }),
    ]);
    const dueBy = async (until: number) => (await store.due(until)).map(({ name }) => name);
    expect(await dueBy(NOON)).toEqual([]);
    expect(await dueBy(NOON + MINUTE)).toEqual(["alone"]);
    expect(await dueBy(NOON + 3 * MINUTE)).toEqual(["alone", "a", "b"]);
    expect(await dueBy(NOON + 9 * MINUTE)).toEqual(["alone", "a", "b", "c"]);
  });

  it("bring along what may go along, and nothing of a page in which nothing is due", async () => {
    const later = aPrefix("c", { dueAt: NOON + 5 * MINUTE });
    await store.save([
      ...states.slice(0, 2),
      later,
      aPrefix("elsewhere", { page: "1.1", dueAt: NOON + 4 * MINUTE }),
    ]);
    const now = NOON + 3 * MINUTE;
    const due = await store.due(now, (state) => goesAlong(state, now));
    expect(due.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  });

  it("are written together, and the others of the page are kept", async () => {
    await store.save(states);
    const before = bench.requests();
    await store.save([
      aPrefix("a", { dueAt: NOON + 60 * MINUTE }),
      aPrefix("b", { dueAt: NOON + 60 * MINUTE }),
    ]);
    expect(bench.requests() - before).toBe(1);
    expect(byName(await anotherStore().all()).map(({ dueAt }) => (dueAt - NOON) / MINUTE)).toEqual([
      60, 60, 9,
    ]);
  });

  it("that two instances change at once keep what both have learned", async () => {
    await store.save(states);
    const [one, other] = [anotherStore(), anotherStore()];
    await Promise.all([one.all(), other.all()]);
    await one.save([aPrefix("a", { dueAt: NOON + 60 * MINUTE })]);
    await other.save([aPrefix("b", { dueAt: NOON + 61 * MINUTE })]);
    expect(byName(await store.all()).map(({ dueAt }) => (dueAt - NOON) / MINUTE)).toEqual([60, 61, 9]);
  });

  it("that two instances see for the first time are all there", async () => {
    await Promise.all(states.map((state) => anotherStore().save([state])));
    expect(byName(await store.all())).toEqual(states);
  });

  it("are a small item when 64 of them have a history", async () => {
    const full = Array.from({ length: 64 }, (_, i) =>
      aPrefix(`desk-${i}`, {
        countedTokens: 9_000 + i,
        recentFills: Array.from(
          { length: 4 },
          (_, k) => `${NOON + 977 * i + k} first 1h ${9_000 + i} ${36_000 + i}`,
        ),
        changedAt: [NOON],
      }),
    );
    await store.save(full);
    const [item = {}] = await items();
    expect(writeUnits(item)).toBeLessThanOrEqual(3 * 10);
  });
});

describe("a prefix that moves", () => {
  it("leaves its own item for a page", async () => {
    const old = aPrefix("a", { page: undefined });
    await store.save([old]);
    expect(await keys()).toEqual([sha256("a")]);
    const next = anotherStore();
    await next.save(inPages(await next.all(), 16));
    expect(await keys()).toEqual(["page#0.0"]);
    expect(await next.all()).toEqual([{ ...old, page: "0.0" }]);
  });

  it("leaves its page for an item of its own when it becomes optional, and the others stay", async () => {
    await store.save([aPrefix("a"), aPrefix("b")]);
    await store.all();
    await store.save([aPrefix("a", { required: false, page: undefined })]);
    expect(await keys()).toEqual([sha256("a"), "page#0.0"].sort());
    expect((await store.all()).map(({ name, page }) => `${name} ${page}`).sort()).toEqual([
      "a undefined",
      "b 0.0",
    ]);
  });

  it("leaves a page that is deleted when nobody is left in it", async () => {
    const states = Array.from({ length: 40 }, (_, i) => aPrefix(`p${i}`));
    await store.save(inPages(states.slice(0, 16), 16));
    expect(await keys()).toEqual(["page#0.0"]);
    await store.all();
    const divided = inPages(states, 16);
    await store.save(divided);
    expect(await keys()).toEqual([...new Set(divided.map(({ page }) => `page#${page}`))].sort());
    expect(await store.all()).toHaveLength(40);
  });

  it("is there once, as it was touched last, if a crash has left it in both places", async () => {
    await store.save([aPrefix("a", { page: undefined })]);
    const touched = aPrefix("a", { lastStart: NOON + MINUTE, dueAt: NOON + 60 * MINUTE });
    // This instance has not read where the prefix was, so it cannot take it from there.
    await store.save([touched]);
    expect(await keys()).toEqual([sha256("a"), "page#0.0"].sort());
    const next = anotherStore();
    expect(await next.all()).toEqual([touched]);
    await next.save([touched]);
    expect(await keys()).toEqual(["page#0.0"]);
  });
});

describe("prefixes that nobody serves any more", () => {
  const retired = [aPrefix("a"), aPrefix("b")].map(abandon);

  it("leave their page, are never due, and are found by whoever asks for all", async () => {
    await store.save([aPrefix("a"), aPrefix("b"), aPrefix("c")]);
    await store.all();
    await store.save(retired);
    expect(await store.due(NEVER)).toEqual([aPrefix("c")]);
    expect(byName(await anotherStore().all())).toEqual([...retired, aPrefix("c")]);
  });

  it("are deleted by DynamoDB eight days after their last use", async () => {
    await store.save(retired);
    const [item] = await items();
    expect(item?.["expiresAt"]).toBe(NOON / 1_000 + 8 * 86_400);
    expect(item).not.toHaveProperty("dueAt");
  });

  it("are one item, however often they are retired", async () => {
    await store.save(retired);
    await anotherStore().save(retired);
    expect(await items()).toHaveLength(1);
  });

  it("are what a rollback makes of them, not what they were", async () => {
    await store.save(retired);
    await store.save([aPrefix("a", { dueAt: NOON + MINUTE })]);
    const [a, b] = byName(await store.all());
    expect([a?.dueAt, b?.dueAt]).toEqual([NOON + MINUTE, NEVER]);
  });
});

describe("optional prefixes", () => {
  it("are found by fingerprint, and required ones are not", async () => {
    const optional = aPrefix("a", { required: false, page: undefined });
    await store.save([optional, aPrefix("b"), aPrefix("c", { page: undefined })]);
    expect(await store.some(["a", "b", "c", "d"].map(sha256))).toEqual([optional]);
  });
});

describe("a page", () => {
  it.each([
    { what: "has no data", change: ({ data: _gone, ...item }: Item) => item, says: /is damaged: data$/ },
    {
      what: "is cut short",
      change: (item: Item) => ({ ...item, data: (item["data"] as Uint8Array).subarray(0, 40) }),
      says: /is damaged: data$/,
    },
    {
      what: "holds no prefix",
      change: (item: Item) => ({ ...item, data: new Uint8Array() }),
      says: /is damaged: data$/,
    },
    {
      what: "is of a newer schema",
      change: (item: Item) => ({ ...item, schema: 3 }),
      says: /has schema 3; this release reads up to 2$/,
    },
    {
      what: "has no schema",
      change: ({ schema: _gone, ...item }: Item) => item,
      says: /carries no schema number$/,
    },
  ])("that $what is unreadable, and says so", async ({ change, says }) => {
    await store.save([aPrefix("a")]);
    await edit("page#0.0", change);
    for (const read of [() => store.all(), () => store.due(NEVER)]) {
      await expect(read()).rejects.toMatchObject({ name: "StateUnreadable" });
      await expect(read()).rejects.toThrow(says);
    }
  });

  it("with a damaged prefix names its field", async () => {
    await store.save([aPrefix("a", { bytes: -1 })]);
    await expect(store.all()).rejects.toThrow(/^a page of prefixes is damaged: bytes /);
  });

  it("without a revision is not written over", async () => {
    await store.save([aPrefix("a")]);
    await edit("page#0.0", ({ revision: _gone, ...item }) => item);
    await expect(anotherStore().save([aPrefix("b")])).rejects.toThrow(
      "a page of prefixes is damaged: revision",
    );
  });
});

describe("whatever is saved, moved and retired", () => {
  const NAMES = ["a", "b", "c", "d", "e"] as const;
  const places = [{ page: "0.0" }, { page: "1.0" }, { page: "1.1" }, { page: undefined, required: false }];
  const step = fc.record({
    names: fc.subarray([...NAMES], { minLength: 1 }),
    place: fc.constantFrom(...places),
    dueAt: fc.constantFrom(NOON + MINUTE, NOON + 9 * MINUTE, NEVER),
    instance: fc.constantFrom("same", "new"),
  });

  /** Where history is kept says nothing. */
  const asServed = ({ name, page, dueAt }: PrefixState) => [name, dueAt, dueAt === NEVER ? "retired" : page];

  it("comes back as it was saved last, each prefix once", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
        const { client, name: TableName } = bench.table;
        for (const sk of await keys())
          await client.send(new DeleteCommand({ TableName, Key: { pk: "prefix", sk } }));
        const expected = new Map<string, PrefixState>();
        let instance = anotherStore();
        for (const { names, place, dueAt, instance: which } of steps) {
          if (which === "new") instance = anotherStore();
          // As every change of what is served does it.
          await instance.all();
          const saved = names.map((name) => aPrefix(name, { ...place, dueAt }));
          await instance.save(saved);
          for (const state of saved) expected.set(state.name, state);
          const all = byName(await instance.all());
          expect(all.map(asServed)).toEqual(byName([...expected.values()]).map(asServed));
          expect(byName(await instance.due(NOON + MINUTE)).map(({ name }) => name)).toEqual(
            byName([...expected.values()].filter(({ dueAt: due }) => due <= NOON + MINUTE)).map(
              ({ name }) => name,
            ),
          );
        }
      }),
      { numRuns: 10 },
    );
  });
});
