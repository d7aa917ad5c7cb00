import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DynamoManifests } from "../../lib/aws/dynamo-manifests.ts";
import { aWarmState } from "../core/samples.ts";
import { damage, type Item, sortKeys, stateTable } from "../incident/state.ts";
import { aPrompt } from "../support/prompts.ts";
import { World } from "../support/world.ts";

/** Initialised and published, and never run: what is read is what an operator and a publisher wrote. */
let world: World;
beforeAll(async () => {
  world = await World.live([aPrompt("support"), aPrompt("triage")]);
});
afterAll(() => world.stop());

type Change = (item: Item) => Item | undefined;
const ports = () => world.warmer.operator;

/** Does something while an item is damaged, and mends it again. */
async function whileDamaged<T>(
  key: { readonly pk: string; readonly sk: string },
  change: Change,
  act: () => Promise<T>,
): Promise<T> {
  const mend = await damage(world, key, change);
  return act().finally(mend);
}

const inside =
  (field: string, change: (value: Item) => unknown): Change =>
  (item) => ({ ...item, [field]: change(item[field] as Item) });

describe("the control item", () => {
  const KEY = { pk: "control", sk: "control" };
  const control = (change: (value: Item) => unknown) => inside("control", change);

  it.each([
    {
      what: "is of a newer schema",
      change: inside("schema", () => 2),
      says: /has schema 2; .* reads up to 1$/,
    },
    { what: "has no schema", change: inside("schema", () => undefined), says: /carries no schema number$/ },
    { what: "has a schema in words", change: inside("schema", () => "1"), says: /carries no schema number$/ },
    { what: "holds nothing", change: control(() => undefined), says: /is damaged: control / },
    { what: "holds a text", change: control(() => "paused"), says: /is damaged: control / },
    {
      what: "has lost its ledger",
      change: control(({ ledger: _lost, ...rest }) => rest),
      says: /is damaged: ledger /,
    },
    {
      what: "has no generation",
      change: control((value) => ({ ...value, generation: -1 })),
      says: /is damaged: generation /,
    },
    {
      what: "has a reservation that is none",
      change: control((value) => ({
        ...value,
        ledger: { ...(value["ledger"] as Item), inFlight: ["run.w1 all-of-it"] },
      })),
      says: /is damaged: ledger\.inFlight\.0 /,
    },
    {
      what: "has an outcome that nobody knows",
      change: control((value) => ({
        ...value,
        lastCycle: { startedAt: 1, finishedAt: 2, outcome: "splendid" },
      })),
      says: /is damaged: lastCycle\.outcome /,
    },
  ])("that $what is unreadable, and says where", async ({ change, says }) => {
    await whileDamaged(KEY, change, async () => {
      await expect(ports().control.read()).rejects.toMatchObject({ name: "StateUnreadable" });
      await expect(ports().control.read()).rejects.toThrow(says);
    });
    await expect(ports().control.read()).resolves.toMatchObject({ control: { generation: 1 } });
  });

  it("that is gone is not there, which is another thing than unreadable", async () => {
    const read = () => ports().control.read();
    await expect(whileDamaged(KEY, () => undefined, read)).resolves.toBeUndefined();
  });

  it("is not written over by somebody who read an older one", async () => {
    const held = await ports().control.read();
    if (held === undefined) throw new Error("there is no control item");
    expect(await ports().control.write(held.control, "older", "mine")).toBe(false);
    expect(await ports().control.write(held.control, undefined, "mine")).toBe(false);
    expect(await ports().control.read()).toEqual(held);
  });
});

describe("a manifest's header", () => {
  const KEY = { pk: "manifest#blue", sk: "header" };
  const header = (change: (value: Item) => unknown) => inside("header", change);

  it.each([
    { what: "is missing", change: header(() => undefined) },
    { what: "is a text", change: header(() => "blue") },
    { what: "has no digest", change: header(({ digest: _gone, ...rest }) => rest) },
    { what: "has a count in words", change: header((value) => ({ ...value, prefixes: "two" })) },
    { what: "has half a prefix", change: header((value) => ({ ...value, required: 1.5 })) },
  ])("that $what is damaged", async ({ change }) => {
    await whileDamaged(KEY, change, async () => {
      const read = ports().manifests.header("blue");
      await expect(read).rejects.toMatchObject({ name: "ManifestDamaged" });
      await expect(read).rejects.toThrow(
        "the header of blue's manifest is damaged; publish the release again",
      );
    });
  });

  it("of a newer schema is unreadable, with both numbers", async () => {
    const read = () => ports().manifests.header("blue");
    await expect(
      whileDamaged(
        KEY,
        inside("schema", () => 3),
        read,
      ),
    ).rejects.toThrow("the manifest of blue has schema 3; this release reads up to 1");
  });
});

describe("a prefix item", () => {
  const prefix = aWarmState();
  const KEY = { pk: "prefix", sk: prefix.fingerprint };
  const state = (change: (value: Item) => unknown) => inside("state", change);
  beforeAll(() => ports().prefixes.save([prefix]));

  it.each([
    { what: "holds nothing", change: state(() => undefined), says: /is damaged: state / },
    {
      what: "has no fingerprint",
      change: state(({ fingerprint: _gone, ...rest }) => rest),
      says: /is damaged: fingerprint /,
    },
    {
      what: "was last used in words",
      change: state((value) => ({ ...value, lastStart: "noon" })),
      says: /is damaged: lastStart /,
    },
    {
      what: "lives for a day",
      change: state((value) => ({ ...value, grantedTtl: "24h" })),
      says: /is damaged: grantedTtl /,
    },
    {
      what: "stopped for a reason that nobody knows",
      change: state((value) => ({ ...value, stopped: "tired" })),
      says: /is damaged: stopped /,
    },
    { what: "is of a newer schema", change: inside("schema", () => 2), says: /has schema 2; .* up to 1$/ },
  ])("that $what is unreadable, and says where", async ({ change, says }) => {
    await whileDamaged(KEY, change, async () => {
      for (const read of [() => ports().prefixes.all(), () => ports().prefixes.due(prefix.dueAt)]) {
        await expect(read()).rejects.toMatchObject({ name: "StateUnreadable" });
        await expect(read()).rejects.toThrow(says);
      }
    });
    expect(await ports().prefixes.all()).toEqual([prefix]);
  });
});

describe("the history", () => {
  const KEY = { pk: "history", sk: "history" };
  const hour = { hour: 498_684, fillCost: 1, spend: 2, avoided: 3, requests: 4 };

  beforeAll(() => ports().history.write({ hours: [hour], days: [] }));

  it("comes back as it was written", async () => {
    expect(await ports().history.read()).toEqual({ history: { hours: [hour], days: [] }, problems: [] });
  });

  it("that is damaged leaves out what makes no sense, and says so", async () => {
    const change = inside("history", (value) => ({ ...value, hours: ["1 -1 1 1 1"] }));
    await whileDamaged(KEY, change, async () => {
      const { history, problems } = await ports().history.read();
      expect(history.hours).toEqual([]);
      expect(problems).toEqual(["a line of the hours is damaged and left out"]);
    });
  });

  it("of a newer schema is unreadable", async () => {
    await whileDamaged(
      KEY,
      inside("schema", () => 2),
      async () => {
        await expect(ports().history.read()).rejects.toMatchObject({ name: "StateUnreadable" });
      },
    );
  });
});

/** What may happen to gzipped bytes. */
const BYTES: readonly { what: string; change: Change }[] = [
  { what: "is gone", change: () => undefined },
  { what: "has no data", change: inside("data", () => undefined) },
  { what: "is empty", change: inside("data", () => new Uint8Array()) },
  { what: "is cut short", change: inside("data", (data) => bytesOf(data).subarray(0, 20)) },
  { what: "has a bit turned", change: inside("data", turnBit) },
  { what: "is not gzip", change: inside("data", () => new TextEncoder().encode("[]")) },
];

describe("a chunk of a manifest's entries", () => {
  it.each(BYTES)("that $what damages the manifest", async ({ change }) => {
    const header = await ports().manifests.header("blue");
    if (header === undefined) throw new Error("blue has no manifest");
    const sk = `${header.digest}#0000`;
    await whileDamaged({ pk: "manifest#blue", sk }, change, async () => {
      const read = ports().manifests.entries(header);
      await expect(read).rejects.toMatchObject({ name: "ManifestDamaged" });
      await expect(read).rejects.toThrow("does not match its digest; publish the release again");
    });
    expect(await ports().manifests.entries(header)).toHaveLength(2);
  });
});

describe("a chunk of a body", () => {
  it.each(BYTES)("that $what leaves that body out, and no other", async ({ change }) => {
    const header = await ports().manifests.header("blue");
    const [support, triage] = header === undefined ? [] : await ports().manifests.entries(header);
    if (support === undefined || triage === undefined) throw new Error("blue has no two prompts");
    const [sk = ""] = await sortKeys(world, `body#${support.bodyDigest}`);
    const found = await whileDamaged({ pk: `body#${support.bodyDigest}`, sk }, change, () =>
      readAnew([support.bodyDigest, triage.bodyDigest]),
    );
    expect([...found.keys()]).toEqual([triage.bodyDigest]);
  });
});

/** As a new function instance does: bodies are kept between runs of one. */
async function readAnew(digests: readonly string[]) {
  return new DynamoManifests(stateTable(world)).bodies(digests);
}

function bytesOf(data: unknown): Uint8Array {
  if (!(data instanceof Uint8Array)) throw new Error("the item holds no bytes");
  return data;
}

/** In the middle: gzip's own header has bytes that say nothing about the content. */
function turnBit(data: unknown): Uint8Array {
  const middle = Math.floor(bytesOf(data).length / 2);
  return bytesOf(data).map((byte, i) => (i === middle ? byte ^ 1 : byte));
}
