import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prefixRequest } from "../../lib/core/prefix-request.ts";
import { aRequest, prefixOf } from "./samples.ts";

const prefix = prefixOf(aRequest()).body;
const question = { role: "user", content: "Where is my order?" };

describe("prefixRequest", () => {
  it("puts the tail after the prefix", () => {
    expect(prefixRequest(prefix, { messages: [question], max_tokens: 512, stream: true })).toEqual({
      ...prefix,
      messages: [question],
      max_tokens: 512,
      stream: true,
    });
  });

  it("continues the messages of the prefix", () => {
    const shared = {
      role: "user",
      content: [{ type: "text", text: "Manual", cache_control: { type: "ephemeral" } }],
    };
    const head = prefixOf({ model: "claude-opus-5-5", messages: [shared, question] }).body;
    expect(prefixRequest(head, { messages: [question], max_tokens: 1 }).messages).toEqual([shared, question]);
  });

  it("begins with the prefix's bytes, whatever follows", () => {
    const text = JSON.stringify(prefix).slice(0, -1);
    fc.assert(
      fc.property(fc.array(fc.string()), fc.nat(), fc.option(fc.boolean()), (words, max_tokens, stream) => {
        const messages = words.map((content) => ({ role: "user", content }));
        const request = prefixRequest(prefix, { messages, max_tokens, stream });
        expect(JSON.stringify(request).startsWith(text)).toBe(true);
        expect(prefixOf(request)).toEqual(prefixOf(aRequest()));
      }),
    );
  });

  it("changes neither the prefix nor the tail", () => {
    const tail = { messages: [question], max_tokens: 1 };
    const before = JSON.stringify([prefix, tail]);
    prefixRequest(prefix, tail);
    expect(JSON.stringify([prefix, tail])).toBe(before);
  });

  it.each([
    "model",
    "tools",
    "system",
    "thinking",
    "tool_choice",
    "output_config",
    "mcp_servers",
    "speed",
    "inference_geo",
    "a_setting_of_next_year",
  ])(
    "refuses %s in the tail: it takes part in the cache key, so the request would miss the cache",
    (field) => {
      const tail = { messages: [question], max_tokens: 1, [field]: "x" };
      expect(() => prefixRequest(prefix, tail)).toThrow(RangeError);
      expect(() => prefixRequest(prefix, tail)).toThrow(field);
    },
  );

  it.each(["stream", "metadata", "stop_sequences", "diagnostics", "cache_control"])(
    "takes %s in the tail",
    (field) => {
      const request = prefixRequest(prefix, { messages: [question], max_tokens: 1, [field]: "x" });
      expect(request).toHaveProperty(field, "x");
      expect(prefixOf(request).fingerprint).toBe(prefixOf(aRequest()).fingerprint);
    },
  );
});
