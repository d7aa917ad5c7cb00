import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutBytes } from "../../lib/core/cut-bytes.ts";

describe("the first bytes of a text", () => {
  it.each([
    ["abc", 3, "abc"],
    ["abcd", 3, "abc"],
    ["grün", 3, "gr"],
    ["grün", 4, "grü"],
    ["a😀", 4, "a"],
    ["a😀", 5, "a😀"],
    ["", 0, ""],
    ["a", 0, ""],
  ])("of %j, %d at most, are %j", (text, most, cut) => {
    expect(cutBytes(text, most)).toBe(cut);
  });

  it("keep a replacement character that stands in the middle, and one that fits", () => {
    expect(cutBytes("a\ufffdbc", 5)).toBe("a\ufffdb");
    expect(cutBytes("\ufffd", 3)).toBe("\ufffd");
  });

  it("never are more than asked for, and always a beginning", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 30 });
    fc.assert(
      fc.property(text, fc.nat(40), (whole, most) => {
        const cut = cutBytes(whole, most);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(most);
        expect(whole.startsWith(cut)).toBe(true);
      }),
    );
  });
});
