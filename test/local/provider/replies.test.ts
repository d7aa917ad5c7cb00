import { request as httpRequest } from "node:http";
import Anthropic from "@anthropic-ai/sdk";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseUsage } from "../../../lib/core/usage.ts";
import type { SimulatedProvider } from "../../../lib/local/provider/server.ts";
import {
  APP_KEY,
  block,
  clientAt,
  MODEL,
  NOON,
  PLACEHOLDER,
  preWarm,
  startProvider,
  tokens,
} from "./harness.ts";

let provider: SimulatedProvider;
beforeEach(async () => {
  provider = await startProvider();
});
afterEach(() => provider.close());

const question = { max_tokens: 1_024, messages: [{ role: "user" as const, content: "Where is my order?" }] };

describe("the answer to a pre-warm request", () => {
  // Shape and figures: prompt caching guide, "Pre-warming the cache", read 2026-09-26.
  it("is the documented one", async () => {
    const message = await clientAt(provider, NOON).messages.create(
      preWarm([block(5_120, "5m")], { model: "claude-opus-5-5" }),
    );
    const used = {
      input_tokens: 8,
      cache_creation_input_tokens: 5_120,
      cache_read_input_tokens: 0,
      cache_creation: { ephemeral_5m_input_tokens: 5_120, ephemeral_1h_input_tokens: 0 },
      output_tokens: 0,
    };
    expect(message).toMatchObject({
      id: expect.stringMatching(/^msg_01\w{22}$/),
      type: "message",
      role: "assistant",
      content: [],
      model: "claude-opus-5-5",
      stop_reason: "max_tokens",
      stop_sequence: null,
      usage: {
        ...used,
        iterations: [{ ...used, type: "message" }],
        service_tier: "standard",
        inference_geo: "global",
      },
    });
  });

  it("has a usage that the product can read", async () => {
    const message = await clientAt(provider, NOON).messages.create(preWarm([block(1_000, "1h")]));
    expect(parseUsage(message.usage)).toEqual({
      uncachedTokens: PLACEHOLDER,
      write1hTokens: 1_000,
      write5mTokens: 0,
      readTokens: 0,
      outputTokens: 0,
    });
  });
});

describe("the answer to a question", () => {
  it.each([
    { max_tokens: 1, output: 1, stop: "max_tokens" },
    { max_tokens: 64, output: 64, stop: "max_tokens" },
    { max_tokens: 65, output: 64, stop: "end_turn" },
  ])(
    "has a text and $output output tokens for max_tokens $max_tokens",
    async ({ max_tokens, output, stop }) => {
      const message = await clientAt(provider, NOON).messages.create(
        preWarm([], { ...question, max_tokens }),
      );
      expect(message.content).toMatchObject([{ type: "text", text: expect.stringMatching(/./) }]);
      expect(message.usage.output_tokens).toBe(output);
      expect(message.stop_reason).toBe(stop);
    },
  );

  it("names request, organization and workspace in its headers", async () => {
    const { response, request_id } = await clientAt(provider, NOON)
      .messages.create(preWarm([], question))
      .withResponse();
    expect(request_id).toMatch(/^req_01\w{22}$/);
    expect(request_id).toBe(provider.log[0]?.requestId);
    expect(response.headers.get("anthropic-organization-id")).toMatch(/^[\da-f-]{36}$/);
    expect(response.headers.get("anthropic-workspace-id")).toBe("wrkspc_main");
  });

  it("has an id of its own, also for equal requests of one instant", async () => {
    const ids = await Promise.all(
      Array.from(
        { length: 10 },
        async () => (await clientAt(provider, NOON).messages.create(preWarm([], question))).id,
      ),
    );
    expect(new Set(ids).size).toBe(10);
  });

  it("says that it has no diagnosis when asked for one", async () => {
    const asked = preWarm([], { ...question, diagnostics: { previous_message_id: "msg_1" } });
    expect((await clientAt(provider, NOON).messages.create(asked)).diagnostics).toEqual({
      cache_miss_reason: { type: "unavailable" },
    });
  });
});

describe("a streamed answer", () => {
  const streamed = preWarm([block(1_000, "1h")], question);

  it("says the prompt's usage in its first event and the output's in its last", async () => {
    const stream = await clientAt(provider, NOON).messages.create({ ...streamed, stream: true });
    const events: Anthropic.RawMessageStreamEvent[] = [];
    for await (const event of stream) events.push(event);
    expect(events.map(({ type }) => type)).toEqual([
      "message_start",
      "content_block_start",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    expect(events[0]).toMatchObject({
      message: { usage: { input_tokens: 11, cache_creation: { ephemeral_1h_input_tokens: 1_000 } } },
    });
    expect(events[4]).toMatchObject({ delta: { stop_reason: "end_turn" }, usage: { output_tokens: 64 } });
  });

  it("adds up to the answer that is not streamed", async () => {
    const final = await clientAt(provider, NOON).messages.stream(streamed).finalMessage();
    const whole = await clientAt(provider, NOON + 400_000_000).messages.create(streamed);
    expect(tokens(final)).toEqual(tokens(whole));
    expect(final.content).toMatchObject([
      { type: "text", text: whole.content[0]?.type === "text" && whole.content[0].text },
    ]);
    expect(final.stop_reason).toBe(whole.stop_reason);
  });
});

describe("count_tokens", () => {
  const params = { model: MODEL, system: [block(1_000, "5m")], messages: question.messages };
  const count = (counting: SimulatedProvider, system = params.system) =>
    clientAt(counting, NOON).messages.countTokens({ ...params, system });

  it("counts what a message with the same prompt is billed for", async () => {
    const { input_tokens } = await count(provider);
    const { usage } = await clientAt(provider, NOON).messages.create({ ...params, max_tokens: 1 });
    expect(input_tokens).toBe(usage.input_tokens + (usage.cache_creation_input_tokens ?? 0));
  });

  it("is free and touches no cache", async () => {
    await count(provider);
    expect(provider.bill.lines).toEqual([]);
    expect(provider.cache.size).toBe(0);
    expect(provider.log).toMatchObject([{ endpoint: "count_tokens", status: 200, promptTokens: 1_011 }]);
  });

  it("errs within the share it was given, always alike for one prompt", async () => {
    const erring = await startProvider({ countErrorShare: 0.05 });
    const counts: number[] = [];
    for (let i = 0; i < 40; i++) {
      const system = [block(1_000, "5m", `prompt ${i}`)];
      const { input_tokens } = await count(erring, system);
      expect((await count(erring, system)).input_tokens).toBe(input_tokens);
      counts.push(input_tokens);
    }
    await erring.close();
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(1_011 - 50);
    expect(Math.max(...counts)).toBeLessThanOrEqual(1_011 + 50);
    expect(Math.min(...counts)).toBeLessThan(1_011 - 25);
    expect(Math.max(...counts)).toBeGreaterThan(1_011 + 25);
  });
});

describe("virtual time", () => {
  it("is the header's, else the injected clock's", async () => {
    await clientAt(provider, NOON + 5).messages.create(preWarm([]));
    const plain = new Anthropic({ apiKey: APP_KEY.key, baseURL: provider.url, maxRetries: 0 });
    await plain.messages.create(preWarm([]));
    expect(provider.log.map(({ at }) => at)).toEqual([NOON + 5, NOON]);
  });

  it("is taken by an answer through a header, from the tokens it read and wrote", async () => {
    const slow = await startProvider({
      latency: ({ promptTokens, cachedTokens, outputTokens }) => {
        const firstByteMs = promptTokens - cachedTokens;
        return { firstByteMs, totalMs: firstByteMs + outputTokens * 10 };
      },
    });
    const latencyAt = async (at: number, more = {}) => {
      const call = clientAt(slow, at).messages.create(preWarm([block(1_000, "5m")], more));
      return (await call.asResponse()).headers.get("x-virtual-latency-ms");
    };
    expect(await latencyAt(NOON)).toBe("1008");
    expect(await latencyAt(NOON + 1_008)).toBe("8");
    expect(await latencyAt(NOON + 2_000, question)).toBe("651");
    expect(slow.log.map(({ inFlightMs }) => inFlightMs)).toEqual([1_008, 8, 651]);
    await slow.close();
  });

  it("is not mentioned when an answer takes none", async () => {
    const response = await clientAt(provider, NOON).messages.create(preWarm([])).asResponse();
    expect(response.headers.has("x-virtual-latency-ms")).toBe(false);
  });
});

describe("the server", () => {
  it("listens on this machine only", () => {
    expect(provider.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it("goes on after a client that went away while it was sending", async () => {
    await new Promise<void>((resolve) => {
      const half = httpRequest(`${provider.url}/v1/messages`, {
        method: "POST",
        headers: { "content-length": 1_000 },
      });
      half.on("error", () => resolve());
      half.write("{", () => half.destroy());
      half.on("close", () => resolve());
    });
    await clientAt(provider, NOON).messages.create(preWarm([]));
    expect(provider.log.map(({ status }) => status)).toEqual([200]);
  });
});
