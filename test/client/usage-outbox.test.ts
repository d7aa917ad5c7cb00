import { describe, expect, it } from "vitest";
import type { UsageItem } from "../../lib/core/usage/usage-record.ts";
import { aRequest, SECOND } from "../core/samples.ts";
import { Application } from "./application.ts";

const lostIn = (app: Application) => app.records.reduce((sum, { lost }) => sum + lost, 0);

describe("a write that fails", () => {
  it("is repeated a minute later with the same key and the same content", async () => {
    const app = new Application();
    const tried: UsageItem[] = [];
    const write = app.write;
    app.write = async (item) => {
      tried.push(structuredClone(item));
      if (tried.length === 1) throw new Error("throttled");
      await write(item);
    };
    await app.ask();
    await app.nextMinute();
    await app.ask();
    await app.nextMinute();
    expect(tried[1]).toEqual(tried[0]);
    expect(app.records.map(({ part, lost }) => [part, lost])).toEqual([
      [0, 0],
      [1, 0],
    ]);
    expect(app.recorder.stats()).toMatchObject({ written: 2, failedWrites: 1, waiting: 0, lost: 0 });
  });

  it("that had in truth been stored is stored once: the second item has its key", async () => {
    const app = new Application();
    const table = new Map<string, UsageItem>();
    let answers = 0;
    app.write = async (item) => {
      table.set(`${item.pk} ${item.sk}`, item);
      answers += 1;
      if (answers === 1) throw new Error("the answer was lost");
    };
    await app.ask();
    await app.recorder.flush();
    await app.recorder.flush();
    expect(answers).toBe(2);
    expect(table.size).toBe(1);
  });

  it("holds up what comes after it, and does not lose it", async () => {
    const app = new Application();
    const write = app.write;
    app.write = () => Promise.reject(new Error("no table"));
    for (let minute = 0; minute < 5; minute++) {
      await app.ask();
      await app.nextMinute();
    }
    expect(app.recorder.stats()).toMatchObject({ waiting: 5, failedWrites: 5, lost: 0 });
    app.write = write;
    await app.nextMinute();
    expect(app.records.map(({ part }) => part)).toEqual([0, 1, 2, 3, 4]);
  });

  it("ten times is given up, and the next record tells how many requests it had", async () => {
    const app = new Application();
    const write = app.write;
    app.write = () => Promise.reject(new Error("no table"));
    await app.ask();
    await app.ask();
    for (let round = 1; round <= 9; round++) await app.nextMinute();
    expect(app.recorder.stats()).toMatchObject({ failedWrites: 9, waiting: 1, lost: 0 });
    await app.nextMinute();
    expect(app.recorder.stats()).toMatchObject({ failedWrites: 10, waiting: 0, lost: 2 });
    app.write = write;
    await app.ask();
    await app.nextMinute();
    expect(lostIn(app)).toBe(2);
    expect(app.recorder.stats()).toMatchObject({ lost: 2, recorded: 3 });
  });

  it("passes on what it had to tell of others, so that a loss is told once and is not counted twice", async () => {
    const app = new Application({ maxFingerprints: 1 });
    const write = app.write;
    app.write = () => Promise.reject(new Error("no table"));
    await app.ask({ read: 1 }, { model: "a" });
    await app.ask({ read: 1 }, { model: "b" });
    for (let round = 1; round <= 10; round++) await app.nextMinute();
    app.write = write;
    await app.nextMinute();
    expect(lostIn(app)).toBe(2);
    expect(app.recorder.stats()).toMatchObject({ recorded: 1, lost: 2, waiting: 0 });
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("no promise");
      },
    ],
    ["rejects with nothing", () => Promise.reject()],
  ])("never reaches the application: a writer that %s", async (_how, write) => {
    const app = new Application({ write: write as () => Promise<void> });
    await expect(app.ask()).resolves.toMatchObject({ type: "message" });
    await expect(app.recorder.flush()).resolves.toBeUndefined();
    expect(app.recorder.stats()).toMatchObject({ failedWrites: 1, waiting: 1 });
  });

  it("by never answering ends after ten seconds", async () => {
    const app = new Application();
    const write = app.write;
    app.write = () => new Promise(() => {});
    await app.ask();
    const flushed = app.recorder.flush();
    await app.settle();
    await app.advance(10 * SECOND - 1);
    expect(app.recorder.stats()).toMatchObject({ failedWrites: 0 });
    await app.advance(1);
    await flushed;
    expect(app.recorder.stats()).toMatchObject({ failedWrites: 1, waiting: 1 });
    app.write = write;
    await app.nextMinute();
    expect(app.recorder.stats()).toMatchObject({ written: 1, waiting: 0 });
  });
});

describe("a record", () => {
  it("holds no word of the request, the reply or the key", async () => {
    const app = new Application();
    const canary = "canary-7f3a";
    const secrets = {
      system: [{ type: "text", text: canary, cache_control: { type: "ephemeral" } }],
      messages: [{ role: "user", content: canary }],
      metadata: { user_id: canary },
      tools: [{ name: canary, input_schema: {} }],
    };
    await app.ask({ read: 5 }, secrets, { ...app.recorder.first, headers: { "x-session": canary } });
    await app.ask({ read: 5 }, { ...secrets, model: `a model of ${canary}` });
    await app.recorder.flush();
    expect(app.items).toHaveLength(1);
    expect(app.uses).toHaveLength(2);
    expect(JSON.stringify(app.items)).not.toContain("canary");
  });

  it("of many fingerprints is divided, and no division repeats another", async () => {
    const app = new Application();
    const models = Array.from({ length: 1_000 }, (_, i) => `${"m".repeat(100)}${i}`);
    const asked = models.map((model) => app.client.messages.create(aRequest({ model }) as never));
    await Promise.all(asked);
    await app.recorder.flush();
    expect(app.items.length).toBeGreaterThan(1);
    expect(new Set(app.items.map(({ sk }) => sk)).size).toBe(app.items.length);
    expect(new Set(app.uses.map(({ model }) => model)).size).toBe(1_000);
  });
});
