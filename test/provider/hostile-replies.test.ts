/** What an address that is no Messages API, or not only one, may do to whoever asks it. */
import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ProviderReply } from "../../lib/app/ports.ts";
import { AnthropicProvider } from "../../lib/provider/anthropic.ts";
import { MAX_REPLY_BYTES } from "../../lib/provider/bounded-fetch.ts";

const KEY = "sk-canary-0815";
const PROMPT = "The canary hums at noon.";
const REQUEST = {
  model: "claude-sonnet-5-5",
  max_tokens: 0,
  system: [{ type: "text", text: PROMPT, cache_control: { type: "ephemeral", ttl: "5m" } }],
  messages: [{ role: "user", content: "warmup" }],
};
const JSON_TYPE = { "content-type": "application/json" };
const LONG_MS = 20_000;
/** What the system's own buffers may hold beside what is read. */
const BUFFERED_BYTES = 8 * 1024 * 1024;

const servers: (Server | NetServer)[] = [];
const sockets = new Set<Socket>();

afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function listening(server: Server | NetServer, host = "127.0.0.1"): Promise<number> {
  servers.push(server);
  server.on("connection", (socket: Socket) => sockets.add(socket.on("error", () => {})));
  server.listen(0, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function answering(listener: RequestListener): Promise<void> {
  vi.stubEnv("ANTHROPIC_BASE_URL", `http://127.0.0.1:${await listening(createHttpServer(listener))}`);
}

/** A server that speaks no protocol but its own. */
async function speaking(speak: (socket: Socket) => void): Promise<void> {
  const server = createServer((socket) => void socket.once("data", () => speak(socket)));
  vi.stubEnv("ANTHROPIC_BASE_URL", `http://127.0.0.1:${await listening(server)}`);
}

const send = (timeoutMs = LONG_MS): Promise<ProviderReply> =>
  new AnthropicProvider({ key: async () => KEY }).send(REQUEST, timeoutMs);

/** Writes as long as somebody reads. @returns how much was taken, once nobody does */
function pour(socket: {
  write(chunk: Buffer): boolean;
  once(event: string, run: () => void): unknown;
  destroyed: boolean;
}) {
  const chunk = Buffer.alloc(64 * 1024, " ");
  let taken = 0;
  const more = () => {
    while (!socket.destroyed) {
      taken += chunk.length;
      if (!socket.write(chunk)) {
        socket.once("drain", more);
        return;
      }
    }
  };
  more();
  return () => taken;
}

describe("a reply without end", () => {
  it.each([200, 500])(
    "with status %i is read up to the bound, and its connection is closed",
    async (status) => {
      let taken = () => 0;
      let closed = Promise.resolve();
      await answering((request, response) => {
        request.resume();
        response.writeHead(status, JSON_TYPE).write('{"usage":');
        closed = new Promise((resolve) => response.once("close", resolve));
        taken = pour(response);
      });
      const reply = await send();
      expect(reply).toMatchObject({ kind: "failed" });
      await closed;
      expect(taken()).toBeLessThan(MAX_REPLY_BYTES + BUFFERED_BYTES);
    },
  );

  it("that grows beyond the bound when it is unpacked is refused, though it is JSON", async () => {
    const body = '{"usage":{"input_tokens":1}}';
    const bomb = gzipSync(body.padEnd(64 * MAX_REPLY_BYTES));
    expect(bomb.length).toBeLessThan(MAX_REPLY_BYTES);
    await answering((request, response) => {
      request.resume();
      response.writeHead(200, { ...JSON_TYPE, "content-encoding": "gzip" }).end(bomb);
    });
    expect(await send()).toMatchObject({ kind: "failed", failure: { outcome: "usage_missing" } });
  });

  it("of headers ends as a failed connection", async () => {
    let taken = () => 0;
    await speaking((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      const lines = { write: () => socket.write(`x-more: ${"y".repeat(1_000)}\r\n`.repeat(64)) };
      taken = pour(Object.assign(Object.create(socket) as Socket, lines));
    });
    expect(await send()).toMatchObject({
      kind: "failed",
      failure: { outcome: "transient_failure", billed: "maybe" },
    });
    expect(taken()).toBeLessThan(BUFFERED_BYTES);
  });

  it("is taken whole up to the bound", async () => {
    const body = '{"usage":{"input_tokens":1}}';
    await answering((request, response) => {
      request.resume();
      response.writeHead(200, JSON_TYPE).write(body);
      response.end(" ".repeat(MAX_REPLY_BYTES - body.length));
    });
    expect(await send()).toEqual({ kind: "reply", usage: { input_tokens: 1 } });
  });

  it("is refused one byte beyond it", async () => {
    await answering((request, response) => {
      request.resume();
      response.writeHead(200, JSON_TYPE).write("{}");
      response.end(" ".repeat(MAX_REPLY_BYTES - 1));
    });
    expect(await send()).toMatchObject({
      kind: "failed",
      failure: { outcome: "usage_missing", billed: "maybe" },
    });
  });
});

describe("a redirect", () => {
  it.each([301, 302, 303, 307, 308])("with status %i reaches no second address", async (status) => {
    let strangers = 0;
    const elsewhere = await listening(
      createServer(() => void strangers++),
      "127.0.0.2",
    );
    const reached: string[] = [];
    await answering((request, response) => {
      reached.push(request.url ?? "");
      request.resume();
      response.writeHead(status, { location: `http://127.0.0.2:${elsewhere}/v1/messages` }).end();
    });
    expect(await send()).toMatchObject({ kind: "failed" });
    expect(reached).toEqual(["/v1/messages"]);
    expect(strangers).toBe(0);
  });
});

describe("whatever is answered", () => {
  const status = fc.oneof(
    fc.constantFrom(200, 201, 204, 400, 401, 402, 429, 500, 529),
    fc.integer({ min: 200, max: 599 }),
  );
  const type = fc.constantFrom(
    "application/json",
    "text/html",
    "text/event-stream",
    "",
    "application/json; charset=utf-7",
  );
  const body = fc.oneof(
    fc.string(),
    fc.json(),
    fc.constantFrom(
      "",
      "null",
      "[]",
      '"x"',
      "{",
      '{"usage":null}',
      '{"usage":{"input_tokens":-1}}',
      '{"usage":{"input_tokens":1e400}}',
    ),
    fc
      .record({
        type: fc.constantFrom(PROMPT, KEY, "x".repeat(10_000)),
        message: fc.constant(PROMPT),
        code: fc.constant(KEY),
      })
      .map((error) => JSON.stringify({ type: "error", error, request_id: PROMPT })),
  );
  const header = fc.constantFrom(
    {},
    { "retry-after": PROMPT },
    { "request-id": KEY },
    { "retry-after": "-1" },
    { "retry-after": "1e99" },
  );

  it("ends as a reply or a failure, in few words that quote nothing", async () => {
    let answer = { status: 200, headers: {}, body: "" };
    await answering((request, response) => {
      request.resume();
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
    const written = vi.spyOn(process.stdout, "write");
    const warned = vi.spyOn(console, "error");
    await fc.assert(
      fc.asyncProperty(status, type, body, header, async (code, contentType, text, more) => {
        answer = { status: code, headers: { "content-type": contentType, ...more }, body: text };
        const reply = await send();
        if (reply.kind === "reply") return;
        const { message, retryAfterMs = 0 } = reply.failure;
        expect(message.length).toBeLessThanOrEqual(300);
        expect(message).not.toContain(KEY);
        expect(message).not.toContain("canary");
        expect(retryAfterMs).toBeGreaterThanOrEqual(0);
        expect(retryAfterMs).toBeLessThanOrEqual(3_600_000);
      }),
      { numRuns: 150, seed: 7 },
    );
    expect(written).not.toHaveBeenCalled();
    expect(warned).not.toHaveBeenCalled();
  });

  it.each([
    ["nothing", (socket: Socket) => void socket.end()],
    ["half a status line", (socket: Socket) => void socket.end("HTTP/1.")],
    ["another protocol", (socket: Socket) => void socket.end("SSH-2.0-OpenSSH_9.9\r\n")],
    [
      "a body shorter than it says",
      (socket: Socket) => void socket.end("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{}"),
    ],
    [
      "a chunk without a size",
      (socket: Socket) => void socket.end("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"),
    ],
    [
      "no gzip that says it is",
      (socket: Socket) =>
        void socket.end(
          "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}",
        ),
    ],
    ["a reset", (socket: Socket) => void socket.resetAndDestroy()],
  ])("as %s may have been billed", async (_what, speak) => {
    await speaking(speak);
    expect(await send()).toMatchObject({ kind: "failed", failure: { billed: "maybe" } });
  });
});
