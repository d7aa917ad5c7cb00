import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, request as requestHttp, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Anthropic from "@anthropic-ai/sdk";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { cutPrefix, isPrefix, type RequestBody } from "../../lib/core/prefix.ts";
import { type Capture, startCapture } from "../../lib/local/capture/capture.ts";
import { PromptFiles, type Recording } from "../../lib/local/capture/prompt-files.ts";
import { type Recorder, startRecorder } from "../../lib/local/capture/recorder.ts";
import type { CaptureSummary } from "../../lib/local/capture/tally.ts";
import { type SimulatedProvider, startSimulatedProvider } from "../../lib/local/provider/server.ts";
import { warmer } from "../bin/warmer.ts";

const KEY = "sk-key-canary";
const TAIL = "tail-canary";
const MODEL = "claude-opus-5";

function aRequest(words = "You answer.", more: object = {}): Anthropic.MessageCreateParamsNonStreaming {
  const text = `${words} `.repeat(600);
  return {
    model: MODEL,
    max_tokens: 50,
    system: [{ type: "text", text, cache_control: { type: "ephemeral", ttl: "1h" } }],
    messages: [{ role: "user", content: TAIL }],
    ...more,
  };
}

let directory: string;
const files = () => readdirSync(directory);
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "capture-"));
});
afterEach(() => {
  for (const file of files()) rmSync(join(directory, file));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Records in this thread, so that no test waits for one to start. */
function inThisThread(): Recorder {
  const prompts = new PromptFiles({ directory, name: "p", limit: 10 });
  return { record: async (request) => prompts.record(request), close: async () => {} };
}

function fail(): never {
  throw new Error("one recording too many");
}

const news: Recording[] = [];
function startTo(upstream: string, recorder = inThisThread()): Promise<Capture> {
  news.length = 0;
  return startCapture({
    upstream: new URL(upstream),
    port: 0,
    directory,
    name: "p",
    limit: 10,
    onNews: (recording) => news.push(recording),
    recorder,
  });
}

describe("an application behind the proxy", () => {
  let provider: SimulatedProvider;
  let capture: Capture;
  let client: Anthropic;
  beforeEach(async () => {
    provider = await startSimulatedProvider({
      keys: [{ key: KEY, workspace: "w", caller: "app" }],
      now: Date.now,
    });
    capture = await startTo(provider.url);
    client = new Anthropic({ apiKey: KEY, baseURL: capture.url, maxRetries: 0 });
  });
  afterEach(async () => {
    await capture.finish();
    await provider.close();
  });

  it("gets the provider's own answers, streams and errors too", async () => {
    const direct = new Anthropic({ apiKey: KEY, baseURL: provider.url, maxRetries: 0 });
    await direct.messages.create(aRequest());
    const expected = await direct.messages.create(aRequest());
    const { data, response } = await client.messages.create(aRequest()).withResponse();
    expect({ ...data, id: "" }).toEqual({ ...expected, id: "" });
    expect(response.headers.get("request-id")).toMatch(/^req_/);
    expect(response.headers.get("anthropic-workspace-id")).toBe("w");
    const streamed = await client.messages.stream(aRequest()).finalMessage();
    expect(streamed.usage.cache_read_input_tokens).toBe(expected.usage.cache_read_input_tokens);
    await expect(client.messages.create({ ...aRequest(), model: "unknown" })).rejects.toMatchObject({
      status: 404,
      type: "not_found_error",
    });
  });

  it("has each accepted prefix recorded once, and every message counted once", async () => {
    await client.messages.create(aRequest("One."));
    await client.messages.create(
      aRequest("One.", { max_tokens: 7, messages: [{ role: "user", content: "2" }] }),
    );
    await client.messages.create(aRequest("Two."));
    await client.messages.countTokens({ model: MODEL, messages: [{ role: "user", content: "x" }] });
    await client.messages.create(aRequest("Three.", { system: "no breakpoint" }));
    await client.messages.create(aRequest("Four."), { headers: { "anthropic-beta": "some-beta" } });
    await client.messages.create({ ...aRequest("Five."), model: "unknown" }).catch(() => {});
    const summary = await capture.finish();
    expect(summary).toMatchObject({ requests: 7, messages: 6, recorded: 2, duplicates: 1 });
    expect(summary.refused.map(({ path, count }) => [path, count]).sort()).toEqual([
      ["(answer)", 1],
      ["anthropic-beta", 1],
      [expect.stringMatching(/^system/), 1],
    ]);
    expect(news).toHaveLength(5);
    expect(files()).toHaveLength(2);
    const prefix = cutPrefix(aRequest("One.") as unknown as RequestBody);
    const kept = JSON.parse(readFileSync(summary.files[0]?.file ?? "", "utf8"));
    expect(isPrefix(prefix) && prefix.body).toEqual(kept);
  });

  it("is answered while a recording lasts, and when the recorder fails", async () => {
    await capture.finish();
    let recorded = (_recording: Recording) => {};
    const recordings: (() => Promise<Recording>)[] = [
      () => Promise.reject(new Error("no memory")),
      () =>
        new Promise((resolve) => {
          recorded = resolve;
        }),
    ];
    const recorder: Recorder = { record: () => recordings.pop()?.() ?? fail(), close: async () => {} };
    capture = await startTo(provider.url, recorder);
    const held = new Anthropic({ apiKey: KEY, baseURL: capture.url, maxRetries: 0 });
    for (const _request of recordings.slice()) {
      expect((await held.messages.create(aRequest())).type).toBe("message");
    }
    recorded({ kind: "duplicate", file: "p.json", fingerprint: "f" });
    expect(await capture.finish()).toMatchObject({
      messages: 2,
      duplicates: 1,
      refused: [{ path: "(file)" }],
    });
  });

  it("finds the error of a proxy in the provider's form when the provider is down", async () => {
    await provider.close();
    const error = await client.messages.create(aRequest()).catch((thrown: unknown) => thrown);
    if (!(error instanceof Anthropic.InternalServerError)) throw new Error(String(error));
    expect(error.status).toBe(502);
    expect(error.error).toEqual({
      type: "error",
      error: {
        type: "api_error",
        message: `${provider.url} gave no answer (ECONNREFUSED); this came from the proxy on 127.0.0.1, not from the provider`,
      },
    });
    expect(await capture.finish()).toMatchObject({
      messages: 1,
      recorded: 0,
      refused: [{ path: "(answer)" }],
    });
  });
});

describe("on the wire", () => {
  interface Heard {
    readonly method: string | undefined;
    readonly url: string | undefined;
    readonly rawHeaders: readonly string[];
    readonly body: Buffer;
  }
  const heard: Heard[] = [];
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let capture: Capture;
  const server = createServer((request, response) => answer(request, response));
  const keepAndAnswer = (respond: (response: ServerResponse) => void) => {
    answer = async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      const { method, url, rawHeaders } = request;
      heard.push({ method, url, rawHeaders, body: Buffer.concat(chunks) });
      respond(response);
    };
  };

  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  beforeEach(async () => {
    heard.length = 0;
    capture = await startTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/base/`);
  });
  afterEach(() => capture.finish());
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  function send(body: Buffer, options: { method?: string; path?: string; headers?: string[] } = {}) {
    const { method = "POST", path = "/v1/messages", headers = [] } = options;
    const { host, port } = new URL(capture.url);
    const request = requestHttp({
      host: "127.0.0.1",
      port,
      method,
      path,
      headers: ["Host", host, "Content-Length", String(body.length), ...headers],
    });
    request.end(body);
    return request;
  }
  async function answerTo(request: ReturnType<typeof requestHttp>) {
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    const { statusCode, statusMessage, rawHeaders } = response;
    return { statusCode, statusMessage, rawHeaders, body: Buffer.concat(chunks) };
  }

  it("a request goes on byte for byte, with the headers of the connection left out", async () => {
    keepAndAnswer((response) => response.end());
    const body = randomBytes(300_000);
    const headers = [
      "X-Api-Key",
      KEY,
      "x-MIXED",
      "a",
      "X-Mixed",
      "b",
      "Connection",
      "keep-alive, X-Hop",
      "X-Hop",
      "1",
    ];
    const path = "/v1/messages?beta=true&x=%2F..%20/../y";
    await answerTo(send(body, { headers, path }));
    const [{ method, url, rawHeaders, body: received } = { rawHeaders: [], body: Buffer.alloc(0) }] =
      heard as Partial<Heard>[];
    expect({ method, url }).toEqual({ method: "POST", url: `/base${path}` });
    expect(received?.equals(body)).toBe(true);
    expect(rawHeaders).toEqual([
      ...["Content-Length", "300000", "X-Api-Key", KEY, "x-MIXED", "a", "X-Mixed", "b"],
      ...["Host", `127.0.0.1:${(server.address() as AddressInfo).port}`, "Connection", "keep-alive"],
    ]);
  });

  it.each(["POST", "DELETE"])(
    "a %s of unknown length goes on in one piece, whatever its method",
    async (method) => {
      keepAndAnswer((response) => response.end());
      const { port } = new URL(capture.url);
      const headers = { "transfer-encoding": "chunked" };
      const request = requestHttp({ host: "127.0.0.1", port, method, path: "/v1/files", headers });
      request.write("one ");
      request.end("two");
      expect((await answerTo(request)).statusCode).toBe(200);
      expect(heard.map(({ body }) => String(body))).toEqual(["one two"]);
    },
  );

  it("an answer comes back as it is: status, reason, headers in order, bytes", async () => {
    const body = randomBytes(100_000);
    const own = ["Set-Cookie", "a=1", "X-b", "2", "set-cookie", "c=3", "Content-Encoding", "gzip"];
    keepAndAnswer((response) => {
      response.sendDate = false;
      response
        .writeHead(529, "Too Busy", [...own, "Keep-Alive", "timeout=77", "Content-Length", "100000"])
        .end(body);
    });
    const reply = await answerTo(send(Buffer.from("{}")));
    expect(reply).toMatchObject({ statusCode: 529, statusMessage: "Too Busy" });
    expect(reply.rawHeaders.slice(0, -2)).toEqual([...own, "Content-Length", "100000"]);
    expect(reply.rawHeaders.slice(-2)).toEqual(["Connection", "keep-alive"]);
    expect(reply.body.equals(body)).toBe(true);
  });

  it.each(["GET", "DELETE", "HEAD"])("%s of any path goes on and is not recorded", async (method) => {
    keepAndAnswer((response) => response.writeHead(200, ["X-A", "1"]).end());
    const reply = await answerTo(send(Buffer.alloc(0), { method, path: "/v1/models" }));
    expect(reply.statusCode).toBe(200);
    expect(heard).toMatchObject([{ method, url: "/base/v1/models" }]);
    expect(await capture.finish()).toMatchObject({ requests: 1, messages: 0 });
  });

  it("each event of a stream arrives before the next one is sent", async () => {
    let stream: ServerResponse | undefined;
    keepAndAnswer((response) => {
      stream = response;
      response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    });
    const [response] = (await once(send(Buffer.from("{}")), "response")) as [IncomingMessage];
    for (const event of ["event: a\n\n", "event: b\n\n"]) {
      stream?.write(event);
      expect(String((await once(response, "data"))[0])).toBe(event);
    }
    stream?.end();
    await once(response, "end");
  });

  it("half an answer stays half: its end before the last byte reaches the application", async () => {
    keepAndAnswer((response) => {
      response.writeHead(200, { "content-length": "100" }).write("half");
      setImmediate(() => response.destroy());
    });
    await expect(answerTo(send(Buffer.from("{}")))).rejects.toThrow(/aborted/);
  });

  it("an application that goes away ends the provider's request: before an answer, and in a stream", async () => {
    for (const begin of [false, true]) {
      const gone = new Promise<void>((resolve) => {
        keepAndAnswer((response) => {
          response.once("close", resolve);
          if (begin) response.writeHead(200).write("event");
          else request.destroy();
        });
      });
      const request = send(Buffer.from("{}"));
      request.on("error", () => {});
      request.once("response", () => request.destroy());
      await gone;
    }
    expect(await capture.finish()).toMatchObject({ messages: 2, recorded: 0 });
  });

  it("a body above 32 MB goes on whole and is not recorded; one of exactly 32 MB is read", async () => {
    const limit = 32 * 1024 * 1024;
    keepAndAnswer((response) => response.end());
    for (const size of [limit + 1, limit]) await answerTo(send(Buffer.alloc(size, " ")));
    expect(heard.map(({ body }) => body.length)).toEqual([limit + 1, limit]);
    expect((await capture.finish()).refused.map(({ path }) => path).sort()).toEqual(["(body)", "(root)"]);
  });

  it("an answer that none may give again is none, and the next one comes through", async () => {
    answer = (_request, response) => response.socket?.end("HTTP/1.1 099 Odd\r\ncontent-length: 0\r\n\r\n");
    expect((await answerTo(send(Buffer.from("{}")))).statusCode).toBe(502);
    keepAndAnswer((response) => response.end());
    expect((await answerTo(send(Buffer.from("{}")))).statusCode).toBe(200);
  });

  it("an answer that comes before the body's end is passed on, and the rest of the body is taken in", async () => {
    answer = (_request, response) => response.writeHead(413).end("too large");
    const request = send(Buffer.alloc(8 * 1024 * 1024));
    const [reply] = await Promise.all([answerTo(request), once(request, "finish")]);
    expect([reply.statusCode, String(reply.body)]).toEqual([413, "too large"]);
  });

  it("an application that is gone after an early answer, its body half sent, leaves nothing to wait for", async () => {
    answer = (_request, response) => response.writeHead(413).end("too large");
    const { port } = new URL(capture.url);
    const headers = { "content-length": 1_000 };
    const request = requestHttp({ host: "127.0.0.1", port, method: "POST", path: "/v1/messages", headers });
    request.on("error", () => {});
    request.write("half");
    await answerTo(request);
    request.destroy();
    expect(await capture.finish()).toMatchObject({ messages: 1, refused: [{ path: "(body)" }] });
  });

  it("a request that names its own target is refused and goes nowhere", async () => {
    keepAndAnswer((response) => response.end());
    expect((await answerTo(send(Buffer.alloc(0), { path: "http://elsewhere.example/" }))).statusCode).toBe(
      400,
    );
    expect(heard).toEqual([]);
  });
});

describe("the recorder's thread", () => {
  const captured = (text: string) => ({
    body: new Uint8Array(Buffer.from(text)),
    contentEncoding: undefined,
    hasBetas: false,
  });

  it("records what it has taken before it ends", async () => {
    const recorder = startRecorder({ directory, name: "p", limit: 10 });
    const taken = ["One.", "Two.", "One."].map((words) =>
      recorder.record(captured(JSON.stringify(aRequest(words)))),
    );
    taken.push(recorder.record(captured("no JSON")), recorder.record(captured("")));
    await recorder.close();
    expect((await Promise.all(taken)).map(({ kind }) => kind)).toEqual([
      "recorded",
      "recorded",
      "duplicate",
      "refused",
      "refused",
    ]);
    expect(files()).toHaveLength(2);
  });
});

describe("warmer capture", () => {
  const CLI = fileURLToPath(new URL("../../bin/warmer.mjs", import.meta.url));
  let provider: SimulatedProvider;
  beforeAll(async () => {
    const keys = [{ key: KEY, workspace: "w", caller: "app" }];
    provider = await startSimulatedProvider({ keys, now: Date.now });
  });
  afterAll(() => provider.close());

  it("names the base URL, records, ends on Ctrl-C with a summary, and keeps no secret anywhere", async () => {
    const args = [
      CLI,
      "--json",
      "capture",
      "--upstream",
      provider.url,
      "--out",
      directory,
      "--name",
      "support",
    ];
    const child = spawn(process.execPath, args, { cwd: directory });
    const printed = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk) => (printed.stdout += chunk));
    const url = await new Promise<string>((resolve) => {
      child.stderr.on("data", (chunk) => {
        printed.stderr += chunk;
        const found = /^ANTHROPIC_BASE_URL=(http:\/\/127\.0\.0\.1:\d+)$/m.exec(printed.stderr)?.[1];
        if (found !== undefined) resolve(found);
      });
    });
    const headers = { authorization: "Bearer bearer-canary", cookie: "session=cookie-canary" };
    const client = new Anthropic({
      apiKey: KEY,
      baseURL: url,
      maxRetries: 0,
      defaultHeaders: { ...headers, "x-api-key": KEY },
    });
    await client.messages.create(aRequest());
    await client.messages.create(aRequest("No breakpoint.", { system: "system-canary" }));
    child.kill("SIGINT");
    expect(await once(child, "close")).toEqual([0, null]);

    const summary: CaptureSummary = JSON.parse(printed.stdout);
    expect(summary).toMatchObject({ requests: 2, messages: 2, recorded: 1, refused: [{ count: 1 }] });
    expect(files()).toEqual([expect.stringMatching(/^support-[0-9a-f]{12}\.json$/)]);
    expect(printed.stderr).toContain(`recorded ${summary.files[0]?.file}`);
    expect(printed.stderr).toContain("not recorded: system");
    const everything = [
      printed.stdout,
      printed.stderr,
      ...files().map((file) => readFileSync(join(directory, file), "utf8")),
    ];
    expect(everything.join("\n")).not.toContain("canary");
  });

  it("refuses a port that is taken, and an upstream that is none", async () => {
    const taken = createTcpServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const [busy, url, name] = await Promise.all([
      warmer(directory, "capture", "--upstream", provider.url, "--port", String(port)),
      warmer(directory, "capture", "--upstream", "https://user:canary@gateway.example"),
      warmer(directory, "capture", "--upstream", provider.url, "--name", "a/b"),
    ]);
    taken.close();
    expect(busy).toEqual({
      code: 1,
      stdout: "",
      stderr: `port ${port} of 127.0.0.1 cannot be listened on (EADDRINUSE); choose another\n`,
    });
    expect([url.code, name.code]).toEqual([2, 2]);
    expect(url.stderr).toContain("--upstream must have no user name");
    expect(url.stderr).not.toContain("canary");
  });
});
