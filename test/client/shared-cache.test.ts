import fc from "fast-check";
import { expect, it } from "vitest";
import { cutPrefix, isPrefix, type RequestBody } from "../../lib/core/prefix.ts";
import { readPrompt } from "../../lib/local/provider/prompt.ts";
import { PromptCache } from "../../lib/local/provider/prompt-cache.ts";
import { readRequest } from "../../lib/local/provider/request.ts";
import { NOON } from "../core/samples.ts";

const MODEL = "claude-opus-5";
const MARK = { type: "ephemeral", ttl: "1h" } as const;

const words = fc
  .string({ minLength: 1, maxLength: 12, unit: "grapheme" })
  .filter((text) => text.trim() !== "");
const block = words.map((text) => ({ type: "text", text }));
const tool = fc.record({ name: fc.stringMatching(/^[a-z]{1,8}$/), description: words }).map((fields) => ({
  ...fields,
  input_schema: { type: "object" },
}));

/** A request's head: its last block is marked, and long enough for any model's minimum. */
const head = fc
  .record({
    tools: fc.uniqueArray(tool, { maxLength: 2, selector: ({ name }) => name }),
    system: fc.array(block, { maxLength: 2 }),
    messages: fc.array(block, { maxLength: 2 }),
    effort: fc.constantFrom("low", "high"),
    inMessages: fc.boolean(),
  })
  .map(({ tools, system, messages, effort, inMessages }) => {
    const last = { type: "text", text: `The rules. ${"x".repeat(32_000)}`, cache_control: MARK };
    return {
      model: MODEL,
      output_config: { effort },
      ...(tools.length > 0 && { tools }),
      system: inMessages ? system : [...system, last],
      messages: inMessages ? [{ role: "user", content: [...messages, last] }] : [],
    };
  });

type Generated<A> = A extends fc.Arbitrary<infer T> ? T : never;

/** What one request adds to the head, and how it is written down. Text only: see the note below. */
const tail = fc.record({
  question: words,
  max_tokens: fc.integer({ min: 1, max: 999 }),
  stream: fc.boolean(),
  stop: fc.array(words, { maxLength: 2 }),
  spaces: fc.integer({ min: 0, max: 2 }),
  reversed: fc.boolean(),
});

function requestText(
  prefix: Generated<typeof head>,
  { question, max_tokens, stream, stop, spaces, reversed }: Generated<typeof tail>,
) {
  const messages = [...prefix.messages, { role: "user", content: question }];
  const body = { ...prefix, messages, max_tokens, stream, stop_sequences: stop };
  const fields = Object.entries(body);
  return JSON.stringify(Object.fromEntries(reversed ? fields.toReversed() : fields), undefined, spaces);
}

function fingerprintOf(text: string): string {
  const prefix = cutPrefix(JSON.parse(text) as RequestBody);
  if (!isPrefix(prefix)) throw new Error(`${prefix.path} ${prefix.message}`);
  return prefix.fingerprint;
}

/** Whether the second request reads what the first one wrote, up to its breakpoint. */
function shares(first: string, second: string): boolean {
  const cache = new PromptCache();
  const [written, asked] = [first, second].map((text) => {
    const { blocks, breakpoints } = readPrompt(readRequest(Buffer.from(text), "messages"), []);
    return { workspace: "w", blocks, breakpoints };
  });
  if (written === undefined || asked === undefined) throw new Error("two requests are two prompts");
  cache.record(written, undefined, NOON, NOON);
  return cache.lookUp(asked, NOON)?.hash === asked.breakpoints.at(-1)?.block.hash;
}

/*
 * Two things the cache looks at stand outside the prefix and outside its fingerprint: whether any message, also
 * after the breakpoint, holds an image or cites, and the beta header. Requests that differ in them share nothing.
 */
it("requests with equal fingerprints share the cache, whatever follows the breakpoint and however it is written", () => {
  fc.assert(
    fc.property(head, tail, tail, (prefix, one, other) => {
      const [first, second] = [requestText(prefix, one), requestText(prefix, other)];
      expect(fingerprintOf(second)).toBe(fingerprintOf(first));
      expect(shares(first, second)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

it("any changed character before the breakpoint changes the fingerprint, and nothing is shared up to there", () => {
  const PLACE = "\u{e000}";
  fc.assert(
    fc.property(head, tail, fc.nat(), (prefix, rest, at) => {
      const { model: _model, output_config: _setting, ...parts } = prefix;
      const texts: string[] = [];
      JSON.stringify(parts, (key, value) => {
        if (["text", "description", "name"].includes(key)) texts.push(String(value));
        return value;
      });
      const chosen = texts[at % texts.length] ?? "";
      let done = false;
      const changed = JSON.parse(JSON.stringify(parts), (key, value) => {
        if (done || !["text", "description", "name"].includes(key) || value !== chosen) return value;
        done = true;
        const i = at % chosen.length;
        const letter = key === "name" ? "_" : PLACE;
        return `${chosen.slice(0, i)}${letter}${chosen.slice(i + 1)}`;
      }) as typeof parts;
      const before = requestText(prefix, rest);
      const after = requestText({ ...prefix, ...changed }, rest);
      expect(after).not.toBe(before);
      expect(fingerprintOf(after)).not.toBe(fingerprintOf(before));
      expect(shares(before, after)).toBe(false);
    }),
    { numRuns: 60 },
  );
});
