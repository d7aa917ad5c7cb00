import Anthropic from "@anthropic-ai/sdk";
import { describe, expect, it } from "vitest";
import { type GuardResult, guardManifest, prefixGuard, usageRecorder } from "../../lib/client/index.ts";
import type { RequestBody } from "../../lib/core/prefix.ts";
import { aRequest, prefixOf } from "../core/samples.ts";
import { anError, aReply } from "./application.ts";

const MARK = { type: "ephemeral" } as const;
const manifest = guardManifest([{ name: "support", prefix: prefixOf(aRequest()) }]);
const { fingerprint } = prefixOf(aRequest());

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Sends requests through a guard; what it said, and what went out. */
async function guarded(
  requests: readonly unknown[],
  { onResult = (_result: GuardResult) => {}, replies = [] as Response[], maxRetries = 0 } = {},
) {
  const results: GuardResult[] = [];
  const sent: string[] = [];
  const note = (result: GuardResult) => {
    results.push(result);
    return onResult(result);
  };
  const client = new Anthropic({
    apiKey: "sk-canary",
    maxRetries,
    logLevel: "off",
    middleware: [prefixGuard(manifest, { onResult: note })],
    fetch: async (_url, init) => {
      sent.push(String(init?.body));
      return replies.shift() ?? aReply();
    },
  });
  for (const request of requests) await client.messages.create(request as never);
  await turn();
  return { results, sent };
}

const [first, second] = aRequest()["system"] as [object, object];

describe("the guard", () => {
  it.each([
    ["another question", { messages: [{ role: "user", content: "canary" }] }],
    [
      "a conversation with its own breakpoint",
      {
        messages: [{ role: "user", content: [{ type: "text", text: "canary", cache_control: MARK }] }],
      },
    ],
    ["a block after the breakpoint", { system: [first, second, { type: "text", text: "canary" }] }],
    [
      "a block after it with a breakpoint of its own",
      {
        system: [
          first,
          second,
          { type: "text", text: "canary", cache_control: { type: "ephemeral", ttl: "1h" } },
        ],
      },
    ],
  ])("matches a request with the published bytes and %s", async (_what, fields) => {
    const { results } = await guarded([aRequest(fields)]);
    expect(results).toEqual([{ kind: "match", name: "support", fingerprint }]);
  });

  it.each<[string, RequestBody, object]>([
    [
      "one byte in the system prompt",
      { system: [first, { ...second, text: "Be canary." }] },
      { kind: "differs", name: "support", path: "system[1]", sharedSegments: 3 },
    ],
    [
      "the same, with a conversation marked after it",
      {
        system: [first, { ...second, text: "Be canary." }],
        messages: [{ role: "user", content: [{ type: "text", text: "canary", cache_control: MARK }] }],
      },
      { kind: "differs", path: "system[1]", sharedSegments: 3 },
    ],
    ["another model", { model: "claude-canary-5" }, { kind: "differs", path: "model", sharedSegments: 4 }],
    ["no breakpoint", { system: "canary" }, { kind: "unmarked", path: expect.stringMatching(/^system/) }],
    ["no breakpoint but the automatic one", { system: "canary", cache_control: MARK }, { kind: "unmarked" }],
  ])("names what differs, and none of the text: %s", async (_what, fields, expected) => {
    const { results } = await guarded([aRequest(fields)]);
    expect(results).toEqual([expect.objectContaining(expected)]);
    expect(JSON.stringify(results)).not.toContain("canary");
  });

  it("compares after the request has been handed on, and changes nothing of it", async () => {
    const request = aRequest();
    const order: string[] = [];
    const client = new Anthropic({
      apiKey: "k",
      maxRetries: 0,
      middleware: [prefixGuard(manifest, { onResult: ({ kind }) => order.push(kind) })],
      fetch: async (_url, init) => {
        order.push("sent");
        expect(init?.body).toBe(JSON.stringify(request));
        return aReply();
      },
    });
    await client.messages.create(request as never);
    await turn();
    expect(order).toEqual(["sent", "match"]);
  });

  it("says nothing of a retry, which sends the same bytes", async () => {
    const { results, sent } = await guarded([aRequest()], { replies: [anError(529)], maxRetries: 1 });
    expect(sent).toHaveLength(2);
    expect(results).toHaveLength(1);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("mine");
      },
    ],
    ["rejects", () => Promise.reject(new Error("mine")) as never],
  ])("survives a receiver that %s", async (_how, onResult) => {
    const { results, sent } = await guarded([aRequest(), aRequest()], { onResult });
    expect([results.length, sent.length]).toEqual([2, 2]);
  });

  it.each([
    ["no list of tools", { tools: "x" }],
    ["content that is a number", { messages: [{ role: "user", content: 7 }] }],
    [
      "a breakpoint of another kind",
      { system: [{ type: "text", text: "x", cache_control: { type: "eternal" } }] },
    ],
    ["no model", { model: undefined }],
  ])("hands on what it cannot read: %s", async (_what, fields) => {
    const { sent } = await guarded([{ ...aRequest(), ...fields }]);
    expect(sent).toHaveLength(1);
  });

  it("refuses a broken manifest at the start, where somebody sees it", () => {
    expect(() => prefixGuard({ schema: 1, prefixes: [] }, { onResult: () => {} })).toThrow(RangeError);
  });

  it("stands beside a recorder", async () => {
    const results: GuardResult[] = [];
    const recorder = usageRecorder({ write: async () => {} });
    const client = new Anthropic({
      apiKey: "k",
      middleware: [
        recorder.middleware,
        prefixGuard(manifest, { onResult: (result) => results.push(result) }),
      ],
      fetch: async () => aReply(),
    });
    await client.messages.create(aRequest() as never, recorder.first);
    await recorder.flush();
    expect(results).toHaveLength(1);
    expect(recorder.stats()).toMatchObject({ recorded: 1, written: 1 });
  });
});
