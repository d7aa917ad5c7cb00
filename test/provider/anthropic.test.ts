import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { KeyUnreadable } from "../../lib/app/errors.ts";
import type { ApiKeySource } from "../../lib/app/ports.ts";
import type { ProviderFailure } from "../../lib/core/provider-failure.ts";
import type { RequestFault } from "../../lib/local/provider/faults.ts";
import { type SimulatedProvider, startSimulatedProvider } from "../../lib/local/provider/server.ts";
import { AnthropicProvider } from "../../lib/provider/anthropic.ts";
import { failureOf } from "../../lib/provider/anthropic-failure.ts";

/** Strings that must never leave the adapter. */
const SECRET_KEY = "sk-canary-4711";
const SECRET_PROMPT = "The canary sings at dawn.";

const NOON = Date.UTC(2026, 10, 20, 12);
const REQUEST = {
  model: "claude-sonnet-5-5",
  max_tokens: 0,
  system: [
    { type: "text", text: SECRET_PROMPT.repeat(100), cache_control: { type: "ephemeral", ttl: "5m" } },
  ],
  messages: [{ role: "user", content: "warmup" }],
};

/** Long enough for an answer on this machine, short enough to wait for. */
const SHORT_MS = 150;
const LONG_MS = 20_000;

class Keys implements ApiKeySource {
  readonly reads: boolean[] = [];
  readonly #key: (fresh: boolean) => string;

  constructor(key: (fresh: boolean) => string = () => SECRET_KEY) {
    this.#key = key;
  }

  async key(fresh: boolean): Promise<string> {
    this.reads.push(fresh);
    return this.#key(fresh);
  }
}

let provider: SimulatedProvider;
const servers: Server[] = [];

beforeEach(async () => {
  const warmer = { key: SECRET_KEY, workspace: "wrkspc_main", caller: "warmer" };
  provider = await startSimulatedProvider({
    keys: [warmer, { ...warmer, key: "sk-rotated" }],
    now: () => NOON,
  });
  vi.stubEnv("ANTHROPIC_BASE_URL", provider.url);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await provider.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A server in the provider's place that answers as it likes. */
async function answering(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv("ANTHROPIC_BASE_URL", url);
  return url;
}

async function failed(timeoutMs = LONG_MS, keys = new Keys()): Promise<ProviderFailure> {
  const reply = await new AnthropicProvider(keys).send(REQUEST, timeoutMs);
  if (reply.kind !== "failed") throw new Error(`expected a failure, got ${JSON.stringify(reply)}`);
  return reply.failure;
}

describe("a request", () => {
  it("is sent as it was given, and its usage handed back", async () => {
    let body = "";
    await answering(async (request, response) => {
      for await (const chunk of request) body += String(chunk);
      response.writeHead(200, { "content-type": "application/json" }).end('{"usage":{"input_tokens":1}}');
    });
    const reply = await new AnthropicProvider(new Keys()).send(REQUEST, LONG_MS);
    expect(body).toBe(JSON.stringify(REQUEST));
    expect(reply).toEqual({ kind: "reply", usage: { input_tokens: 1 } });
  });

  it("is written by the first touch and read by the second", async () => {
    const adapter = new AnthropicProvider(new Keys());
    const first = await adapter.send(REQUEST, LONG_MS);
    const second = await adapter.send(REQUEST, LONG_MS);
    const { usage: written } = first as { usage?: Record<string, number> };
    const { usage: read } = second as { usage?: Record<string, number> };
    expect(written?.["cache_creation_input_tokens"]).toBeGreaterThan(512);
    expect(read?.["cache_read_input_tokens"]).toBe(written?.["cache_creation_input_tokens"]);
  });

  it.each<RequestFault>([
    { kind: "rate_limited" },
    { kind: "rate_limited", retryAfterSeconds: 1 },
    { kind: "server_error" },
    { kind: "overloaded" },
    { kind: "gateway_timeout" },
    { kind: "dropped_connection" },
    { kind: "billing" },
    { kind: "not_json", as: "cut_short" },
  ])("is one request on the wire after $kind", async (fault) => {
    provider.faults.add(fault);
    await failed();
    expect(provider.log).toHaveLength(1);
  });

  it("does not follow a redirect with the key", async () => {
    const paths: (string | undefined)[] = [];
    await answering((request, response) => {
      paths.push(request.url);
      request.resume();
      response.writeHead(307, { location: "/elsewhere" }).end();
    });
    expect(await failed()).toMatchObject({ outcome: "transient_failure", directive: "retry" });
    expect(paths).toEqual(["/v1/messages"]);
  });
});

describe("an error answer", () => {
  const skip = { directive: "skip", billed: "no" } as const;
  const retry = { outcome: "transient_failure", directive: "retry", billed: "no" } as const;
  const pause = { outcome: "provider_spend_limit", directive: "pause", billed: "no" } as const;

  it.each<[RequestFault, Partial<ProviderFailure>]>([
    [{ kind: "unauthorized" }, { outcome: "auth_failed", directive: "stop", billed: "no" }],
    [{ kind: "forbidden" }, { outcome: "request_refused", directive: "stop", billed: "no" }],
    [{ kind: "model_not_found" }, { outcome: "request_refused", ...skip }],
    [{ kind: "billing" }, pause],
    [{ kind: "enforced_spend_limit" }, pause],
    [{ kind: "own_spend_limit", of: "organization" }, pause],
    [{ kind: "own_spend_limit", of: "workspace" }, pause],
    [{ kind: "rate_limited" }, retry],
    [
      { kind: "rate_limited", retryAfterSeconds: 7 },
      { ...retry, retryAfterMs: 7_000 },
    ],
    [{ kind: "server_error" }, retry],
    [{ kind: "overloaded" }, retry],
    [{ kind: "gateway_timeout" }, { ...retry, billed: "maybe" }],
    [{ kind: "dropped_connection" }, { ...retry, billed: "maybe" }],
    [
      { kind: "not_json", as: "cut_short" },
      { outcome: "usage_missing", directive: "skip", billed: "maybe" },
    ],
  ])("of %j says what to do next", async (fault, expected) => {
    provider.faults.add(fault);
    const { message, ...rest } = await failed();
    expect(rest).toEqual({ ...expected });
    expect(message).not.toBe("");
  });

  it.each([
    [408, retry],
    [409, retry],
    [400, { outcome: "request_refused", ...skip }],
    [413, { outcome: "request_refused", ...skip }],
    [418, { outcome: "request_refused", ...skip }],
    [503, retry],
    [599, retry],
  ])("with status %i says what to do next", async (status, expected) => {
    await answering((request, response) => {
      request.resume();
      response.writeHead(status, { "content-type": "text/html" }).end("<html>no JSON</html>");
    });
    expect(await failed()).toMatchObject(expected);
  });

  it.each([
    ["1", 1_000],
    ["0.5", 500],
    ["3600", 3_600_000],
    ["3601", 3_600_000],
    ["1e300", 3_600_000],
    ["0", undefined],
    ["-1", undefined],
    ["NaN", undefined],
    ["", undefined],
    ["Fri, 20 Nov 2026 12:00:10 GMT", undefined],
  ])("asks to wait when retry-after is %j", async (header, waitMs) => {
    await answering((request, response) => {
      request.resume();
      response.writeHead(429, { "retry-after": header, "content-type": "application/json" }).end("{}");
    });
    expect((await failed()).retryAfterMs).toBe(waitMs);
  });
});

describe("an answer that never comes", () => {
  it.each<[string, RequestListener]>([
    ["at all", (request) => request.resume()],
    [
      "to its end",
      (request, response) => {
        request.resume();
        response.writeHead(200, { "content-type": "application/json" }).write('{"usage":');
      },
    ],
  ])("%s ends with the timeout, and may be billed", async (_how, listener) => {
    await answering(listener);
    expect(await failed(SHORT_MS)).toEqual({
      outcome: "transient_failure",
      directive: "retry",
      billed: "maybe",
      message: "the request timed out",
    });
  });

  it("to its end does not keep count_tokens either", async () => {
    await answering((request, response) => {
      request.resume();
      response.writeHead(200, { "content-type": "application/json" }).write('{"input_tokens":');
    });
    expect(await new AnthropicProvider(new Keys()).count(REQUEST, SHORT_MS)).toMatchObject({
      outcome: "transient_failure",
    });
  });

  it("is not billed where nobody listens", async () => {
    const url = await answering(() => {});
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    expect(url).toContain("127.0.0.1");
    expect(await failed()).toMatchObject({ directive: "retry", billed: "no" });
  });

  it.each([
    ["an empty body", "application/json", ""],
    ["the page of a proxy", "text/html", "<html></html>"],
    ["JSON that is no message", "application/json", "[1]"],
    ["null", "application/json", "null"],
  ])("but %s instead of it, is no usage and no success", async (_what, type, body) => {
    await answering((request, response) => {
      request.resume();
      response.writeHead(200, { "content-type": type }).end(body);
    });
    const reply = await new AnthropicProvider(new Keys()).send(REQUEST, LONG_MS);
    const usage = reply.kind === "reply" ? reply.usage : reply.failure.outcome;
    expect([undefined, "usage_missing"]).toContain(usage);
  });
});

describe("the key", () => {
  it("is read again once when it is refused, since it may have been rotated", async () => {
    const keys = new Keys((fresh) => (fresh ? "sk-rotated" : "sk-old"));
    const reply = await new AnthropicProvider(keys).send(REQUEST, LONG_MS);
    expect(reply.kind).toBe("reply");
    expect(keys.reads).toEqual([false, true]);
    expect(provider.log.map(({ status }) => status)).toEqual([401, 200]);
  });

  it("is not read again while it is accepted", async () => {
    const keys = new Keys();
    await new AnthropicProvider(keys).send(REQUEST, LONG_MS);
    expect(keys.reads).toEqual([false]);
  });

  it("that is refused twice ends as auth_failed, after two requests that nobody bills", async () => {
    const keys = new Keys(() => "sk-revoked");
    expect(await failed(LONG_MS, keys)).toMatchObject({ outcome: "auth_failed", directive: "stop" });
    expect(provider.log).toHaveLength(2);
    expect(provider.bill.lines).toEqual([]);
  });

  it.each([
    { unreadable: "from the start", when: () => true, requests: 0 },
    { unreadable: "when it is read again", when: (fresh: boolean) => fresh, requests: 1 },
  ])("that is unreadable $unreadable stops the run", async ({ when, requests }) => {
    const keys = new Keys((fresh) => {
      if (when(fresh)) throw new KeyUnreadable("/support/test/provider-api-key could not be read");
      return "sk-old";
    });
    expect(await failed(LONG_MS, keys)).toMatchObject({ outcome: "key_unreadable", directive: "stop" });
    expect(provider.log).toHaveLength(requests);
  });
});

describe("count_tokens", () => {
  it("counts the request without its output limit", async () => {
    const tokens = await new AnthropicProvider(new Keys()).count(REQUEST, LONG_MS);
    expect(tokens).toBe(provider.log.at(-1)?.promptTokens);
    expect(provider.bill.lines).toEqual([]);
  });

  it.each([
    {},
    { input_tokens: 0 },
    { input_tokens: -5 },
    { input_tokens: 1.5 },
    { input_tokens: "12" },
    null,
  ])("that answers %j is no count", async (answer) => {
    await answering((request, response) => {
      request.resume();
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
    expect(await new AnthropicProvider(new Keys()).count(REQUEST, LONG_MS)).toMatchObject({
      outcome: "usage_missing",
      billed: "no",
    });
  });
});

describe("a secret", () => {
  const leaks = (text: string) => text.includes("canary");

  it.each([400, 401, 402, 403, 404, 413, 429, 500, 529])(
    "does not come back in the message of a failure with status %i that quotes it",
    async (status) => {
      const message = `refused: ${SECRET_PROMPT} ${SECRET_KEY}`;
      await answering((request, response) => {
        request.resume();
        response
          .writeHead(status, { "content-type": "application/json" })
          .end(JSON.stringify({ type: "error", error: { type: "invalid_request_error", message } }));
      });
      const failure = await failed();
      expect(failure.message).toContain(`HTTP ${status}`);
      expect(leaks(JSON.stringify(failure))).toBe(false);
    },
  );

  it.each([
    new Error(`${SECRET_PROMPT} ${SECRET_KEY}`),
    new SyntaxError(`Unexpected token in ${SECRET_PROMPT}`),
    new TypeError("fetch failed", { cause: new Error(SECRET_KEY) }),
    SECRET_KEY,
    undefined,
  ])("does not come back from %o", (error) => {
    expect(leaks(JSON.stringify(failureOf(error)))).toBe(false);
  });

  it("is not logged by the SDK, whatever its environment says", async () => {
    vi.stubEnv("ANTHROPIC_LOG", "debug");
    const written: string[] = [];
    for (const level of ["debug", "info", "log", "warn", "error"] as const) {
      vi.spyOn(console, level).mockImplementation((...args) => {
        written.push(args.map((arg) => JSON.stringify(arg)).join(" "));
      });
    }
    provider.faults.add({ kind: "overloaded", when: { times: 1 } });
    await failed();
    await new AnthropicProvider(new Keys()).send(REQUEST, LONG_MS);
    expect(written.filter(leaks)).toEqual([]);
  });
});
