import { APIError } from "@anthropic-ai/sdk";
import { describe, expect, it } from "vitest";
import { guardManifest } from "../../lib/client/index.ts";
import type { RequestBody } from "../../lib/core/prefix.ts";
import { prefixRequest } from "../../lib/core/prefix-request.ts";
import { aRequest, MINUTE, NOON, prefixOf, SECOND } from "../core/samples.ts";
import { Application, anError, aReply, FINGERPRINT, HIT, MISS, usageBody } from "./application.ts";

const MARK = { type: "ephemeral" } as const;
const talk = (...texts: string[]) => [
  { role: "user", content: texts.map((text) => ({ type: "text", text, cache_control: MARK })) },
];

describe("a request", () => {
  it("is counted by its prefix, with what it read, wrote and paid in full", async () => {
    const app = new Application();
    await app.ask({ read: 7, write5m: 20, write1h: 300, uncached: 4_000 });
    await app.ask(HIT, { messages: [{ role: "user", content: "Another question" }], max_tokens: 9 });
    await app.recorder.flush();
    expect(app.uses).toEqual([
      {
        fingerprint: FINGERPRINT,
        model: "claude-opus-5-5",
        requests: 2,
        cold: 1,
        neither: 0,
        readTokens: 1_007,
        write5mTokens: 20,
        write1hTokens: 300,
        uncachedTokens: 4_010,
        first: 0,
        firstHits: 0,
      },
    ]);
  });

  it.each([
    ["a request that read", HIT, {}, { cold: 0, neither: 0 }],
    ["one that wrote", MISS, {}, { cold: 1, neither: 0 }],
    ["one that read a part and wrote the rest", { read: 1, write5m: 1 }, {}, { cold: 1, neither: 0 }],
    ["one that did neither", { uncached: 9 }, {}, { cold: 0, neither: 1 }],
    [
      "one that read its prefix and wrote its own conversation",
      { read: 1, write5m: 1 },
      { messages: talk("Hi") },
      { cold: 0, neither: 0 },
    ],
    ["one that wrote both", { write5m: 1 }, { messages: talk("Hi") }, { cold: 1, neither: 0 }],
    [
      "one that the provider marks too",
      { read: 1, write5m: 1 },
      { cache_control: MARK },
      { cold: 0, neither: 0 },
    ],
  ] as const)("is cold if it had to write its prefix: %s", async (_what, tokens, fields, expected) => {
    const app = new Application();
    await app.ask(tokens, fields);
    await app.recorder.flush();
    expect(app.uses).toEqual([expect.objectContaining({ ...expected, fingerprint: FINGERPRINT })]);
  });

  it("counts for its shared prefix, however its own conversation is marked", async () => {
    const app = new Application();
    for (const text of ["a", "b", "c"]) await app.ask(HIT, { messages: talk("Hi", text) });
    await app.recorder.flush();
    expect(app.uses).toEqual([expect.objectContaining({ fingerprint: FINGERPRINT, requests: 3 })]);
  });

  it("counts for the longest published prefix that it begins with", async () => {
    const published = prefixOf(aRequest({ messages: talk("The rules.") }));
    const manifest = guardManifest([
      { name: "short", prefix: prefixOf(aRequest()) },
      { name: "long", prefix: published },
    ]);
    const app = new Application({ manifest });
    await app.ask(HIT, { messages: talk("The rules.", "Where is it?") });
    await app.ask(HIT, { messages: talk("Other rules.") });
    await app.recorder.flush();
    expect(app.uses.map(({ fingerprint }) => fingerprint)).toEqual([published.fingerprint, FINGERPRINT]);
  });

  it("without a breakpoint is counted apart, and is neither cold nor a miss", async () => {
    const app = new Application();
    await app.ask({ uncached: 50 }, { system: "Be brief." });
    await app.recorder.flush();
    expect(app.uses).toEqual([
      expect.objectContaining({
        fingerprint: "unmarked",
        requests: 1,
        cold: 0,
        neither: 0,
        uncachedTokens: 50,
      }),
    ]);
  });

  it("that was built by prefixRequest has the fingerprint of its prompt", async () => {
    const app = new Application();
    const body = prefixRequest(prefixOf(aRequest()).body, {
      messages: [{ role: "user", content: "?" }],
      max_tokens: 1,
    });
    await app.ask(HIT, body as RequestBody);
    await app.recorder.flush();
    expect(app.uses[0]?.fingerprint).toBe(FINGERPRINT);
  });

  it.each([
    [
      "a count of tokens",
      (app: Application) => app.client.messages.countTokens({ model: "m", messages: [] }),
    ],
    ["a list of models", (app: Application) => app.client.models.list()],
    ["a batch", (app: Application) => app.client.messages.batches.create({ requests: [] })],
  ])("for anything but a message is not counted: %s", async (_what, ask) => {
    const app = new Application();
    await ask(app);
    await app.recorder.flush();
    expect(app.recorder.stats()).toMatchObject({ recorded: 0, lost: 0, written: 0 });
  });

  it("of the beta API is counted too", async () => {
    const app = new Application();
    await app.client.beta.messages.create(aRequest() as never);
    await app.recorder.flush();
    expect(app.uses[0]).toMatchObject({ fingerprint: FINGERPRINT, requests: 1 });
  });

  it("that was refused is not counted, and its retry is counted once", async () => {
    const app = new Application();
    const replies = [anError(529), aReply()];
    app.reply = () => replies.shift() ?? anError(500);
    await app.client.messages.create(aRequest() as never, { maxRetries: 1 });
    await expect(app.client.messages.create(aRequest() as never)).rejects.toBeInstanceOf(APIError);
    await app.recorder.flush();
    expect(app.recorder.stats()).toMatchObject({ recorded: 1, lost: 0 });
  });
});

describe("the mark of a session's first request", () => {
  it("is counted, a hit apart, and the provider sees the same bytes and headers without it", async () => {
    const app = new Application();
    await app.ask(HIT, {}, app.recorder.first);
    await app.ask(MISS, {}, app.recorder.first);
    await app.ask(HIT);
    await app.recorder.flush();
    expect(app.uses).toEqual([expect.objectContaining({ requests: 3, first: 2, firstHits: 1 })]);
    const [marked, , plain] = app.sent;
    expect(marked?.body).toBe(plain?.body);
    expect([...(marked?.headers ?? [])]).toEqual([...(plain?.headers ?? [])]);
  });

  it("survives a retry", async () => {
    const app = new Application();
    const replies = [anError(529), aReply()];
    app.reply = () => replies.shift() ?? anError(500);
    await app.client.messages.create(aRequest() as never, { ...app.recorder.first, maxRetries: 1 });
    await app.recorder.flush();
    expect(app.uses).toEqual([expect.objectContaining({ first: 1, firstHits: 1 })]);
  });
});

describe("a minute", () => {
  it.each([
    ["at its start", 0, NOON],
    ["one before its end", MINUTE - 1, NOON],
    ["at its end", MINUTE, NOON + MINUTE],
  ])("takes the requests that begin in it: %s", async (_when, offset, minute) => {
    const app = new Application();
    app.now = NOON + offset;
    await app.ask();
    await app.recorder.flush();
    expect(app.records).toEqual([expect.objectContaining({ minute })]);
  });

  it("takes a request by its start, however late the reply comes", async () => {
    const app = new Application();
    app.reply = async () => {
      app.now = NOON + 3 * MINUTE;
      return aReply();
    };
    await app.client.messages.create(aRequest() as never);
    await app.recorder.flush();
    expect(app.records).toEqual([expect.objectContaining({ minute: NOON })]);
  });

  it("is written in the background when it has ended, one item for all its fingerprints", async () => {
    const app = new Application();
    await app.ask();
    await app.ask(HIT, { model: "claude-haiku-5" });
    await app.advance(MINUTE - 1);
    expect(app.items).toEqual([]);
    await app.nextMinute();
    expect(app.records.map(({ minute, prefixes }) => [minute, prefixes.length])).toEqual([[NOON, 2]]);
  });

  it("is written by the next request where no timer runs", async () => {
    const app = new Application({ after: () => () => {} });
    await app.ask();
    app.now = NOON + MINUTE + 9 * SECOND;
    await app.ask();
    expect(app.items).toHaveLength(0);
    app.now = NOON + MINUTE + 10 * SECOND;
    await app.ask();
    expect(app.records.map(({ minute }) => minute)).toEqual([NOON]);
  });

  it("writes nothing while nothing is asked", async () => {
    const app = new Application();
    await app.ask();
    await app.advance(60 * MINUTE);
    expect(app.items).toHaveLength(1);
    await app.recorder.flush();
    expect(app.items).toHaveLength(1);
  });
});

describe("flushing", () => {
  it("writes the running minute, and what comes after it as a part of its own", async () => {
    const app = new Application();
    await app.ask();
    await app.recorder.flush();
    await app.ask();
    await app.ask();
    await app.recorder.flush();
    expect(app.records.map(({ minute, part, prefixes }) => [minute, part, prefixes[0]?.requests])).toEqual([
      [NOON, 0, 1],
      [NOON, 1, 2],
    ]);
    expect(new Set(app.items.map(({ pk, sk }) => `${pk} ${sk}`)).size).toBe(2);
  });

  it("waits for a reply that the application has just got", async () => {
    const app = new Application();
    await app.client.messages.create(aRequest() as never);
    await app.recorder.flush();
    expect(app.recorder.stats()).toMatchObject({ recorded: 1, written: 1, waiting: 0 });
  });

  it("side by side writes nothing twice", async () => {
    const app = new Application();
    await app.ask();
    await Promise.all([app.recorder.flush(), app.recorder.flush(), app.recorder.flush()]);
    expect(app.items).toHaveLength(1);
  });
});

describe("what a reply does not tell", () => {
  it.each([
    ["no usage", undefined],
    ["no number", { ...usageBody(HIT), input_tokens: "many" }],
    ["writes that do not add up", { ...usageBody(MISS), cache_creation_input_tokens: 7 }],
  ])("is lost, and never guessed: %s", async (_what, usage) => {
    const app = new Application();
    app.reply = () => aReply(usage === undefined ? null : usage);
    await app.client.messages.create(aRequest() as never);
    await app.recorder.flush();
    expect(app.records).toEqual([expect.objectContaining({ lost: 1, prefixes: [] })]);
  });
});

describe("the buffer", () => {
  it("holds so many fingerprints of a minute; one more is lost, a known one is not", async () => {
    const app = new Application({ maxFingerprints: 2 });
    for (const model of ["a", "b", "c", "a", "c"]) await app.ask(HIT, { model });
    await app.recorder.flush();
    expect(app.records).toMatchObject([
      {
        lost: 2,
        prefixes: [
          { model: "a", requests: 2 },
          { model: "b", requests: 1 },
        ],
      },
    ]);
    expect(app.recorder.stats()).toMatchObject({ recorded: 3, lost: 2 });
  });

  it("holds so many unwritten items; the oldest goes, and the next record tells how much it was", async () => {
    const app = new Application({ maxMinutes: 2 });
    const write = app.write;
    app.write = () => Promise.reject(new Error("no table"));
    for (let minute = 0; minute < 3; minute++) {
      for (let i = 0; i <= minute; i++) await app.ask();
      await app.nextMinute();
    }
    expect(app.recorder.stats()).toMatchObject({ recorded: 6, lost: 1, waiting: 2 });
    app.write = write;
    await app.ask();
    await app.recorder.flush();
    const requests = app.uses.reduce((sum, use) => sum + use.requests, 0);
    const lost = app.records.reduce((sum, record) => sum + record.lost, 0);
    expect(requests + lost).toBe(7);
    expect(app.recorder.stats()).toMatchObject({ recorded: 7, waiting: 0 });
  });
});
