import { describe, expect, it } from "vitest";
import type { RequestBody } from "../../lib/core/prefix.ts";
import { touchForm } from "../../lib/core/touch.ts";
import { aRequest, prefixOf } from "./samples.ts";

const MARK = { type: "ephemeral" } as const;
const PLACEHOLDER = { role: "user", content: "warmup" };

const bodyOf = (fields: RequestBody = {}) => prefixOf(aRequest(fields)).body;

function touchOf(fields: RequestBody = {}) {
  const form = touchForm(bodyOf(fields));
  if (form.kind !== "touch") throw new Error(form.reason);
  return form;
}

const SEARCH = { type: "web_search_20260209", name: "web_search" };
const MCP = { mcp_servers: [{ type: "url", url: "https://mcp.example", name: "m" }] };
const FORMAT = { output_config: { format: { type: "json_schema", schema: {} } } };

describe("a touch", () => {
  it("is the prefix as the application sends it, a placeholder, and no output", () => {
    expect(touchOf()).toEqual({
      kind: "touch",
      outputTokens: 0,
      request: { ...bodyOf(), messages: [PLACEHOLDER], max_tokens: 0 },
    });
  });

  it("warms the application's own prefix: the fingerprint of its request is the same", () => {
    for (const fields of [{}, FORMAT, { thinking: { type: "enabled", budget_tokens: 2_048 } }, MCP]) {
      expect(prefixOf(touchOf(fields).request).fingerprint).toBe(prefixOf(aRequest(fields)).fingerprint);
    }
  });

  it("never streams and never carries what belongs to one request of the application", () => {
    const { request } = touchOf({
      stream: true,
      metadata: { user_id: "u" },
      stop_sequences: ["x"],
      cache_control: MARK,
    });
    expect(Object.keys(request).sort()).toEqual([
      "max_tokens",
      "messages",
      "model",
      "system",
      "thinking",
      "tools",
    ]);
  });

  // What max_tokens 0 excludes: prompt caching guide, read 2026-09-26.
  it.each([
    ["no setting in the way", {}, 0],
    ["adaptive thinking", { thinking: { type: "adaptive" } }, 0],
    ["disabled thinking", { thinking: { type: "disabled" } }, 0],
    ["null for thinking", { thinking: null }, 0],
    ["enabled thinking", { thinking: { type: "enabled", budget_tokens: 1_024 } }, 1_025],
    [
      "enabled thinking and a format",
      { thinking: { type: "enabled", budget_tokens: 1_024 }, ...FORMAT },
      1_025,
    ],
    ["an output format", FORMAT, 1],
    ["an output format in its older place", { output_format: { type: "json_schema" } }, 1],
    ["effort alone", { output_config: { effort: "low" } }, 0],
    ["an automatic tool choice", { tool_choice: { type: "auto" } }, 0],
    ["no tool allowed", { tool_choice: { type: "none" } }, 0],
    ["any tool forced", { tool_choice: { type: "any" } }, 1],
    ["one tool forced", { tool_choice: { type: "tool", name: "refund" } }, 1],
    ["a server tool, at 0", { tools: [SEARCH] }, 0],
    ["an MCP server, at 0", MCP, 0],
    ["a custom tool by type, and a format", { tools: [{ type: "custom", name: "t" }], ...FORMAT }, 1],
    ["an empty list of MCP servers, and a format", { mcp_servers: [], ...FORMAT }, 1],
  ])("with %s asks for the least output that the provider takes", (_what, fields, outputTokens) => {
    expect(touchOf(fields)).toMatchObject({ outputTokens, request: { max_tokens: outputTokens } });
  });

  it.each([
    ["a server tool and a format", { tools: [SEARCH], ...FORMAT }],
    ["a server tool and a forced tool", { tools: [SEARCH], tool_choice: { type: "any" } }],
    [
      "a server tool and enabled thinking",
      { tools: [SEARCH], thinking: { type: "enabled", budget_tokens: 1_024 } },
    ],
    ["an MCP server and a format", { ...MCP, ...FORMAT }],
  ])("is unsafe with %s: it could act on the world", (_what, fields) => {
    expect(touchForm(bodyOf(fields))).toMatchObject({
      kind: "unsafe",
      reason: expect.stringContaining("act"),
    });
  });

  it.each([0, -1, 1.5, "1024", null, undefined, Number.NaN])(
    "is refused with a thinking budget of %j, which gives no output to reserve",
    (budget_tokens) => {
      const form = touchForm(bodyOf({ thinking: { type: "enabled", budget_tokens } }));
      expect(form).toMatchObject({ kind: "unsafe", reason: expect.stringContaining("budget_tokens") });
    },
  );
});

describe("the messages of a touch", () => {
  const ending = (role: string, ...blocks: object[]): RequestBody => {
    const content = blocks.map((block, i) =>
      i === blocks.length - 1 ? { ...block, cache_control: MARK } : block,
    );
    return {
      system: "s",
      messages: [
        { role: "user", content: "a" },
        { role, content },
      ],
    };
  };
  const text = { type: "text", text: "b" };
  const call = { type: "tool_use", id: "t1", name: "refund", input: {} };

  it("are those of the prefix when it ends with the user", () => {
    const { request } = touchOf(ending("user", text));
    expect(request["messages"]).toEqual(bodyOf(ending("user", text))["messages"]);
  });

  it.each(["assistant", "system"])("end with a placeholder when the prefix ends with %s", (role) => {
    const messages = touchOf(ending(role, text)).request["messages"] as unknown[];
    expect(messages.at(-1)).toEqual(PLACEHOLDER);
    expect(messages).toHaveLength(3);
  });

  it.each([
    ["a tool call", [call]],
    ["a text before which a tool was called", [call, text]],
  ])("are refused when the prefix ends in an assistant message with %s", (_what, blocks) => {
    expect(touchForm(bodyOf(ending("assistant", ...blocks)))).toMatchObject({
      kind: "unsafe",
      reason: expect.stringContaining("tool result"),
    });
  });

  it("are the prefix's own when it ends with a tool result", () => {
    const result = { type: "tool_result", tool_use_id: "t1", content: "done" };
    expect(touchOf(ending("user", result)).request["messages"]).toHaveLength(2);
  });
});
