import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { COLOR_NAME, liveColorParameter, readLiveColor } from "../../lib/core/live-color.ts";

const COLORS = ["blue", "green"];

describe("readLiveColor", () => {
  it.each(COLORS)("follows %s when the parameter says so", (color) => {
    expect(readLiveColor(color, COLORS)).toEqual({ kind: "live", color });
  });

  it("keeps missing and empty apart", () => {
    expect(readLiveColor(undefined, COLORS)).toEqual({ kind: "missing" });
    for (const value of ["", " ", "\n", "\t \r\n", "\u00a0"]) {
      expect(readLiveColor(value, COLORS)).toEqual({ kind: "empty" });
    }
  });

  it.each(["Blue", "BLUE", " blue", "blue ", "blue\n", "blu", "bluee", "blue,green", "red", "0", "null"])(
    "takes %j for unknown, not for a color that it resembles",
    (value) => {
      expect(readLiveColor(value, COLORS).kind).toBe("unknown");
    },
  );

  it("says which colors are expected, and what came, escaped and cut", () => {
    expect(readLiveColor("red", COLORS)).toEqual({
      kind: "unknown",
      message: 'live-color must be one of blue, green, got "red"',
    });
    const long = readLiveColor(`\u001b[2J${"x".repeat(4_096)}`, COLORS);
    expect(long.kind === "unknown" && long.message).toMatch(/got "\\u001b\[2Jx{36}…"$/);
  });

  it("never yields a color that is not configured", () => {
    const color = fc.stringMatching(/^[a-z][a-z0-9-]{0,5}$/);
    const value = fc.oneof(fc.string(), color, fc.constantFrom("constructor", "length", "0"));
    fc.assert(
      fc.property(fc.array(color, { maxLength: 4 }), value, (colors, value) => {
        const live = readLiveColor(value, colors);
        expect(live.kind === "live").toBe(colors.includes(value));
        if (live.kind === "live") expect(live.color).toBe(value);
      }),
    );
  });
});

describe("COLOR_NAME", () => {
  it.each(["blue", "v1", "2", "canary-2", "a".repeat(32)])("takes %s", (name) => {
    expect(name).toMatch(COLOR_NAME);
  });

  it.each(["", "-blue", "Blue", "blue green", "blue_1", "blue/x", "blue\n", "blüe", "a".repeat(33)])(
    "refuses %j",
    (name) => {
      expect(name).not.toMatch(COLOR_NAME);
    },
  );
});

it("the parameter is named by role, never by color", () => {
  expect(liveColorParameter("support", "prod")).toBe("/support/prod/live-color");
});
