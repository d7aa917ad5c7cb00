import type Anthropic from "@anthropic-ai/sdk";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KEY_SETTINGS } from "../../../lib/local/provider/key-settings.ts";
import type { SimulatedProvider } from "../../../lib/local/provider/server.ts";
import {
  block,
  clientAt,
  consumed,
  MODEL,
  NOON,
  type Params,
  startProvider,
  textOf,
  tokens,
} from "./harness.ts";

let provider: SimulatedProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());

/** Every test has its own part of the day, so that none reads what another wrote. */
let day = 0;
const freshInstant = () => NOON + ++day * 86_400_000;

const TOOL_TOKENS = 1_000;

function tool(name: string, more: object = {}): Anthropic.Tool {
  const bare = { name, description: "", input_schema: { type: "object" as const } };
  const description = "x".repeat(TOOL_TOKENS * 4 - JSON.stringify(bare).length);
  return { ...bare, description, ...more };
}

/** A breakpoint at the end of each part: 1,000 tokens of tools, 2,000 with system, 3,000 with messages. */
function threeParts(more: Partial<Params> = {}): Params {
  return {
    model: MODEL,
    max_tokens: 1_000_000,
    tools: [tool("look_up", { cache_control: { type: "ephemeral" } })],
    system: [block(1_000, "5m", "system")],
    messages: [{ role: "user", content: [block(1_000, "5m", "messages")] }],
    ...more,
  };
}

const STILL_READ = { tools: undefined, system: 1_000, messages: 2_000, "nothing changed": 3_000 } as const;

describe("what a change of a setting misses", () => {
  const messages = (content: Anthropic.ContentBlockParam[]): Partial<Params> => ({
    messages: [{ role: "user", content }],
  });
  const last = block(1_000, "5m", "messages");
  const image: Anthropic.ImageBlockParam = {
    type: "image",
    source: { type: "url", url: "https://example.com/a.png" },
  };
  const cited: Anthropic.DocumentBlockParam = {
    type: "document",
    source: { type: "text", media_type: "text/plain", data: "text" },
    citations: { enabled: true },
  };

  it.each<{ setting: string; change: Partial<Params>; missesFrom: keyof typeof STILL_READ }>([
    { setting: "model", change: { model: "claude-fable-5" }, missesFrom: "tools" },
    { setting: "thinking", change: { thinking: { type: "disabled" } }, missesFrom: "tools" },
    {
      setting: "thinking",
      change: { thinking: { type: "enabled", budget_tokens: 2_048 } },
      missesFrom: "tools",
    },
    { setting: "output_config.effort", change: { output_config: { effort: "low" } }, missesFrom: "tools" },
    {
      setting: "context_management",
      change: { context_management: { edits: [] } } as never,
      missesFrom: "tools",
    },
    { setting: "speed", change: { speed: "fast" }, missesFrom: "system" },
    { setting: "citations", change: messages([last, cited]), missesFrom: "system" },
    { setting: "tool_choice", change: { tool_choice: { type: "none" } }, missesFrom: "messages" },
    {
      setting: "tool_choice",
      change: { tool_choice: { type: "auto", disable_parallel_tool_use: true } },
      missesFrom: "messages",
    },
    { setting: "images", change: messages([last, image]), missesFrom: "messages" },
    {
      setting: "images",
      change: messages([last, { type: "tool_result", tool_use_id: "toolu_1", content: [image] }]),
      missesFrom: "messages",
    },
  ])("$setting: from $missesFrom on", async ({ change, missesFrom }) => {
    const at = freshInstant();
    await consumed(provider, at, threeParts());
    expect((await consumed(provider, at + 1, threeParts(change))).readTokens).toBe(STILL_READ[missesFrom]);
  });

  it("thinking: everything, when only its budget changes", async () => {
    const at = freshInstant();
    const budget = (budget_tokens: number) => threeParts({ thinking: { type: "enabled", budget_tokens } });
    await consumed(provider, at, budget(2_048));
    expect(await consumed(provider, at + 1, budget(2_049))).not.toHaveProperty("readTokens");
    expect((await consumed(provider, at + 2, budget(2_048))).readTokens).toBe(3_000);
  });

  it("anthropic-beta: everything, whatever order the betas come in", async () => {
    const at = freshInstant();
    const send = async (instant: number, betas?: string) => {
      const headers = betas === undefined ? {} : { "anthropic-beta": betas };
      return tokens(await clientAt(provider, instant).messages.create(threeParts(), { headers })).readTokens;
    };
    await send(at);
    expect(await send(at + 1, "one,two")).toBeUndefined();
    expect(await send(at + 2, "two, one")).toBe(3_000);
    expect(await send(at + 3)).toBe(3_000);
  });

  it.each<{ what: string; change: Partial<Params> }>([
    {
      what: "the default thinking, spelled out",
      change: { thinking: { type: "adaptive", display: "summarized" } },
    },
    { what: "the default effort, spelled out", change: { output_config: { effort: "high" } } },
    { what: "the default tool choice, spelled out", change: { tool_choice: { type: "auto" } } },
    { what: "standard speed, spelled out", change: { speed: "standard" } },
    { what: "a limit on the output", change: { max_tokens: 1 } },
    { what: "a pre-warm request", change: { max_tokens: 0 } },
    { what: "stop sequences", change: { stop_sequences: ["STOP"] } },
    { what: "metadata", change: { metadata: { user_id: "u" } } },
    { what: "the service tier", change: { service_tier: "standard_only" } },
  ])("nothing: $what", async ({ change }) => {
    const at = freshInstant();
    await consumed(provider, at, threeParts());
    expect((await consumed(provider, at + 1, threeParts(change))).readTokens).toBe(
      STILL_READ["nothing changed"],
    );
  });

  it.each([
    { model: "claude-opus-5-5", thinking: { type: "adaptive" }, effort: "medium" },
    { model: "claude-sonnet-4-6", thinking: { type: "disabled" }, effort: "high" },
  ] as const)("nothing: the defaults of $model, spelled out", async ({ model, thinking, effort }) => {
    const at = freshInstant();
    await consumed(provider, at, threeParts({ model }));
    const spelledOut = threeParts({ model, thinking, output_config: { effort } });
    expect((await consumed(provider, at + 1, spelledOut)).readTokens).toBe(3_000);
  });

  it("is told by one table, each line with its source", () => {
    expect(KEY_SETTINGS.map(({ name, missesFrom }) => `${name}: ${missesFrom}`)).toEqual([
      "model: tools",
      "anthropic-beta: tools",
      "context_management: tools",
      "thinking: tools",
      "output_config.effort: tools",
      "speed: system",
      "citations: system",
      "tool_choice: messages",
      "images: messages",
    ]);
    for (const { source } of KEY_SETTINGS) expect(source).toMatch(/read 2026-\d\d/);
  });
});

describe("what a change of the content misses", () => {
  it.each<{ what: string; change: Partial<Params>; missesFrom: keyof typeof STILL_READ }>([
    {
      what: "a tool's name",
      change: { tools: [tool("look-up", { cache_control: { type: "ephemeral" } })] },
      missesFrom: "tools",
    },
    { what: "a system block", change: { system: [block(1_000, "5m", "System")] }, missesFrom: "system" },
    {
      what: "the role of a message",
      change: { messages: [{ role: "assistant", content: [block(1_000, "5m", "messages")] }] },
      missesFrom: "messages",
    },
    {
      what: "a message after the breakpoint",
      change: { messages: [...threeParts().messages, { role: "user", content: "more" }] },
      missesFrom: "nothing changed",
    },
    {
      what: "a deferred tool",
      change: { tools: [...(threeParts().tools ?? []), tool("later", { defer_loading: true })] },
      missesFrom: "nothing changed",
    },
  ])("$what: from $missesFrom on", async ({ change, missesFrom }) => {
    const at = freshInstant();
    await consumed(provider, at, threeParts());
    expect((await consumed(provider, at + 1, threeParts(change))).readTokens).toBe(STILL_READ[missesFrom]);
  });

  it("misses everything when the order of tools changes", async () => {
    const at = freshInstant();
    const [a, b] = [tool("a"), tool("b")];
    const marked = (...tools: Anthropic.Tool[]) => threeParts({ tools, system: [block(1_000, "5m")] });
    await consumed(provider, at, marked(a, b));
    expect(await consumed(provider, at + 1, marked(b, a))).not.toHaveProperty("readTokens");
  });

  it("misses when the keys of a tool call change their order", async () => {
    const at = freshInstant();
    const call = (input: object): Partial<Params> => ({
      messages: [
        { role: "user", content: "a question" },
        { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "look_up", input }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1" }, block(1_000, "5m")] },
      ],
    });
    await consumed(provider, at, threeParts(call({ a: 1, b: 2 })));
    expect((await consumed(provider, at + 1, threeParts(call({ b: 2, a: 1 })))).readTokens).toBe(2_000);
  });

  it("takes a string and a single text block for the same prompt", async () => {
    const at = freshInstant();
    const asked = { messages: [{ role: "user" as const, content: [block(100, "5m", "question")] }] };
    await consumed(provider, at, threeParts({ system: textOf(1_000), ...asked }));
    const inBlock = threeParts({ system: [{ text: textOf(1_000), type: "text" }], ...asked });
    expect((await consumed(provider, at + 1, inBlock)).readTokens).toBe(2_100);
  });

  it("takes consecutive messages of one role for one turn", async () => {
    const at = freshInstant();
    const [a, b] = [block(500, undefined, "a"), block(500, "5m", "b")];
    await consumed(provider, at, threeParts({ messages: [{ role: "user", content: [a, b] }] }));
    const apart = threeParts({ messages: [a, b].map((content) => ({ role: "user", content: [content] })) });
    expect((await consumed(provider, at + 1, apart)).readTokens).toBe(3_000);
  });

  it("keeps markers out of the key: they may move and change their duration", async () => {
    const at = freshInstant();
    await consumed(provider, at, threeParts());
    const moved = threeParts({ tools: [tool("look_up")], system: [block(1_000, "1h", "system")] });
    expect((await consumed(provider, at + 1, moved)).readTokens).toBe(3_000);
  });

  const texts = fc.array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }), {
    minLength: 1,
    maxLength: 6,
  });

  it("is the same for equal bytes up to the breakpoint, and different for any changed byte", async () => {
    await fc.assert(
      fc.asyncProperty(texts, fc.nat(), fc.nat(), fc.string(), async (parts, part, place, tail) => {
        const at = freshInstant();
        const first = parts.map((text) => `. ${text}`);
        const changed = first.with(part % first.length, flipped(first[part % first.length] ?? "", place));
        const prompt = (head: readonly string[], end: string): Params => ({
          model: MODEL,
          max_tokens: 1,
          system: [...head.map((text) => ({ type: "text" as const, text })), block(600, "5m")],
          messages: [{ role: "user", content: `. ${end}` }],
        });
        const { write5mTokens } = await consumed(provider, at, prompt(first, "warmup"));
        expect(write5mTokens).toBeGreaterThan(600);
        expect((await consumed(provider, at + 1, prompt(first, tail))).readTokens).toBe(write5mTokens);
        expect(await consumed(provider, at + 2, prompt(changed, tail))).not.toHaveProperty("readTokens");
      }),
      { numRuns: 60 },
    );
  });
});

/** The text with one character replaced by another. */
function flipped(text: string, place: number): string {
  const characters = [...text];
  const i = place % characters.length;
  return characters.with(i, characters[i] === "?" ? "!" : "?").join("");
}
