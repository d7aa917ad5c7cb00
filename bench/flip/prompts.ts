import { createHash } from "node:crypto";
import { fraction } from "../../lib/local/deterministic.ts";

/** A prompt file: its text for `publish`, and parsed for the application. */
export interface BenchPrompt {
  readonly name: string;
  readonly text: string;
  readonly body: object;
}

const LEAST_TOKENS = 4_000;
const MOST_TOKENS = 12_000;

/** The simulated provider takes four bytes for a token. */
const TOKEN_BYTES = 4;

/** Words of two syllables, one for each value of a byte: text that gzip and JSON treat about as they treat prose. */
const SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe ri so tu va".split(" ");

/** Prompts of 4,000 to 12,000 tokens, 8,000 on average; those of two releases differ from their first byte. */
export function promptsOf(release: string, count: number): BenchPrompt[] {
  return Array.from({ length: count }, (_, i) => aPrompt(release, `p-${i}`));
}

/** The prompt of a name in a release: 4,000 to 12,000 tokens, by the name. */
export function aPrompt(release: string, name: string): BenchPrompt {
  const tokens = LEAST_TOKENS + Math.floor((MOST_TOKENS - LEAST_TOKENS) * fraction("size", name));
  const text = `Release ${release}, desk ${name}. ${prose(`${release} ${name}`, tokens * TOKEN_BYTES)}`;
  const body = {
    model: "claude-sonnet-5-5",
    system: [{ type: "text", text, cache_control: { type: "ephemeral", ttl: "1h" } }],
    messages: [{ role: "user", content: "placeholder" }],
    max_tokens: 100,
  };
  return { name, text: JSON.stringify(body), body };
}

function prose(seed: string, bytes: number): string {
  const lines: string[] = [];
  for (let i = 0, length = 0; length < bytes; i++) {
    const hash = createHash("sha256").update(`${seed} ${i}`).digest();
    const line = `${[...hash].map(wordOf).join(" ")}.`;
    lines.push(line);
    length += line.length + 1;
  }
  return lines.join(" ").slice(0, bytes);
}

function wordOf(byte: number): string {
  return `${SYLLABLES[byte >> 4]}${SYLLABLES[byte & 15]}`;
}
