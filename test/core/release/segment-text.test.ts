import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byteAt, segmentText, settingsOf, stringsOf } from "../../../lib/core/release/segment-text.ts";

const textOf = (path: string, block: unknown) => segmentText({ path, bytes: JSON.stringify(block) });

describe("a segment of plain text", () => {
  it.each<[string, string, unknown, string]>([
    ["a system prompt", "system", "Be brief.", "system"],
    ["a block of it", "system[0]", { type: "text", text: "Be brief." }, "system[0].text"],
    ["a message", "messages[0]", { role: "user", content: "Be brief." }, "messages[0].content"],
    [
      "a block of a message",
      "messages[0].content[1]",
      { role: "user", content: { type: "text", text: "Be brief." } },
      "messages[0].content[1].text",
    ],
  ])("is read as it stands: %s", (_what, path, block, place) => {
    expect(textOf(path, block)).toEqual({ path: place, text: "Be brief.", kind: "text" });
  });

  it.each<[string, string, unknown]>([
    ["a tool", "tools[0]", { name: "a", type: "text" }],
    ["a block of another type", "system[0]", { type: "note", text: "Be brief." }],
    ["a text that is none", "system[0]", { type: "text", text: 7 }],
    ["a text with citations", "system[0]", { type: "text", text: "Be brief.", citations: [] }],
    ["a message with a field of its own", "messages[0]", { role: "user", content: "Be brief.", name: "ann" }],
    ["an image in a message", "messages[0].content[0]", { role: "user", content: { type: "image" } }],
    [
      "a text with citations in a message",
      "messages[0].content[0]",
      { role: "user", content: { type: "text", text: "a", citations: [] } },
    ],
  ])("is not %s, which is read as its JSON", (_what, path, block) => {
    expect(textOf(path, block)).toEqual({ path, text: JSON.stringify(block), kind: "json" });
  });
});

describe("the settings of a request", () => {
  it("are what stands beside model and segments, each as its JSON", () => {
    const body = {
      model: "m",
      tools: [],
      system: "s",
      messages: [],
      thinking: { type: "adaptive" },
      container: "c",
    };
    expect(settingsOf(body)).toEqual(
      new Map([
        ["thinking", '{"type":"adaptive"}'],
        ["container", '"c"'],
      ]),
    );
  });
});

describe("strings of a JSON text", () => {
  it("are its keys and its values, with the key whose value each one is", () => {
    const json = JSON.stringify({ a: "x", list: ["y", "z"], n: 1, in: { b: "w" } });
    expect([...stringsOf(json)].map(({ value, key, start }) => [json[start], value, key])).toEqual([
      ['"', "a", undefined],
      ['"', "x", "a"],
      ['"', "list", undefined],
      ['"', "y", "list"],
      ['"', "z", "list"],
      ['"', "n", undefined],
      ['"', "in", undefined],
      ['"', "b", undefined],
      ['"', "w", "b"],
    ]);
  });

  it("have no key where nothing has one", () => {
    expect([...stringsOf('["a"]')][0]).not.toHaveProperty("key");
    expect([...stringsOf("[1,null]")]).toEqual([]);
  });

  it("stand at the bytes where they are written, escapes included", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (before, value) => {
        const json = JSON.stringify({ [before]: `${value}!` });
        const found = [...stringsOf(json)].at(-1);
        expect(found?.value).toBe(`${value}!`);
        const bytes = Buffer.from(json);
        expect(bytes[found?.byteAt(value.length) ?? 0]).toBe("!".charCodeAt(0));
        expect(byteAt(json, found?.start ?? 0)).toBeLessThan(bytes.length);
      }),
      { numRuns: 50 },
    );
  });
});
