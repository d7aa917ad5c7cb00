import { describe, expect, it } from "vitest";
import { isPrefix, readPromptFile } from "../../lib/core/prompt-file.ts";
import { aRequest, prefixOf } from "./samples.ts";

const TEXT = JSON.stringify(aRequest(), undefined, 2);
const MAX_BYTES = 32 * 1024 * 1024;

describe("readPromptFile", () => {
  it("gives the prefix of the request in the file, however it is laid out", () => {
    for (const text of [TEXT, JSON.stringify(aRequest()), `\n${TEXT}\n`]) {
      expect(readPromptFile(text)).toEqual(prefixOf(aRequest()));
    }
  });

  it("keeps the bytes of every block", () => {
    const description = 'Ünïcode, "quotes", \\ and \u2028, 1.0 and {"key": 1e3}';
    const schema = { type: "number", minimum: 0.5, maximum: 1e21, enum: [-1, 0, 1] };
    const prefix = readPromptFile(
      JSON.stringify(aRequest({ tools: [{ name: "t", description, input_schema: schema }] })),
    );
    if (!isPrefix(prefix)) throw new Error(prefix.message);
    expect(JSON.parse(prefix.segments[0]?.bytes ?? "")).toEqual({
      name: "t",
      description,
      input_schema: schema,
    });
    expect(prefix.segments[0]?.bytes).toContain(JSON.stringify(schema));
  });

  it.each([
    ["an empty file", ""],
    ["half a file", TEXT.slice(0, -5)],
    ["something else than JSON", "model: claude-opus-5-5"],
    ["a byte order mark", `\ufeff${TEXT}`],
    ["a comment", `// prompt\n${TEXT}`],
    ["an array", "[]"],
    ["a text", '"model"'],
    ["null", "null"],
    ["a number", "5"],
  ])("refuses %s: it must be one JSON object", (_what, text) => {
    expect(readPromptFile(text)).toMatchObject({
      path: "(root)",
      message: expect.stringContaining("must be one JSON object"),
    });
  });

  it.each([
    ["a number's text", TEXT.replace('"maxLength": 12', '"maxLength": 12.0')],
    ["a key that stands twice", TEXT.replace('"maxLength": 12', '"maxLength": 12, "maxLength": 12')],
    ["the order of keys", TEXT.replace('"maxLength": 12', '"maxLength": 12, "7": 0')],
  ])("refuses a file whose bytes would change in %s, and names the place", (_what, text) => {
    expect(readPromptFile(text)).toMatchObject({
      path: "tools[0].input_schema.properties.number".concat(text.includes('"7"') ? ".type" : ".maxLength"),
      message: expect.stringContaining("bytes cannot be kept"),
    });
  });

  it("passes on what is wrong with the request itself", () => {
    expect(readPromptFile('{"system":"x"}')).toMatchObject({ path: "model" });
    expect(readPromptFile('{"model":"m","system":"x"}')).toMatchObject({
      path: expect.stringContaining("system"),
    });
  });

  it("does not read what is larger than the provider takes, and reads what is as large", () => {
    const refused = { path: "(root)", message: `must be at most ${MAX_BYTES} bytes, got ${MAX_BYTES + 1}` };
    expect(readPromptFile(" ".repeat(MAX_BYTES + 1))).toEqual(refused);
    expect(readPromptFile(" ".repeat(MAX_BYTES))).toMatchObject({
      message: expect.stringContaining("parse"),
    });
  });

  it("counts bytes, not characters, against the provider's limit", () => {
    const filled = (bytes: number, character: string) => {
      const around = JSON.stringify(
        aRequest({ system: [{ type: "text", text: "@", cache_control: { type: "ephemeral" } }] }),
      );
      const room = bytes - (around.length - 1);
      const width = Buffer.byteLength(character);
      return around.replace("@", character.repeat(Math.floor(room / width)) + "x".repeat(room % width));
    };
    expect(Buffer.byteLength(filled(MAX_BYTES, "x"))).toBe(MAX_BYTES);
    expect(isPrefix(readPromptFile(filled(MAX_BYTES, "x")))).toBe(true);
    for (const text of [filled(MAX_BYTES + 1, "x"), filled(MAX_BYTES + 1, "ü")]) {
      expect(readPromptFile(text)).toEqual({
        path: "(root)",
        message: `must be at most ${MAX_BYTES} bytes, got ${MAX_BYTES + 1}`,
      });
    }
  });

  it("refuses a file that is nested without end, as a fault and not as a crash", () => {
    const text = `{"model":"m","system":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    expect(readPromptFile(text)).toMatchObject({
      path: "(root)",
      message: expect.stringContaining("nested"),
    });
  });

  it("never shows the prompt in a fault", () => {
    const secret = "the launch code is 0000";
    const request = JSON.stringify({ model: "m", system: [{ text: secret }], n: "@" });
    for (const text of [
      request,
      request.slice(0, -1),
      request.replace('"@"', "1.0"),
      `${secret}${request}`,
      JSON.stringify(secret),
    ]) {
      const result = readPromptFile(text);
      expect(isPrefix(result)).toBe(false);
      expect(JSON.stringify(result)).not.toContain("launch");
    }
  });
});
