import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Ttl } from "../../lib/core/due.ts";
import type { RequestBody } from "../../lib/core/prefix.ts";
import { prefixRequest } from "../../lib/core/prefix-request.ts";
import { mayPrecede, withTtl } from "../../lib/core/prefix-ttl.ts";
import { aRequest, prefixOf } from "./samples.ts";

const marked = (text: string, ttl?: Ttl) => ({
  type: "text",
  text,
  cache_control: { type: "ephemeral", ...(ttl !== undefined && { ttl }) },
});
const question = { role: "user", content: "Where is my order?" };

/** TTLs that a provider takes together: no 1h after a 5m. */
const markers = fc
  .array(fc.constantFrom<Ttl | undefined>("1h", "5m", undefined), { minLength: 1, maxLength: 4 })
  .map((ttls) => ttls.sort((a, b) => Number(b === "1h") - Number(a === "1h")));

/** A prefix with so many markers, spread over tools, system and messages; some blocks carry none. */
const body = fc
  .record({
    markers,
    parts: fc.array(fc.constantFrom("tools", "system", "messages"), { minLength: 4, maxLength: 4 }),
  })
  .map(({ markers: ttls, parts }) => {
    const order = ["tools", "system", "messages"];
    const places = parts.slice(0, ttls.length).sort((a, b) => order.indexOf(a) - order.indexOf(b));
    const blocks = (part: string) =>
      places.flatMap((place, i) =>
        place === part ? [{ type: "text", text: "plain" }, marked(part, ttls[i])] : [],
      );
    return prefixOf({
      model: "claude-opus-5-5",
      temperature: 1,
      tools: blocks("tools").map((block, i) => ({
        name: `t${i}`,
        ...block,
        input_schema: { type: "object" },
      })),
      system: blocks("system"),
      messages: [
        { role: "user", content: "Hello" },
        ...blocks("messages").map((block) => ({ role: "user", content: [block] })),
      ],
    }).body;
  });

/** The bytes of a request without the TTLs in it. */
const bytes = (request: RequestBody) =>
  JSON.stringify(request, (key, value) => (key === "ttl" ? undefined : value));

describe("a prefix with another TTL", () => {
  it("has the same bytes but for the TTLs, in the same order, and so the same fingerprint", () => {
    fc.assert(
      fc.property(body, fc.constantFrom<Ttl>("5m", "1h"), (prefix, ttl) => {
        const changed = withTtl(prefix, ttl);
        expect(bytes(changed)).toBe(bytes(prefix));
        const [before, after] = [prefixOf(prefix), prefixOf(changed)];
        expect(after.fingerprint).toBe(before.fingerprint);
        expect(after.segments.map(({ path, bytes: text }) => [path, text])).toEqual(
          before.segments.map(({ path, bytes: text }) => [path, text]),
        );
        expect(after.ttl).toBe(ttl);
      }),
    );
  });

  it("asks for it with every marker, or is the very prefix if its last one does already", () => {
    fc.assert(
      fc.property(body, fc.constantFrom<Ttl>("5m", "1h"), (prefix, ttl) => {
        const changed = withTtl(prefix, ttl);
        if (prefixOf(prefix).ttl === ttl) expect(changed).toBe(prefix);
        else {
          const asked = prefixOf(changed).segments.flatMap(({ marker }) => marker ?? []);
          expect(new Set(asked)).toEqual(new Set([ttl]));
        }
      }),
    );
  });

  it("leaves what it is made from as it was", () => {
    const prefix = prefixOf(aRequest()).body;
    const before = JSON.stringify(prefix);
    withTtl(prefix, "5m");
    expect(JSON.stringify(prefix)).toBe(before);
  });

  it("keeps what else a marker says", () => {
    const control = { type: "ephemeral", scope: "organization", ttl: "5m" };
    const prefix = { model: "m", system: [{ type: "text", text: "a", cache_control: control }] };
    expect(withTtl(prefix, "1h")).toEqual({
      model: "m",
      system: [{ type: "text", text: "a", cache_control: { ...control, ttl: "1h" } }],
    });
  });

  it("of a request without a marker is that request", () => {
    const request = { model: "m", system: "text", messages: [question] };
    expect(withTtl(request, "1h")).toBe(request);
  });
});

describe("a request with another TTL", () => {
  const prefix = prefixOf(aRequest()).body;
  const ofPrefix = (request: RequestBody) => prefixOf({ ...request, messages: [] }).ttl;

  it("begins with the prefix's bytes but for the TTLs, whatever follows", () => {
    fc.assert(
      fc.property(body, fc.constantFrom<Ttl>("5m", "1h"), fc.array(fc.string()), (head, ttl, words) => {
        const messages = words.map((content) => ({ role: "user", content }));
        const tail = { messages, max_tokens: 9, stream: true };
        expect(bytes(prefixRequest(head, tail, ttl))).toBe(bytes(prefixRequest(head, tail)));
      }),
    );
  });

  const user = (ttl?: Ttl) => [{ role: "user", content: [marked("So far.", ttl)] }];
  it.each<{ what: string; ttl: Ttl; tail: object; may: boolean }>([
    { what: "nothing marked", ttl: "5m", tail: { messages: [question] }, may: true },
    { what: "a 5m conversation", ttl: "5m", tail: { messages: user("5m") }, may: true },
    { what: "a conversation marked without a TTL", ttl: "5m", tail: { messages: user() }, may: true },
    { what: "a 1h conversation", ttl: "5m", tail: { messages: user("1h") }, may: false },
    { what: "a 1h conversation", ttl: "1h", tail: { messages: user("1h") }, may: true },
    { what: "a 5m conversation", ttl: "1h", tail: { messages: user("5m") }, may: true },
    {
      what: "automatic caching for 1h",
      ttl: "5m",
      tail: { messages: [question], cache_control: { type: "ephemeral", ttl: "1h" } },
      may: false,
    },
    {
      what: "automatic caching for 5m",
      ttl: "1h",
      tail: { messages: [question], cache_control: { type: "ephemeral" } },
      may: true,
    },
    {
      what: "automatic caching of the prefix's own last block",
      ttl: "1h",
      tail: { messages: [], cache_control: { type: "ephemeral" } },
      may: false,
    },
    {
      what: "a message that is none",
      ttl: "5m",
      tail: { messages: [null, "x", { content: [null] }] },
      may: true,
    },
  ])("takes $ttl before $what: $may", ({ ttl, tail, may }) => {
    expect(mayPrecede(ttl, tail as RequestBody)).toBe(may);
  });

  it("keeps the prompt's own where the tail does not allow another", () => {
    const tail = { messages: user("1h"), max_tokens: 1 };
    expect(ofPrefix(prefixRequest(prefix, tail, "5m"))).toBe("1h");
    expect(ofPrefix(prefixRequest(prefix, { ...tail, messages: [question] }, "5m"))).toBe("5m");
  });
});
