import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutPrefix, isPrefix, type RequestBody, sha256 } from "../../lib/core/prefix.ts";
import { prefixRequest } from "../../lib/core/prefix-request.ts";
import { aRequest, prefixOf } from "./samples.ts";

const MARK = { type: "ephemeral" } as const;
const HOUR_MARK = { type: "ephemeral", ttl: "1h" } as const;

/** A request with something of everything before its last breakpoint, and something after it. */
const RICH: RequestBody = {
  model: "claude-opus-5-5",
  max_tokens: 2_048,
  stream: true,
  metadata: { user_id: "u-1" },
  stop_sequences: ["END"],
  thinking: { type: "adaptive" },
  tool_choice: { type: "auto", disable_parallel_tool_use: true },
  output_config: { effort: "high" },
  service_tier: "auto",
  tools: [
    {
      name: "find_order",
      description: "Finds an order.",
      input_schema: { type: "object", properties: { number: { type: "string", maxLength: 12 } } },
    },
    { name: "refund", input_schema: { type: "object" }, cache_control: HOUR_MARK },
  ],
  system: [
    { type: "text", text: "You help." },
    { type: "text", text: "Be brief.", cache_control: HOUR_MARK },
  ],
  messages: [
    { role: "user", content: "Hello" },
    {
      role: "assistant",
      content: [
        { type: "text", text: "Let me see." },
        { type: "tool_use", id: "t1", name: "find_order", input: { number: "7" } },
      ],
    },
    {
      role: "user",
      content: [
        { type: "tool_result", tool_use_id: "t1", content: "found", cache_control: MARK },
        { type: "text", text: "So?" },
      ],
    },
    { role: "assistant", content: "It is on its way." },
  ],
};

type Path = readonly (string | number)[];

/** Where the scalars of a value stand, those of cache markers left out. */
function leaves(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "cache_control" ? [] : leaves(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

/** The arrays and objects of a value with more than one member. */
function groups(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [];
  const inner = Object.entries(value).flatMap(([key, part]) =>
    key === "cache_control" ? [] : groups(part, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return Object.keys(value).filter((key) => key !== "cache_control").length > 1 ? [path, ...inner] : inner;
}

function changed(value: unknown, path: Path, change: (part: unknown) => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return change(value);
  if (Array.isArray(value)) return value.map((part, i) => (i === key ? changed(part, rest, change) : part));
  const entries = Object.entries(value as object);
  return Object.fromEntries(entries.map(([k, v]) => [k, k === key ? changed(v, rest, change) : v]));
}

const other = (part: unknown) =>
  typeof part === "string" ? `${part}.` : typeof part === "number" ? part + 1 : !part;
const reversed = (part: unknown) =>
  Array.isArray(part) ? part.toReversed() : Object.fromEntries(Object.entries(part as object).toReversed());

function fingerprintOf(request: unknown): string | undefined {
  const prefix = cutPrefix(request as RequestBody);
  return isPrefix(prefix) ? prefix.fingerprint : undefined;
}

const rich = prefixOf(RICH);
const written = (path: Path) => path.join(".");

describe("the fingerprint", () => {
  it("is equal for equal bytes, wherever they come from", () => {
    expect(fingerprintOf(structuredClone(RICH))).toBe(rich.fingerprint);
    expect(fingerprintOf(JSON.parse(JSON.stringify(RICH, undefined, 4)))).toBe(rich.fingerprint);
    expect(rich.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each(leaves(rich.body).map((path) => [written(path), path] as const))(
    "changes with %s",
    (_name, path) => {
      expect(fingerprintOf(changed(RICH, path, other))).not.toBe(rich.fingerprint);
    },
  );

  // The fields of a request and of a message are taken by name; inside a block every byte counts.
  it.each(
    groups(rich.body)
      .filter((path) => path.length > 0 && !(path[0] === "messages" && path.length === 2))
      .map((path) => [written(path), path] as const),
  )("changes with the order inside %s", (_name, path) => {
    expect(fingerprintOf(changed(rich.body, path, reversed))).not.toBe(rich.fingerprint);
  });

  it.each([
    ["a tool more", { tools: [...(RICH["tools"] as object[]), { name: "x", input_schema: {} }] }],
    ["a tool less", { tools: (RICH["tools"] as object[]).slice(1) }],
    ["no tools", { tools: undefined }],
    ["no thinking", { thinking: undefined }],
    ["a setting that the warmer has never heard of", { context_management: { edits: [] } }],
    ["MCP servers", { mcp_servers: [{ type: "url", url: "https://mcp.example", name: "m" }] }],
    ["speed", { speed: "fast" }],
    ["the same words as a system string", { system: "You help.Be brief." }],
  ])("changes with %s", (_what, fields) => {
    expect(fingerprintOf({ ...RICH, ...fields })).not.toBe(rich.fingerprint);
  });

  it("changes with any field of a message, not its role and content alone", () => {
    const messages = (RICH["messages"] as object[]).map((message, i) =>
      i === 0 || i === 1 ? { ...message, effort: "low" } : message,
    );
    for (const i of [0, 1]) {
      const one = messages.map((message, j) => (i === j ? message : (RICH["messages"] as object[])[j]));
      expect(fingerprintOf({ ...RICH, messages: one })).not.toBe(rich.fingerprint);
    }
  });

  it("tells the same block apart as a tool, in the system prompt and in a message", () => {
    const block = { type: "text", text: "x", cache_control: MARK };
    const model = "claude-opus-5-5";
    const found = [
      { model, tools: [block] },
      { model, system: [block] },
      { model, messages: [{ role: "user", content: [block] }] },
      { model, messages: [{ role: "assistant", content: [block] }] },
    ].map(fingerprintOf);
    expect(new Set(found).size).toBe(4);
    expect(found).not.toContain(undefined);
  });

  it.each([
    ["max_tokens", { max_tokens: 1 }],
    ["stream", { stream: false }],
    ["metadata", { metadata: { user_id: "u-2" } }],
    ["stop_sequences", { stop_sequences: [] }],
    ["diagnostics", { diagnostics: { previous_message_id: "msg_1" } }],
    ["automatic caching", { cache_control: MARK }],
    ["a later message", { messages: [...(RICH["messages"] as object[]), { role: "user", content: "More" }] }],
    ["no later message", { messages: (RICH["messages"] as object[]).slice(0, 3) }],
  ])("does not change with %s", (_what, fields) => {
    const prefix = prefixOf({ ...RICH, ...fields });
    expect(prefix.fingerprint).toBe(rich.fingerprint);
    expect(prefix.body).toEqual(rich.body);
  });

  it("does not change with markers, which are hashed apart", () => {
    const text = JSON.stringify(RICH);
    const shorter = prefixOf(JSON.parse(text.replaceAll(',"ttl":"1h"', "")) as RequestBody);
    expect(shorter.fingerprint).toBe(rich.fingerprint);
    expect(shorter.markers).not.toBe(rich.markers);
    const oneFewer = prefixOf({
      ...RICH,
      tools: (RICH["tools"] as object[]).map((tool) => ({ ...tool, cache_control: undefined })),
    });
    expect(oneFewer.fingerprint).toBe(rich.fingerprint);
    expect(oneFewer.markers).not.toBe(rich.markers);
  });

  it("differs for any two blocks whose bytes differ", () => {
    const block = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 });
    const withBlock = (block: object) => ({
      model: "m",
      system: [block, { text: "end", cache_control: MARK }],
    });
    fc.assert(
      fc.property(block, block, (a, b) => {
        const without = ({ cache_control: _, ...rest }: Record<string, unknown>) => rest;
        const [one, two] = [without(a), without(b)];
        expect(fingerprintOf(withBlock(one)) === fingerprintOf(withBlock(two))).toBe(
          JSON.stringify(one) === JSON.stringify(two),
        );
      }),
    );
  });
});

describe("the markers' digest", () => {
  it("is that of an explicit default: 5m written out is 5m left out", () => {
    const text = JSON.stringify(RICH).replace('{"type":"ephemeral"}', '{"type":"ephemeral","ttl":"5m"}');
    expect(prefixOf(JSON.parse(text) as RequestBody).markers).toBe(rich.markers);
  });

  it("does not change with the text between markers", () => {
    expect(prefixOf(aRequest({ model: "claude-opus-5" })).markers).toBe(prefixOf(aRequest()).markers);
  });
});

describe("cutPrefix", () => {
  it.each([
    [
      "a tool",
      { tools: [{ name: "a", cache_control: MARK }, { name: "b" }] },
      { tools: [{ name: "a", cache_control: MARK }] },
    ],
    [
      "the system prompt",
      { system: [{ text: "a", cache_control: MARK }, { text: "b" }] },
      {
        tools: [{ name: "t" }],
        system: [{ text: "a", cache_control: MARK }],
      },
    ],
    [
      "a block of a message",
      {
        messages: [
          { role: "user", content: "a" },
          { role: "assistant", content: [{ text: "b", cache_control: MARK }, { text: "c" }] },
          { role: "user", content: "d" },
        ],
      },
      {
        tools: [{ name: "t" }],
        system: "s",
        messages: [
          { role: "user", content: "a" },
          { role: "assistant", content: [{ text: "b", cache_control: MARK }] },
        ],
      },
    ],
  ])("cuts after the last breakpoint when it is on %s", (_where, fields, head) => {
    const request = {
      model: "claude-opus-5-5",
      max_tokens: 9,
      thinking: { type: "adaptive" },
      tools: [{ name: "t" }],
      system: "s",
      messages: [{ role: "user", content: "q" }],
      ...fields,
    };
    expect(prefixOf(request).body).toEqual({
      model: "claude-opus-5-5",
      thinking: { type: "adaptive" },
      ...head,
    });
  });

  it.each([
    ["tools", { tools: [] }],
    ["tools", { tools: undefined }],
    ["tools", { tools: null }],
    ["system", { system: null }],
    ["system", { system: undefined }],
  ])("sends no %s where there are none: %j", (field, fields) => {
    const content = [{ type: "text", text: "a", cache_control: MARK }];
    const request = {
      model: "m",
      tools: [{ name: "t" }],
      system: "s",
      messages: [{ role: "user", content }],
      ...fields,
    };
    expect(prefixOf(request).body).not.toHaveProperty(field);
  });

  it("leaves the request as it was", () => {
    const before = JSON.stringify(RICH);
    cutPrefix(RICH);
    expect(JSON.stringify(RICH)).toBe(before);
  });

  it("cuts a prefix to itself", () => {
    expect(prefixOf(rich.body)).toEqual(rich);
  });

  it("finds the same prefix in the request that the application builds from it", () => {
    const request = prefixRequest(rich.body, {
      messages: [{ role: "user", content: "Where is it?" }],
      max_tokens: 512,
      stream: true,
    });
    expect(prefixOf(request)).toEqual(rich);
  });

  it("names its segments in the provider's order, whatever the order of the fields", () => {
    const shuffled = Object.fromEntries(Object.entries(RICH).toReversed());
    expect(prefixOf(shuffled).segments.map(({ path }) => path)).toEqual([
      "tools[0]",
      "tools[1]",
      "system[0]",
      "system[1]",
      "messages[0]",
      "messages[1].content[0]",
      "messages[1].content[1]",
      "messages[2].content[0]",
    ]);
    expect(prefixOf(shuffled).fingerprint).toBe(rich.fingerprint);
  });

  it("lives as long as its last breakpoint says", () => {
    expect(rich.ttl).toBe("5m");
    expect(prefixOf(aRequest()).ttl).toBe("1h");
  });

  const system = (...markers: unknown[]) => ({
    model: "claude-opus-5-5",
    system: markers.map((cache_control, i) => ({ type: "text", text: `${i}`, cache_control })),
  });

  it.each([
    ["no model", { ...RICH, model: undefined }, "model"],
    ["an empty model", { ...RICH, model: "" }, "model"],
    ["a model that is no text", { ...RICH, model: 5 }, "model"],
    ["tools that are no array", { ...RICH, tools: {} }, "tools"],
    ["a tool that is no object", { ...RICH, tools: ["find"] }, "tools[0]"],
    ["a tool that is null", { ...RICH, tools: [null] }, "tools[0]"],
    ["a system prompt that is a number", { ...RICH, system: 1 }, "system"],
    ["a system block that is an array", { ...RICH, system: [[]] }, "system[0]"],
    ["messages that are no array", { ...RICH, messages: "hi" }, "messages"],
    ["a message without content", { ...RICH, messages: [{ role: "user" }] }, "messages[0].content"],
    ["a message that is null", { ...RICH, messages: [null] }, "messages[0].content"],
    [
      "a block that is a text",
      { ...RICH, messages: [{ role: "user", content: ["x"] }] },
      "messages[0].content[0]",
    ],
    ["a marker of another type", system({ type: "permanent" }), "system[0].cache_control"],
    ["a marker with another TTL", system({ type: "ephemeral", ttl: "2h" }), "system[0].cache_control"],
    ["a marker that is true", system(true), "system[0].cache_control"],
    ["a marker that is a text", system("ephemeral"), "system[0].cache_control"],
    ["five breakpoints", system(MARK, MARK, MARK, MARK, MARK), "system[4]"],
    ["1h after 5m", system(MARK, HOUR_MARK), "system[1]"],
    ["1h after 5m after 1h", system(HOUR_MARK, MARK, HOUR_MARK), "system[2]"],
  ])("refuses %s and names the place", (_what, request, path) => {
    expect(cutPrefix(request)).toMatchObject({ path, message: expect.stringMatching(/\S/) });
  });

  it.each([
    ["four breakpoints", system(MARK, MARK, MARK, MARK)],
    ["5m after 1h", system(HOUR_MARK, MARK)],
    ["a marker of null", system(null, MARK)],
    ["null for tools and messages", { ...system(MARK), tools: null, messages: null }],
    ["no tools and an empty list of messages", { ...system(MARK), tools: [], messages: [] }],
  ])("takes %s", (_what, request) => {
    expect(isPrefix(cutPrefix(request))).toBe(true);
  });

  it.each([
    [
      "its last system block",
      { system: [{ text: "a" }, { text: "b" }], messages: [{ role: "user", content: [{ text: "c" }] }] },
      "system[1]",
    ],
    ["its last tool", { tools: [{ name: "a" }, { name: "b" }], messages: [] }, "tools[1]"],
    ["the system prompt, as an array", { system: "You help." }, "as an array"],
    ["the system prompt that is not there", { messages: [{ role: "user", content: "x" }] }, "system block"],
  ])("asks for a breakpoint on %s when there is none", (_where, fields, place) => {
    const fault = cutPrefix({ model: "claude-opus-5-5", ...fields });
    expect(fault).toMatchObject({ message: expect.stringContaining('"cache_control":{"type":"ephemeral"') });
    expect(`${JSON.stringify(fault)}`).toContain(place);
  });

  it("does not take automatic caching for a breakpoint, and says why", () => {
    const request = { model: "m", cache_control: MARK, system: [{ text: "a" }] };
    expect(cutPrefix(request)).toMatchObject({ message: expect.stringContaining("automatic caching") });
  });

  it("never shows a prompt's text in a fault", () => {
    const secret = "the launch code is 0000";
    for (const request of [
      { model: "m", system: secret },
      { model: "m", system: [secret] },
      { model: "m", messages: secret },
      { model: "m", system: [{ text: secret, cache_control: secret }] },
    ]) {
      expect(JSON.stringify(cutPrefix(request))).not.toContain("launch");
    }
  });
});

it("sha256 is the published digest of a text in UTF-8", () => {
  // FIPS 180-2, example B.1, and the digest of nothing.
  expect(sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(sha256("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});
