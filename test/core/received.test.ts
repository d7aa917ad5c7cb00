import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shown, shownLines } from "../../lib/core/received.ts";

describe("shown", () => {
  it.each([
    ["blue", '"blue"'],
    ["", '""'],
    [" blue ", '" blue "'],
    ['say "hi"', '"say \\"hi\\""'],
    ["a\nb\tc", '"a\\nb\\tc"'],
    ["a\u001b[31mred", '"a\\u001b[31mred"'],
    ["a\u007fb\u009bc", '"a\\u007fb\\u009bc"'],
    ["blue\u202eeulb", '"blue\\u202eeulb"'],
    ["a\u061cb", '"a\\u061cb"'],
    ["a\u2066b\u2069\u200bc\u2028", '"a\\u2066b\\u2069\\u200bc\\u2028"'],
    ["\ufeffblue", '"\\ufeffblue"'],
    ["grün ✓", '"grün ✓"'],
    [undefined, "undefined"],
    [null, "null"],
    [true, "true"],
    [3, "3"],
    [Number.NaN, "NaN"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
    [10n, "10"],
    [{ a: [1] }, '{"a":[1]}'],
    [{ "\u202e": "\u0007" }, '{"\\u202e":"\\u0007"}'],
    [Symbol("x\u001b\n"), "Symbol(x\\u001b\\u000a)"],
  ])("writes %o so that a terminal shows it as it is", (value, text) => expect(shown(value)).toBe(text));

  it.each([
    [39, false],
    [40, false],
    [41, true],
  ])("cuts a string after 40 characters: %i", (length, isCut) => {
    const text = "x".repeat(length);
    expect(shown(text)).toBe(isCut ? `"${"x".repeat(40)}…"` : `"${text}"`);
  });

  it("cuts everything else after 40 characters too", () => {
    expect(shown({ prompt: "secret ".repeat(100) })).toHaveLength(41);
    expect(shown(12345678901234567890n ** 5n)).toHaveLength(41);
  });

  it("cuts a pair of surrogates without leaving half a character", () => {
    expect(shown(`${"x".repeat(39)}😀`)).toBe(`"${"x".repeat(39)}\\ud83d…"`);
  });

  it("shows what JSON cannot hold: a circle, a big integer inside, a text that is never finished", () => {
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    const broken = {
      toJSON() {
        throw new Error("no JSON of me");
      },
    };
    for (const value of [circle, { amount: 10n }, broken]) expect(shown(value)).toBe("(object)");
  });

  it("never throws, and never shows a control character or more than 40 of the value", () => {
    const value = fc.oneof(
      fc.anything({
        maxDepth: 1,
        maxKeys: 3,
        withBigInt: true,
        withDate: true,
        withMap: true,
        withNullPrototype: true,
      }),
      fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength: 100 }),
    );
    fc.assert(
      fc.property(value, (value) => {
        const text = shown(value);
        expect(text).not.toMatch(/[\p{Cc}\u200b-\u200f\u2028-\u202e\u2066-\u2069\u061c\ufeff]/u);
        // Each of 40 characters may have become an escape of six; a cut adds one, quotes two.
        expect(text.length).toBeLessThanOrEqual(40 * 6 + 3);
      }),
      { numRuns: 100 },
    );
  });
});

describe("a message that quotes what was received", () => {
  it.each([
    ["is left alone up to 400 characters a line", `${"x".repeat(400)}\nyes\n`, `${"x".repeat(400)}\nyes\n`],
    ["is cut after them", "x".repeat(401), `${"x".repeat(400)}…`],
    [
      "keeps its lines and no other control",
      "unknown \u202e\u001b[2J\nNext: help",
      "unknown \\u202e\\u001b[2J\nNext: help",
    ],
  ])("%s", (_what, message, says) => {
    expect(shownLines(message)).toBe(says);
  });
});
