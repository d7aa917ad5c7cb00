import Anthropic from "@anthropic-ai/sdk";
import { describe, expect, it } from "vitest";
import { aRequest } from "../core/samples.ts";
import { Application, aReply, HIT, MISS, type Tokens, usageBody } from "./application.ts";

const event = (type: string, data: object) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
const start = (usage?: object) =>
  event("message_start", { message: { id: "m", type: "message", role: "assistant", content: [], usage } });
const text = (words: string) =>
  event("content_block_delta", { index: 0, delta: { type: "text_delta", text: words } });
const end = (usage: object) => event("message_delta", { delta: { stop_reason: "end_turn" }, usage });
const block = event("content_block_start", { index: 0, content_block: { type: "text", text: "" } });
const stop = event("message_stop", {});

/** A streamed reply whose chunks the test hands out one by one. */
class Streamed {
  readonly #chunks = new TransformStream<Uint8Array, Uint8Array>();
  readonly #writer = this.#chunks.writable.getWriter();
  readonly response = new Response(this.#chunks.readable, {
    headers: { "content-type": "text/event-stream; charset=utf-8" },
  });

  /** Does not wait until it is read. */
  send(chunk: string | Uint8Array): void {
    this.#writer.write(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk).catch(() => {});
  }

  close(): void {
    this.#writer.close().catch(() => {});
  }

  break(): void {
    this.#writer.abort(new Error("the connection broke")).catch(() => {});
  }

  /** Whether the source was cancelled: nobody reads any more. */
  get cancelled(): Promise<boolean> {
    return Promise.race([
      this.#writer.closed.then(
        () => false,
        () => true,
      ),
      new Promise<boolean>((resolve) => setImmediate(() => setImmediate(() => resolve(false)))),
    ]);
  }
}

async function streaming(app: Application, ...chunks: (string | Uint8Array)[]) {
  const streamed = new Streamed();
  app.reply = () => streamed.response;
  const stream = await app.client.messages.create({ ...aRequest(), stream: true } as never);
  for (const chunk of chunks) streamed.send(chunk);
  return { streamed, stream: stream as unknown as AsyncIterable<Anthropic.RawMessageStreamEvent> };
}

async function typesOf(stream: AsyncIterable<Anthropic.RawMessageStreamEvent>): Promise<string[]> {
  const types: string[] = [];
  for await (const { type } of stream) types.push(type);
  return types;
}

const whole = [start(usageBody(MISS)), block, text("Hello"), end({ output_tokens: 9 }), stop];

describe("a streamed reply", () => {
  it.each([
    ["events one by one", whole],
    ["everything at once", [whole.join("")]],
    ["bytes one by one", [...new TextEncoder().encode(whole.join(""))].map((byte) => Uint8Array.of(byte))],
    ["lines that end in CR LF", [whole.join("").replaceAll("\n", "\r\n")]],
  ])("is counted, and the application reads all of it: %s", async (_how, chunks) => {
    const app = new Application();
    const { streamed, stream } = await streaming(app, ...chunks);
    streamed.close();
    expect(await typesOf(stream)).toEqual([
      "message_start",
      "content_block_start",
      "content_block_delta",
      "message_delta",
      "message_stop",
    ]);
    await app.recorder.flush();
    expect(app.uses).toMatchObject([{ requests: 1, cold: 1, write1hTokens: 1_000, uncachedTokens: 10 }]);
  });

  it("is counted by its first event, before the application has read any", async () => {
    const app = new Application();
    await streaming(app, start(usageBody(HIT)));
    await app.recorder.flush();
    expect(app.uses).toMatchObject([{ requests: 1, readTokens: 1_000 }]);
  });

  it("reaches the application event by event", async () => {
    const app = new Application();
    const { streamed, stream } = await streaming(app, start(usageBody(HIT)));
    const events = stream[Symbol.asyncIterator]();
    expect((await events.next()).value?.type).toBe("message_start");
    streamed.send(block);
    expect((await events.next()).value?.type).toBe("content_block_start");
  });

  it("ends at its source when the application leaves it", async () => {
    const app = new Application();
    const { streamed, stream } = await streaming(app, start(usageBody(HIT)), block);
    for await (const _event of stream) break;
    await app.settle();
    expect(await streamed.cancelled).toBe(true);
  });

  it.each<[string, Tokens]>([
    ["reads", { read: 70, uncached: 3 }],
    ["nothing cached", { uncached: 3 }],
  ])("is counted by its last event where a gateway leaves the first empty: %s", async (_what, tokens) => {
    const app = new Application();
    const { streamed, stream } = await streaming(
      app,
      start(usageBody({})),
      block,
      end(usageBody(tokens)),
      stop,
    );
    streamed.close();
    await typesOf(stream);
    await app.recorder.flush();
    expect(app.uses).toMatchObject([{ readTokens: tokens.read ?? 0, uncachedTokens: 3 }]);
  });

  it.each([
    ["tells no usage", [start(), block, text('{"type":"message_start"}'), stop]],
    [
      "writes nobody knows for how long",
      [start(usageBody({})), end({ ...usageBody(MISS), cache_creation: null })],
    ],
    ["is no JSON", ['event: message_start\ndata: {"type":"message_start",\n\n']],
    ["is empty", []],
  ])("that %s is lost", async (_what, chunks) => {
    const app = new Application();
    const { streamed, stream } = await streaming(app, ...chunks);
    streamed.close();
    await typesOf(stream).catch(() => []);
    await app.recorder.flush();
    expect(app.records).toMatchObject([{ lost: 1, prefixes: [] }]);
  });

  it("that breaks off before its usage is lost, and the application gets the error", async () => {
    const app = new Application();
    const { streamed, stream } = await streaming(app, block);
    streamed.break();
    await expect(typesOf(stream)).rejects.toThrow("the connection broke");
    await app.recorder.flush();
    expect(app.records).toMatchObject([{ lost: 1 }]);
  });
});

describe("how a streamed reply ended", () => {
  const message = (stopReason: string | null, id = "m") => ({ id, stop_reason: stopReason });

  it.each([
    ["tool_use", { open: 1, over: 0 }],
    ["end_turn", { open: 0, over: 1 }],
    [null, undefined],
  ])("is what the application says of the message, once: %s", async (stopReason, turns) => {
    const app = new Application();
    const { streamed, stream } = await streaming(app, ...whole);
    streamed.close();
    await typesOf(stream);
    await app.settle();
    for (let twice = 0; twice < 2; twice++) app.recorder.replied(message(stopReason));
    await app.recorder.flush();
    expect(app.uses.map((use) => use.turns)).toEqual([turns]);
  });

  it.each([
    ["of another message", async () => message("end_turn", "another")],
    [
      "of a minute that was written",
      async (app: Application) => {
        await app.recorder.flush();
        return message("end_turn");
      },
    ],
  ])("is passed over: %s", async (_what, replied) => {
    const app = new Application();
    await streaming(app, start(usageBody(HIT)));
    await app.settle();
    app.recorder.replied(await replied(app));
    await app.recorder.flush();
    expect(app.uses).toMatchObject([{ requests: 1 }]);
    expect(app.uses[0]?.turns).toBeUndefined();
  });
});

describe("a reply in one piece", () => {
  it.each([
    ["tool_use", { open: 1, over: 0 }],
    ["pause_turn", { open: 1, over: 0 }],
    ["end_turn", { open: 0, over: 1 }],
    ["max_tokens", { open: 0, over: 1 }],
    ["a reason of next year", { open: 0, over: 1 }],
    [null, undefined],
    [7, undefined],
    ["", undefined],
  ])("tells how its turn ended: %j", async (stopReason, turns) => {
    const app = new Application();
    app.reply = () => aReply(usageBody(HIT), stopReason);
    await app.client.messages.create(aRequest() as never);
    await app.recorder.flush();
    expect(app.uses.map((use) => use.turns)).toEqual([turns]);
  });

  it("is the very response that came, and can be read", async () => {
    const app = new Application();
    const came = Response.json({ type: "message", content: [], usage: usageBody(HIT) });
    app.reply = () => came;
    const raw = await app.client.messages.create(aRequest() as never).asResponse();
    expect(raw).toBe(came);
    expect(raw.bodyUsed).toBe(false);
    expect(await raw.json()).toMatchObject({ type: "message" });
    await app.recorder.flush();
    expect(app.uses).toMatchObject([{ requests: 1 }]);
  });

  it.each([
    ["a page", () => new Response("<html>", { headers: { "content-type": "text/html" } })],
    ["nothing", () => new Response(null, { status: 204 })],
    ["half a message", () => new Response('{"usage":', { headers: { "content-type": "application/json" } })],
  ])(
    "that is %s is lost, and what the application gets is what it would get without",
    async (_what, reply) => {
      const outcome = async (client: Anthropic) =>
        client.messages.create(aRequest() as never).then(
          (message) => message,
          (error: unknown) => String(error),
        );
      const app = new Application();
      app.reply = reply;
      const plain = new Anthropic({
        apiKey: "k",
        maxRetries: 0,
        logLevel: "off",
        fetch: async () => reply(),
      });
      expect(await outcome(app.client)).toEqual(await outcome(plain));
      await app.recorder.flush();
      expect(app.recorder.stats()).toMatchObject({ recorded: 0, lost: 1 });
    },
  );
});
