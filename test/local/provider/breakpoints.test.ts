import Anthropic from "@anthropic-ai/sdk";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SimulatedProvider } from "../../../lib/local/provider/server.ts";
import {
  block,
  clientAt,
  consumed,
  errorOf,
  MINUTE,
  NOON,
  type Params,
  PLACEHOLDER,
  preWarm,
  startProvider,
  textOf,
} from "./harness.ts";

let provider: SimulatedProvider;
beforeEach(async () => {
  provider = await startProvider();
});
afterEach(() => provider.close());

const send = (at: number, params: Params) => consumed(provider, at, params);
const refusal = async (params: Params) => {
  const error = await errorOf(clientAt(provider, NOON).messages.create(params));
  expect(error).toBeInstanceOf(Anthropic.BadRequestError);
  return error.apiMessage;
};

/** A conversation of blocks of 100 tokens each; the blocks at these indexes carry a breakpoint. */
function conversation(length: number, marked: readonly number[]): Params {
  const content = Array.from({ length }, (_, i) =>
    block(100, marked.includes(i) ? "5m" : undefined, `block ${i} `),
  );
  return { model: "claude-opus-5", max_tokens: 0, messages: [{ role: "user", content }] };
}

describe("what a breakpoint writes and reads", () => {
  it("writes at the breakpoint only, not at the places before it", async () => {
    await send(NOON, preWarm([block(1_000), block(1_000, "5m", "b")]));
    expect(provider.cache.entriesAt(NOON).map(({ tokens }) => tokens)).toEqual([2_000]);
    expect(await send(NOON + 1, preWarm([block(1_000, "5m")]))).toMatchObject({ write5mTokens: 1_000 });
  });

  it("reads what an earlier request wrote at a place before it", async () => {
    await send(NOON, preWarm([block(1_000, "5m")]));
    expect(await send(NOON + 1, preWarm([block(1_000), block(500, "5m", "b")]))).toEqual({
      readTokens: 1_000,
      write5mTokens: 500,
      uncachedTokens: PLACEHOLDER,
    });
  });

  it("does not read past the last breakpoint, even if the entry is there", async () => {
    await send(NOON, preWarm([block(1_000), block(500, "5m", "b")]));
    expect(await send(NOON + 1, preWarm([block(1_000, "5m"), block(500, undefined, "b")]))).toEqual({
      write5mTokens: 1_000,
      uncachedTokens: 500 + PLACEHOLDER,
    });
  });

  it.each([
    { steps: 19, read: 1_000 },
    { steps: 20, read: undefined },
    { steps: 21, read: undefined },
  ])("looks back over 20 places, itself included: an entry $steps places back", async ({ steps, read }) => {
    await send(NOON, conversation(10, [9]));
    expect((await send(NOON + 1, conversation(10 + steps, [9 + steps]))).readTokens).toBe(read);
  });

  it("looks back again from an earlier breakpoint", async () => {
    await send(NOON, conversation(10, [9]));
    expect(await send(NOON + 1, conversation(40, [12, 39]))).toEqual({
      readTokens: 1_000,
      write5mTokens: 3_000,
    });
  });

  it.each(["tool_use", "tool_result"] as const)("counts a run of %s blocks as one place", async (type) => {
    const run = (n: number) =>
      Array.from({ length: 30 }, (_, i) =>
        type === "tool_use"
          ? { type, id: `toolu_${n}_${i}`, name: "look_up", input: {} }
          : { type, tool_use_id: `toolu_${n}_${i}`, content: "found" },
      );
    const role = type === "tool_use" ? "assistant" : "user";
    const opening = (ttl?: "5m") => ({ role: "user" as const, content: [block(1_000, ttl)] });
    const first: Params = { ...preWarm([]), messages: [opening("5m")] };
    await send(NOON, first);
    const messages: Anthropic.MessageParam[] = [
      opening(),
      { role, content: run(1) },
      { role: "user", content: [block(500, "5m", "b")] },
    ];
    expect((await send(NOON + 1, { ...first, messages })).readTokens).toBe(1_000);
  });

  it("renews an entry that it found before its breakpoint", async () => {
    await send(NOON, preWarm([block(1_000, "5m")]));
    await send(NOON + 4 * MINUTE, preWarm([block(1_000), block(500, "5m", "b")]));
    expect((await send(NOON + 8 * MINUTE, preWarm([block(1_000, "5m")]))).readTokens).toBe(1_000);
  });

  it("keeps the entries at a request's own breakpoints alive when it reads a later one", async () => {
    const both = preWarm([block(1_000, "5m"), block(1_000, "5m", "b")]);
    await send(NOON, both);
    await send(NOON + 4 * MINUTE, both);
    expect((await send(NOON + 8 * MINUTE, preWarm([block(1_000, "5m")]))).readTokens).toBe(1_000);
  });

  it("creates no entry before what it read, so none comes into being unpaid", async () => {
    await send(NOON, preWarm([block(1_000), block(1_000, "5m", "b")]));
    expect(await send(NOON + 1, preWarm([block(1_000, "1h"), block(1_000, "5m", "b")]))).toMatchObject({
      readTokens: 2_000,
    });
    expect(provider.cache.entriesAt(NOON + 1)).toHaveLength(1);
  });
});

describe("breakpoints of both durations in one request", () => {
  // Read up to A, 1h write from A to B, 5m write from B to C.
  const mixed = preWarm([block(1_000, "1h"), block(2_000, "1h", "b"), block(3_000, "5m", "c")]);

  it("writes 1h up to the last 1h breakpoint and 5m beyond it", async () => {
    expect(await send(NOON, mixed)).toEqual({
      write1hTokens: 3_000,
      write5mTokens: 3_000,
      uncachedTokens: PLACEHOLDER,
    });
  });

  it("reads 1h entries that outlived the 5m one", async () => {
    await send(NOON, mixed);
    expect(await send(NOON + 6 * MINUTE, mixed)).toEqual({
      readTokens: 3_000,
      write5mTokens: 3_000,
      uncachedTokens: PLACEHOLDER,
    });
  });

  it("writes 1h from where the read ends", async () => {
    await send(NOON, preWarm([block(1_000, "1h")]));
    expect(await send(NOON + 6 * MINUTE, mixed)).toEqual({
      readTokens: 1_000,
      write1hTokens: 2_000,
      write5mTokens: 3_000,
      uncachedTokens: PLACEHOLDER,
    });
  });

  it("writes nothing when the last breakpoint is read", async () => {
    await send(NOON, mixed);
    expect(await send(NOON + 1, mixed)).toEqual({ readTokens: 6_000, uncachedTokens: PLACEHOLDER });
  });
});

describe("automatic caching", () => {
  const automatic = { cache_control: { type: "ephemeral" } as const };

  it("writes at the last block, which in a pre-warm request is the placeholder", async () => {
    const params = preWarm([block(1_000)], automatic);
    expect(await send(NOON, params)).toEqual({ write5mTokens: 1_000 + PLACEHOLDER });
    const other = { ...params, messages: [{ role: "user" as const, content: "another one" }] };
    expect(await send(NOON + 1, other)).not.toHaveProperty("readTokens");
  });

  it("follows a growing conversation", async () => {
    const turn = (length: number): Params => ({ ...conversation(length, []), ...automatic });
    await send(NOON, turn(10));
    expect(await send(NOON + 1, turn(12))).toEqual({ readTokens: 1_000, write5mTokens: 200 });
  });

  it("walks back over a block that cannot carry a breakpoint", async () => {
    const thinking = { type: "thinking" as const, thinking: textOf(100), signature: "s" };
    const messages: Anthropic.MessageParam[] = [
      { role: "user", content: [block(1_000)] },
      { role: "assistant", content: [thinking] },
    ];
    expect(await send(NOON, { ...preWarm([]), ...automatic, messages })).toMatchObject({
      write5mTokens: 1_000,
    });
  });

  it("changes nothing when the last block has the same breakpoint already", async () => {
    expect(await send(NOON, { ...conversation(10, [9]), ...automatic })).toEqual({ write5mTokens: 1_000 });
  });

  it("is refused when the last block has a breakpoint of another duration", async () => {
    const params = { ...conversation(10, [9]), cache_control: { type: "ephemeral", ttl: "1h" } as const };
    expect(await refusal(params)).toContain("contradicts");
  });

  it("is refused beside four other breakpoints", async () => {
    expect(await refusal({ ...conversation(10, [1, 2, 3, 4]), ...automatic })).toContain("at most 4");
    expect(await send(NOON, { ...conversation(10, [7, 8, 9]), ...automatic })).toEqual({
      write5mTokens: 1_000,
    });
  });
});

describe("rules of breakpoints", () => {
  const marked = (marker: unknown): Params => preWarm([{ ...block(1_000), cache_control: marker as never }]);

  it("takes four and refuses five", async () => {
    expect(await send(NOON, conversation(10, [6, 7, 8, 9]))).toEqual({ write5mTokens: 1_000 });
    expect(await refusal(conversation(10, [5, 6, 7, 8, 9]))).toBe(
      "cache_control: at most 4 breakpoints are allowed, found 5",
    );
  });

  it("refuses 1h after 5m, across the parts of the prompt", async () => {
    const messages: Anthropic.MessageParam[] = [{ role: "user", content: [block(1_000, "1h")] }];
    expect(await refusal(preWarm([block(1_000, "5m")], { messages }))).toContain(
      "messages.0.content.0.cache_control.ttl",
    );
  });

  it.each([
    {
      marker: { type: "persistent" },
      says: 'system.0.cache_control.type: must be "ephemeral", got "persistent"',
    },
    { marker: "ephemeral", says: 'system.0.cache_control.type: must be "ephemeral", got "ephemeral"' },
    {
      marker: { type: "ephemeral", ttl: "2h" },
      says: 'system.0.cache_control.ttl: must be 5m or 1h, got "2h"',
    },
  ])("refuses the marker $marker", async ({ marker, says }) => {
    expect(await refusal(marked(marker))).toBe(says);
  });

  it("takes null for no marker", async () => {
    expect(await send(NOON, marked(null))).toEqual({ uncachedTokens: 1_000 + PLACEHOLDER });
  });

  it.each([
    { what: "a thinking block", content: { type: "thinking", thinking: "…", signature: "s" } },
    { what: "an empty text", content: { type: "text", text: "" } },
  ])("refuses a marker on $what", async ({ content }) => {
    const marked = { ...content, cache_control: { type: "ephemeral" } } as never;
    expect(await refusal({ ...preWarm([]), messages: [{ role: "user", content: [marked] }] })).toContain(
      "cache_control",
    );
  });

  it("refuses a marker inside a tool result, and one on a deferred tool", async () => {
    const inner = [block(100, "5m")];
    const result = { type: "tool_result" as const, tool_use_id: "toolu_1", content: inner };
    expect(await refusal({ ...preWarm([]), messages: [{ role: "user", content: [result] }] })).toContain(
      "on the block",
    );
    const tool = {
      name: "look_up",
      input_schema: { type: "object" as const },
      defer_loading: true,
      cache_control: { type: "ephemeral" as const },
    };
    expect(await refusal(preWarm([block(1_000)], { tools: [tool] }))).toContain("defer_loading");
  });
});
