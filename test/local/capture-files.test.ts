import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cutPrefix, isPrefix } from "../../lib/core/prefix.ts";
import { readPromptFile } from "../../lib/core/prompt-file.ts";
import { heldBytes } from "../../lib/local/capture/body-tap.ts";
import type { CapturedRequest } from "../../lib/local/capture/captured-request.ts";
import { endToEnd } from "../../lib/local/capture/headers.ts";
import { PromptFiles, type Recording } from "../../lib/local/capture/prompt-files.ts";
import { Tally } from "../../lib/local/capture/tally.ts";
import { upstreamUrl } from "../../lib/local/capture/upstream-url.ts";

const TAIL = "what the user said";
const MARKER = { type: "ephemeral", ttl: "1h" };

/** A request as an application sends it. */
function aRequest(more: object = {}): Record<string, unknown> {
  return {
    model: "claude-opus-5",
    max_tokens: 500,
    metadata: { user_id: "user-canary" },
    system: [{ type: "text", text: "You answer.", cache_control: MARKER }],
    messages: [{ role: "user", content: TAIL }],
    ...more,
  };
}

function captured(body: string | Uint8Array, more: Partial<CapturedRequest> = {}): CapturedRequest {
  return { body: new Uint8Array(Buffer.from(body)), contentEncoding: undefined, hasBetas: false, ...more };
}

let root: string;
let directory: string;
let files: PromptFiles;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "capture-"));
  directory = join(root, "prompts");
  files = new PromptFiles({ directory, name: "support", limit: 3 });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const record = (request: object, more: Partial<CapturedRequest> = {}) =>
  files.record(captured(JSON.stringify(request), more));
const written = () => (existsSync(directory) ? readdirSync(directory) : []);

describe("a prompt file", () => {
  it("cuts to the fingerprint of the request, and is named by it", () => {
    const prefix = cutPrefix(aRequest());
    if (!isPrefix(prefix)) throw new Error(prefix.message);
    const file = join(directory, `support-${prefix.fingerprint.slice(0, 12)}.json`);
    const { fingerprint, model, ttl } = prefix;
    expect(record(aRequest())).toEqual({ kind: "recorded", file, fingerprint, model, ttl });
    expect(readPromptFile(readFileSync(file, "utf8"))).toEqual(prefix);
    expect(written()).toEqual([`support-${fingerprint.slice(0, 12)}.json`]);
  });

  it("holds the prefix and nothing else: no tail, no settings of one request", () => {
    const recording = record(
      aRequest({
        stream: true,
        stop_sequences: ["stop-canary"],
        messages: [
          { role: "user", content: [{ type: "text", text: "shared", cache_control: MARKER }] },
          { role: "user", content: TAIL },
        ],
      }),
    );
    if (recording.kind !== "recorded") throw new Error("not recorded");
    const text = readFileSync(recording.file, "utf8");
    expect(text).toContain("shared");
    expect(text).not.toContain(TAIL);
    expect(text).not.toContain("canary");
    expect(JSON.parse(text)).not.toHaveProperty("max_tokens");
  });

  it("cuts to the fingerprint of any request that is recorded", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("ü", "\u2028", "\\u00fc", '"', "\ud800"),
    );
    const block = fc.record({ type: fc.constant("text"), text, extra: fc.jsonValue() });
    const request = fc.record({
      tools: fc.array(fc.record({ name: text, input_schema: fc.dictionary(text, fc.jsonValue()) })),
      system: fc.array(block),
      content: fc.array(block),
      tail: text,
      thinking: fc.jsonValue(),
    });
    fc.assert(
      fc.property(request, ({ tools, system, content, tail, thinking }) => {
        const last = { type: "text", text: "end", cache_control: MARKER };
        const body = {
          model: "m",
          thinking,
          tools,
          system,
          messages: [
            { role: "user", content: [...content, last] },
            { role: "user", content: tail },
          ],
        };
        const before = readPromptFile(JSON.stringify(body));
        const all = new PromptFiles({ directory, name: "any", limit: 1_000 });
        const recording = all.record(captured(JSON.stringify(body)));
        if (!isPrefix(before)) return expect(recording.kind).toBe("refused");
        if (recording.kind === "refused") throw new Error(recording.message);
        expect(recording.fingerprint).toBe(before.fingerprint);
        expect(readPromptFile(readFileSync(recording.file, "utf8"))).toEqual(before);
        rmSync(directory, { recursive: true });
      }),
      { numRuns: 25 },
    );
  });

  it("is written once for each fingerprint, in this run and in the next", () => {
    const first = record(aRequest());
    if (first.kind !== "recorded") throw new Error("not recorded");
    const again: Recording = { kind: "duplicate", file: first.file, fingerprint: first.fingerprint };
    expect(record(aRequest({ messages: [{ role: "user", content: "another" }], max_tokens: 7 }))).toEqual(
      again,
    );
    expect(record(aRequest({ model: "claude-opus-5-5" })).kind).toBe("recorded");
    files = new PromptFiles({ directory, name: "support", limit: 3 });
    expect(record(aRequest())).toEqual(again);
    expect(written()).toHaveLength(2);
  });

  it("is never written over: what somebody changed stays", () => {
    const first = record(aRequest());
    if (first.kind !== "recorded") throw new Error("not recorded");
    writeFileSync(first.file, "mine");
    files = new PromptFiles({ directory, name: "support", limit: 3 });
    expect(record(aRequest())).toMatchObject({ kind: "refused", path: "(file)" });
    expect(readFileSync(first.file, "utf8")).toBe("mine");
  });

  it("is the last at the limit, and known prefixes are still counted beyond it", () => {
    const ask = (n: number) =>
      record(aRequest({ system: [{ type: "text", text: `${n}`, cache_control: MARKER }] }));
    expect([1, 2, 3, 4, 1].map((n) => ask(n).kind)).toEqual([
      "recorded",
      "recorded",
      "recorded",
      "refused",
      "duplicate",
    ]);
    expect(ask(5)).toMatchObject({ path: "(file)", message: "would be more than 3 different prefixes" });
  });

  it("that cannot be written is a refusal with the system's code, and leaves nothing behind", () => {
    writeFileSync(join(root, "file"), "");
    files = new PromptFiles({ directory: join(root, "file", "prompts"), name: "support", limit: 3 });
    expect(record(aRequest())).toEqual({
      kind: "refused",
      path: "(file)",
      message: expect.stringMatching(/^cannot be written \((ENOTDIR|EEXIST)\)$/),
    });
    const prefix = cutPrefix(aRequest());
    if (!isPrefix(prefix)) throw new Error(prefix.message);
    const taken = join(directory, `support-${prefix.fingerprint.slice(0, 12)}.json`);
    mkdirSync(taken, { recursive: true });
    files = new PromptFiles({ directory, name: "support", limit: 3 });
    expect(record(aRequest())).toMatchObject({ kind: "refused", message: "cannot be written (EISDIR)" });
    expect(written()).toHaveLength(1);
  });
});

describe("a captured request", () => {
  it.each([
    ["gzip", gzipSync],
    ["GZIP ", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
    ["identity", (bytes: Buffer) => bytes],
  ])("in %s is decoded and recorded", (contentEncoding, encode) => {
    const body = encode(Buffer.from(JSON.stringify(aRequest())));
    expect(files.record(captured(body, { contentEncoding })).kind).toBe("recorded");
  });

  const json = JSON.stringify(aRequest());
  const tool = (schema: string) =>
    `{"model":"m","tools":[{"name":"t","input_schema":${schema},"cache_control":{"type":"ephemeral"}}]}`;
  const toolUse = (input: string) =>
    `${json.slice(0, json.indexOf('"messages"'))}"messages":[{"role":"user","content":[{"type":"tool_use","input":${input}}]}]}`;
  it.each<[string, CapturedRequest, string, RegExp]>([
    ["with betas", captured(json, { hasBetas: true }), "anthropic-beta", /cache key/],
    ["of an unknown encoding", captured(json, { contentEncoding: "zstd" }), "content-encoding", /got "zstd"/],
    [
      "in two encodings",
      captured(json, { contentEncoding: "gzip, br" }),
      "content-encoding",
      /got "gzip, br"/,
    ],
    ["that is no gzip", captured(json, { contentEncoding: "gzip" }), "content-encoding", /does not decode/],
    [
      "that decodes to more than the provider takes",
      captured(gzipSync(Buffer.alloc(32 * 1024 * 1024 + 1, " ")), { contentEncoding: "gzip" }),
      "content-encoding",
      /at most 33554432 bytes/,
    ],
    ["in latin-1", captured(Buffer.from(json.replace("You", "Y\xf6u"), "latin1")), "(root)", /UTF-8/],
    ["with a byte order mark", captured(`\ufeff${json}`), "(root)", /does not parse/],
    ["that is no JSON", captured("hello"), "(root)", /does not parse/],
    ["of no bytes", captured(""), "(root)", /does not parse/],
    [
      "without a breakpoint",
      captured('{"model":"m","system":[{"type":"text"}]}'),
      "system[0]",
      /no cache breakpoint/,
    ],
    [
      "with a number's own text",
      captured(tool('{"minimum":1.0}')),
      "tools[0].input_schema.minimum",
      /changes when/,
    ],
    ["with a key twice", captured(tool('{"a":1,"a":1}')), "tools[0].input_schema.a", /changes when/],
    [
      "with the order of its keys",
      captured(tool('{"b":1,"7":1}')),
      "tools[0].input_schema.b",
      /changes when/,
    ],
    ["with a key of prose", captured(tool('{"my secret":1.0}')), "tools[0].input_schema.…", /changes when/],
    [
      "with a key in a message",
      captured(toolUse('{"secret":1.0}')),
      "messages[0].content[0]…",
      /changes when/,
    ],
    [
      "with a token in it",
      captured(JSON.stringify(aRequest({ mcp_servers: [{ url: "u" }, { authorization_token: "canary" }] }))),
      "mcp_servers[1].authorization_token",
      /is a secret/,
    ],
    [
      "with a name that JavaScript takes over",
      captured(json.replace('{"model"', '{"__proto__":{"a":1},"model"')),
      "(root)",
      /another prefix/,
    ],
  ])("%s is refused: the path and the rule, no text", (_what, request, path, rule) => {
    const recording = files.record(request);
    expect(recording).toEqual({ kind: "refused", path, message: expect.stringMatching(rule) });
    expect(JSON.stringify(recording)).not.toMatch(/secret"|canary|You answer/);
    expect(written()).toEqual([]);
  });

  it("is refused without any key or value of a message in the reason", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4, maxLength: 30 }), (key) => {
        const recording = files.record(captured(toolUse(`{${JSON.stringify(key)}:1.0}`)));
        expect(recording).toMatchObject({ kind: "refused", path: "messages[0].content[0]…" });
      }),
      { numRuns: 50 },
    );
  });
});

describe("the headers that go on", () => {
  it("are all but those of the connection, in their own order and spelling", () => {
    const raw = [
      "Host",
      "h",
      "X-A",
      "1",
      "connection",
      "close, X-Hop",
      "x-hop",
      "2",
      "X-a",
      "3",
      "TE",
      "trailers",
    ];
    expect(endToEnd(raw, ["host"])).toEqual(["X-A", "1", "X-a", "3"]);
  });

  it.each([
    "Connection",
    "Keep-Alive",
    "Proxy-Authorization",
    "Proxy-Connection",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
  ])("do not include %s", (name) => {
    expect(endToEnd([name, "x", "Set-Cookie", "a", "Set-Cookie", "b"])).toEqual([
      "Set-Cookie",
      "a",
      "Set-Cookie",
      "b",
    ]);
  });
});

describe("what all bodies hold together", () => {
  it("has room up to exactly its limit, and again for what was given back", () => {
    const held = heldBytes(10);
    expect([held.take(9), held.take(2), held.take(1), held.take(1)]).toEqual([true, false, true, false]);
    held.give(9);
    expect([held.take(10), held.take(9)]).toEqual([false, true]);
  });
});

describe("the summary", () => {
  const refused = (path: string): Recording => ({ kind: "refused", path, message: "rule" });

  it("counts each message once, and tells news apart from repetitions", () => {
    const tally = new Tally();
    const file: Recording = { kind: "recorded", file: "a.json", fingerprint: "a", model: "m", ttl: "1h" };
    const again: Recording = { kind: "duplicate", file: "a.json", fingerprint: "a" };
    const news = [file, again, refused("x"), refused("y"), refused("y"), again].map((one) => tally.add(one));
    expect(news).toEqual([true, false, true, true, false, false]);
    expect(tally.summary()).toMatchObject({
      messages: 6,
      recorded: 1,
      duplicates: 2,
      refused: [
        { path: "y", count: 2 },
        { path: "x", count: 1 },
      ],
      files: [{ file: "a.json", fingerprint: "a" }],
    });
  });

  it("keeps its size when every request is refused for a reason of its own", () => {
    const tally = new Tally();
    const news = Array.from({ length: 200 }, (_, i) => tally.add(refused(`messages[${i}]`)));
    expect(news.filter(Boolean)).toHaveLength(50);
    const { refused: reasons, messages } = tally.summary();
    expect(reasons).toHaveLength(51);
    expect(reasons[0]).toMatchObject({ path: "(more)", count: 150 });
    expect(messages).toBe(200);
    expect(tally.add(refused("messages[0]"))).toBe(false);
  });
});

describe("the upstream", () => {
  it.each(["https://api.anthropic.com", "http://127.0.0.1:8080", "https://gateway.example/anthropic/"])(
    "may be %s",
    (text) => {
      expect(upstreamUrl(text, "--upstream").href).toContain(text.replace(/\/$/, ""));
    },
  );

  it.each([
    ["api.anthropic.com", /must be a URL/],
    ["", /must be a URL/],
    ["ftp://h", /https:\/\/ or http:\/\/, got "ftp:"/],
    ["https://user:canary@h", /no user name/],
    ["https://h?key=canary", /query/],
    ["https://h#canary", /fragment/],
  ])("is refused as %s, without a word of a password", (text, rule) => {
    expect(() => upstreamUrl(text, "--upstream")).toThrow(rule);
    expect(() => upstreamUrl(text, "--upstream")).not.toThrow(/canary/);
  });
});
