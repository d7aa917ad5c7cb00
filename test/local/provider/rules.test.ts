import Anthropic from "@anthropic-ai/sdk";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PRICE_TABLE } from "../../../lib/core/prices.ts";
import { MODELS } from "../../../lib/local/provider/models.ts";
import type { SimulatedProvider } from "../../../lib/local/provider/server.ts";
import { APP_KEY, block, clientAt, errorOf, MODEL, NOON, preWarm, startProvider } from "./harness.ts";

let provider: SimulatedProvider;
beforeEach(async () => {
  provider = await startProvider();
});
afterEach(() => provider.close());

/** Sends what the SDK's types may not allow. */
const create = (more: object) =>
  clientAt(provider, NOON).messages.create(preWarm([block(1_000, "5m")], more));

async function refusal(more: object): Promise<string | null> {
  const error = await errorOf(create(more));
  expect(error).toBeInstanceOf(Anthropic.BadRequestError);
  expect(error.type).toBe("invalid_request_error");
  expect(provider.bill.lines).toEqual([]);
  expect(provider.cache.size).toBe(0);
  return error.apiMessage;
}

describe("max_tokens 0", () => {
  const thinking = { type: "enabled", budget_tokens: 2_048 };
  const format = { type: "json_schema", schema: { type: "object" } };

  it.each([
    { what: "a stream", more: { stream: true }, says: "stream: true" },
    { what: "enabled thinking", more: { thinking }, says: 'thinking.type: "enabled"' },
    { what: "an output format", more: { output_config: { format } }, says: "output_config.format" },
    { what: "any tool", more: { tool_choice: { type: "any" } }, says: 'tool_choice.type: "any"' },
    {
      what: "one tool",
      more: { tool_choice: { type: "tool", name: "a" } },
      says: 'tool_choice.type: "tool"',
    },
  ])("is refused together with $what", async ({ more, says }) => {
    expect(await refusal(more)).toBe(`max_tokens: 0 is not allowed together with ${says}`);
  });

  it.each([
    { what: "adaptive thinking", more: { thinking: { type: "adaptive" } } },
    { what: "an effort", more: { output_config: { effort: "low" } } },
    { what: "a free choice of tools", more: { tool_choice: { type: "auto" } } },
    { what: "no stream, spelled out", more: { stream: false } },
  ])("is taken together with $what", async ({ more }) => {
    expect((await create(more)).stop_reason).toBe("max_tokens");
  });

  it("leaves its obstacles to other requests", async () => {
    const message = await create({
      max_tokens: 2_049,
      thinking,
      tool_choice: { type: "any" },
      output_config: { format },
    });
    expect(message.usage.output_tokens).toBe(64);
  });
});

describe("a request", () => {
  it.each([
    { more: { temperature: 1 }, says: "temperature: this parameter is no longer accepted" },
    { more: { top_p: 0.9 }, says: "top_p: this parameter is no longer accepted" },
    { more: { top_k: 40 }, says: "top_k: this parameter is no longer accepted" },
    { more: { max_tokens: -1 }, says: "max_tokens: must be an integer of at least 0, got -1" },
    { more: { max_tokens: 0.5 }, says: "max_tokens: must be an integer of at least 0, got 0.5" },
    { more: { max_tokens: "0" }, says: 'max_tokens: must be an integer of at least 0, got "0"' },
    { more: { max_tokens: undefined }, says: "max_tokens: must be an integer of at least 0, got undefined" },
    { more: { model: "" }, says: "model: must be a model id" },
    { more: { messages: [] }, says: "messages: must be an array of at least one message" },
    { more: { messages: ["hello"] }, says: "messages.0: must be an object" },
    {
      more: { messages: [{ role: "robot", content: "hello" }] },
      says: "messages.0.role: must be one of user, assistant, system",
    },
    { more: { messages: [{ role: "user" }] }, says: "messages.0.content: must be an array" },
    {
      more: { messages: [{ role: "user", content: [{}] }] },
      says: "messages.0.content.0.type: must be a block type, got undefined",
    },
    {
      more: { messages: [{ role: "user", content: " \n" }] },
      says: "messages.0.content.0.text: must contain something besides white space",
    },
    { more: { system: [{ type: "text", text: 1 }] }, says: "system.0.text: must be a string" },
    { more: { system: {} }, says: "system: must be an array" },
    { more: { tools: [{}] }, says: "tools.0.name: must be the tool's name" },
    { more: { thinking: "adaptive" }, says: "thinking: must be an object" },
    {
      more: { thinking: { type: "deep" } },
      says: 'thinking.type: must be one of adaptive, enabled, disabled, between_tools, got "deep"',
    },
    {
      more: { output_config: { effort: "huge" } },
      says: 'effort: must be one of high, low, medium, xhigh, max, got "huge"',
    },
    {
      more: { tool_choice: { type: "all" } },
      says: 'tool_choice.type: must be one of auto, any, tool, none, got "all"',
    },
    {
      more: { max_tokens: 2_000, thinking: { type: "enabled", budget_tokens: 1_023 } },
      says: "thinking.budget_tokens: must be an integer of at least 1024, got 1023",
    },
    {
      more: { max_tokens: 1_024, thinking: { type: "enabled", budget_tokens: 1_024 } },
      says: "max_tokens: must be greater than thinking.budget_tokens (1024), got 1024",
    },
    { more: { speed: "ludicrous" }, says: 'speed: must be one of standard, fast, got "ludicrous"' },
    {
      more: { model: "claude-sonnet-5", speed: "fast" },
      says: "speed: fast mode is not simulated for claude-sonnet-5",
    },
    { more: { inference_geo: "eu" }, says: 'inference_geo: must be one of global, us, got "eu"' },
    {
      more: { model: "claude-haiku-4-5", inference_geo: "us" },
      says: "inference_geo: claude-haiku-4-5 does not support it",
    },
    { more: { mcp_servers: [] }, says: '"mcp_servers": extra inputs are not permitted' },
  ])("is refused with $more", async ({ more, says }) => {
    expect(await refusal(more)).toBe(says);
  });

  it("is refused when it is not JSON, or no object", async () => {
    const send = (body: string) =>
      fetch(`${provider.url}/v1/messages`, {
        method: "POST",
        headers: { "x-api-key": APP_KEY.key, "anthropic-version": "2023-06-01" },
        body,
      });
    for (const body of ["{", "[]", "null", ""]) {
      const response = await send(body);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        type: "error",
        error: { type: "invalid_request_error" },
      });
    }
  });

  it("is refused beyond 32 MB", async () => {
    const error = await errorOf(create({ system: "x".repeat(32 * 1024 * 1024) }));
    expect(error).toBeInstanceOf(Anthropic.ContentTooLargeError);
    expect(error.type).toBe("request_too_large");
  });

  it("is refused at an instant that is no number", async () => {
    const call = clientAt(provider, Number.NaN).messages.create(preWarm([]));
    expect((await errorOf(call)).apiMessage).toContain("x-virtual-time");
  });

  it("may leave max_tokens out only where tokens are counted, and must there", async () => {
    const counting = { model: MODEL, messages: [{ role: "user" as const, content: "hello" }] };
    const { messages } = clientAt(provider, NOON);
    expect((await messages.countTokens(counting)).input_tokens).toBe(8);
    const error = await errorOf(messages.countTokens({ ...counting, max_tokens: 1 } as never));
    expect(error.apiMessage).toBe('"max_tokens": extra inputs are not permitted');
  });
});

describe("a model", () => {
  it("that is unknown is not found", async () => {
    const error = await errorOf(create({ model: "claude-opus-6" }));
    expect(error).toBeInstanceOf(Anthropic.NotFoundError);
    expect(error.type).toBe("not_found_error");
  });

  it("is known if and only if it has a price", () => {
    expect([...MODELS.keys()].sort()).toEqual([...new Set(PRICE_TABLE.map(({ model }) => model))].sort());
  });
});

describe("an API key", () => {
  it.each([
    { header: "x-api-key", value: APP_KEY.key, status: 200 },
    { header: "authorization", value: `Bearer ${APP_KEY.key}`, status: 200 },
    { header: "x-api-key", value: "sk-unknown", status: 401 },
    { header: "authorization", value: "Bearer sk-unknown", status: 401 },
    { header: "authorization", value: APP_KEY.key, status: 401 },
    { header: "x-other", value: APP_KEY.key, status: 401 },
  ])("in $header as $value is answered with $status", async ({ header, value, status }) => {
    const response = await fetch(`${provider.url}/v1/messages`, {
      method: "POST",
      headers: { [header]: value, "anthropic-version": "2026-10-21" },
      body: JSON.stringify(preWarm([])),
    });
    expect(response.status).toBe(status);
  });

  it("that is unknown gives the documented error and is not logged", async () => {
    const call = clientAt(provider, NOON, { key: "sk-unknown-key" }).messages.create(preWarm([]));
    const error = await errorOf(call);
    expect(error).toBeInstanceOf(Anthropic.AuthenticationError);
    expect(error.error).toEqual({
      type: "error",
      error: { type: "authentication_error", message: "invalid x-api-key" },
      request_id: error.requestID,
    });
    expect(JSON.stringify(provider.log)).not.toContain("sk-unknown-key");
  });
});

describe("the path", () => {
  it.each([
    { method: "GET", path: "/v1/messages", status: 404 },
    { method: "POST", path: "/v1/messages/batches", status: 404 },
    { method: "POST", path: "/v1/messages?beta=true", status: 200 },
  ])("$method $path is answered with $status", async ({ method, path, status }) => {
    const response = await fetch(provider.url + path, {
      method,
      headers: { "x-api-key": APP_KEY.key, "anthropic-version": "2026-10-21" },
      ...(method === "POST" && { body: JSON.stringify(preWarm([])) }),
    });
    expect(response.status).toBe(status);
  });

  it.each([undefined, "2025-01-01"])("needs a version of the API: %s is refused", async (version) => {
    const response = await fetch(`${provider.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": APP_KEY.key, ...(version && { "anthropic-version": version }) },
      body: JSON.stringify(preWarm([])),
    });
    expect(response.status).toBe(400);
  });
});
