import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RequestBody } from "../../../lib/core/prefix.ts";
import {
  diffPrefixes,
  firstDifferentByte,
  prefixDiffText,
} from "../../../lib/core/release/manifest-diff-prefix.ts";
import { aRequest, prefixOf } from "../samples.ts";

const MARK = { cache_control: { type: "ephemeral", ttl: "1h" } };

const diff = (from: RequestBody, to: RequestBody) =>
  diffPrefixes(prefixOf(aRequest(from)), prefixOf(aRequest(to)));
const text = (from: RequestBody, to: RequestBody) => prefixDiffText(diff(from, to));

/** System blocks of these texts, the last one marked. */
const system = (...texts: readonly string[]) => ({
  system: texts.map((one, i) => ({ type: "text", text: one, ...(i === texts.length - 1 && MARK) })),
});

describe("the first different byte", () => {
  it.each([
    ["a", "b", 0],
    ["abc", "abd", 2],
    ["abc", "abcd", 3],
    ["abcd", "abc", 3],
    ["", "a", 0],
    ["über", "üver", 2],
    // é and è share their first byte, C3.
    ["é", "è", 1],
    ["a€b", "a€c", 4],
    // Both are F0 9F 98 8x.
    ["x😀", "x😁", 4],
    ["same", "same", undefined],
  ])("of %j and %j is %s", (from, to, byte) => {
    expect(firstDifferentByte(from, to)).toBe(byte);
  });

  it("is the length of what both begin with", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "é", "è", "€", "😀", "😁"), maxLength: 5 });
    fc.assert(
      fc.property(word, word, word, (head, one, other) => {
        const [before, after] = [Buffer.from(head + one), Buffer.from(head + other)];
        const byte = firstDifferentByte(head + one, head + other) ?? before.length;
        expect(before.subarray(0, byte).equals(after.subarray(0, byte))).toBe(true);
        if (!before.equals(after)) expect(before[byte]).not.toBe(after[byte]);
      }),
    );
  });
});

describe("two prefixes of one name", () => {
  it("part where the first segment differs, counted in its text", () => {
    expect(diff(system("Be kind.", "Grüße dich."), system("Be kind.", "Grüße sie."))).toMatchObject({
      first: { path: "system[1].text", byte: Buffer.byteLength("Grüße ") },
      differing: 1,
      added: [],
      removed: [],
      onlyMarkers: false,
    });
  });

  it("part in a tool at a byte of its JSON", () => {
    const tool = (description: string) => ({ tools: [{ name: "find", description }] });
    const byte = Buffer.byteLength('{"name":"find","description":"Über');
    expect(diff(tool("Über A"), tool("Über B")).first).toEqual({ path: "tools[0]", byte: byte + 1 });
  });

  it.each([
    [
      "a text that became a document",
      [{ type: "text", text: "a" }],
      [{ type: "document", text: "a" }],
      "messages[0].content[0]",
    ],
    [
      "a text with citations",
      [{ type: "text", text: "a" }],
      [{ type: "text", text: "a", citations: [] }],
      "messages[0].content[0]",
    ],
    ["a text", [{ type: "text", text: "a" }], [{ type: "text", text: "b" }], "messages[0].content[0].text"],
  ])("part at %s", (_what, from, to, path) => {
    const messages = (content: readonly object[]) => ({
      messages: [{ role: "user", content: content.map((block) => ({ ...block, ...MARK })) }],
    });
    expect(diff(messages(from), messages(to)).first?.path).toBe(path);
  });

  it("part in the message's JSON where only the role differs", () => {
    const messages = (role: string) => ({
      messages: [
        { role: "user", content: "a" },
        { role, content: "b" },
        { role: "user", content: [{ type: "text", text: "c", ...MARK }] },
      ],
    });
    expect(diff(messages("user"), messages("assistant")).first).toEqual({
      path: "messages[1]",
      byte: '{"role":"'.length,
    });
  });

  it.each([
    [
      "a segment was added at the end",
      system("a", "b"),
      system("a", "b", "c"),
      "system[2] added; breakpoints: system[1] 1h -> none, system[2] none -> 1h",
    ],
    [
      "a segment was removed",
      system("a", "b"),
      system("a"),
      "system[1] removed; breakpoints: system[0] none -> 1h, system[1] 1h -> none",
    ],
    [
      "one was put in front: all behind it are other segments",
      system("a", "b"),
      system("z", "a", "b"),
      "system[0].text differs at byte 0; 1 more segment differs; system[2] added; breakpoints: system[1] 1h -> none, system[2] none -> 1h",
    ],
    [
      "many were added",
      system("a"),
      system("a", "b", "c", "d"),
      "system[1] to system[3] (3 segments) added; breakpoints: system[0] 1h -> none, system[3] none -> 1h",
    ],
    [
      "three texts differ",
      system("a", "b", "c"),
      system("x", "y", "z"),
      "system[0].text differs at byte 0; 2 more segments differ",
    ],
    [
      "the model is another one",
      {},
      { model: "claude-sonnet-5-5" },
      "model claude-opus-5-5 -> claude-sonnet-5-5",
    ],
    [
      "a tool went and a text differs: the tool parts them first",
      { tools: [{ name: "a" }, { name: "b" }], ...system("a") },
      { tools: [{ name: "a" }], ...system("x") },
      "tools[1] removed; system[0].text differs at byte 0",
    ],
    [
      "a tool came and a text differs: the tool parts them first",
      { tools: [{ name: "a" }], ...system("a") },
      { tools: [{ name: "a" }, { name: "b" }], ...system("x") },
      "tools[1] added; system[0].text differs at byte 0",
    ],
    ["a setting differs", {}, { thinking: { type: "disabled" } }, "thinking differs"],
    [
      "settings came and went",
      { speed: "fast" },
      { thinking: undefined, output_config: { effort: "low" } },
      "output_config, speed, thinking differ",
    ],
    [
      "the model, a setting and a text differ",
      system("a"),
      { ...system("b"), model: "claude-sonnet-5-5", speed: "fast" },
      "model claude-opus-5-5 -> claude-sonnet-5-5; speed differs; system[0].text differs at byte 0",
    ],
  ])("are told in one line where %s", (_what, from, to, line) => {
    expect(text(from, to)).toBe(line);
  });

  it("are the same text where only breakpoints differ, and keep their fingerprint", () => {
    const marked = (ttl: string, first: object = {}) => ({
      system: [
        { type: "text", text: "a", ...first },
        { type: "text", text: "b", cache_control: { type: "ephemeral", ttl } },
      ],
    });
    expect(text(marked("5m"), marked("1h"))).toBe("the same text; breakpoints: system[1] 5m -> 1h");
    expect(text(marked("1h"), marked("1h", MARK))).toBe("the same text; breakpoints: system[0] none -> 1h");
    expect(diff(marked("5m"), marked("1h")).onlyMarkers).toBe(true);
  });

  it("differ in nothing that takes no part in the cache key", () => {
    const { partsAt, settings, onlyMarkers, markers } = diff(
      { max_tokens: 1 },
      { max_tokens: 2, metadata: {} },
    );
    expect({ partsAt, settings, onlyMarkers, markers }).toEqual({
      settings: [],
      onlyMarkers: true,
      markers: [],
    });
  });

  it("are told without a word of their text", () => {
    const secret = (word: string) => ({
      ...system(`canary ${word}`),
      tools: [
        { name: `canary_${word}`, input_schema: { type: "object", properties: { [`canary_${word}`]: {} } } },
      ],
      thinking: { type: `canary ${word}` },
    });
    expect(JSON.stringify(diff(secret("one"), secret("two")))).not.toContain("canary");
  });
});

describe("where two prefixes part", () => {
  it("is the first segment that differs, came or went, and nowhere if none did", () => {
    expect(diff(system("a"), system("a", "b")).partsAt).toBe("system[1]");
    expect(diff(system("a", "b"), system("a")).partsAt).toBe("system[1]");
    expect(diff(system("a", "b"), system("x", "b")).partsAt).toBe("system[0]");
    expect(diff(system("a"), system("a"))).not.toHaveProperty("partsAt");
  });

  it("is told of a text that became something else by the bytes of its JSON", () => {
    const cited = { system: [{ type: "text", text: "ab", citations: [], ...MARK }] };
    expect(diff(system("ab"), cited).first).toEqual({
      path: "system[0]",
      byte: '{"type":"text","text":"ab"'.length,
    });
  });
});

describe("breakpoints that came or went", () => {
  const marked = (...marks: readonly boolean[]) => ({
    system: marks.map((isMarked, i) => ({ type: "text", text: `${i}`, ...(isMarked && MARK) })),
  });

  it("have one side only", () => {
    expect(diff(marked(false, true), marked(true, true)).markers).toStrictEqual([
      { path: "system[0]", to: "1h" },
    ]);
    expect(diff(marked(true, true), marked(false, true)).markers).toStrictEqual([
      { path: "system[0]", from: "1h" },
    ]);
  });
});

describe("segments that were added", () => {
  it("are each named up to two, and told as a range above", () => {
    expect(text(system("a"), system("a", "b"))).toContain("system[1] added");
    expect(text(system("a"), system("a", "b", "c"))).toContain("system[1], system[2] added");
    expect(text(system("a"), system("a", "b", "c", "d"))).toContain(
      "system[1] to system[3] (3 segments) added",
    );
  });
});
