import type { Ttl } from "../../lib/core/due.ts";

export interface TestPrompt {
  readonly name: string;
  readonly text: string;
  readonly body: object;
}

/** A prompt of about `tokens` tokens, different for each `words`. */
export function aPrompt(
  name: string,
  { words = name, tokens = 3_000, ttl = "5m" as Ttl, model = "claude-sonnet-5-5" } = {},
): TestPrompt {
  const sentence = `You answer for the ${words} desk, politely and in full sentences. `;
  const text = sentence.repeat(Math.ceil((4 * tokens) / sentence.length));
  const body = {
    model,
    system: [{ type: "text", text, cache_control: { type: "ephemeral", ttl } }],
    messages: [{ role: "user", content: "placeholder" }],
    max_tokens: 100,
  };
  return { name, text: JSON.stringify(body), body };
}
