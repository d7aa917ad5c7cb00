import { describe, expect, it } from "vitest";
import { resolveInstant, typedInstant } from "../../bin/instants.ts";

const NOW = Date.UTC(2026, 10, 21, 9, 30);
const BASE = Date.UTC(2026, 10, 22);
const HOUR = 3_600_000;

describe("an instant as it is typed", () => {
  it.each([
    ["now", NOW],
    ["+2h", BASE + 2 * HOUR],
    ["-30m", BASE - HOUR / 2],
    ["+90s", BASE + 90_000],
    ["+1d", BASE + 24 * HOUR],
    ["2026-11-21T14:00Z", Date.UTC(2026, 10, 21, 14)],
    ["2026-11-21T14:00:05.5Z", Date.UTC(2026, 10, 21, 14, 0, 5, 500)],
    ["2026-11-21T14:00+02:00", Date.UTC(2026, 10, 21, 12)],
    ["2028-02-29T00:00Z", Date.UTC(2028, 1, 29)],
  ])("%s is read", (text, at) => {
    expect(resolveInstant(typedInstant(text), NOW, BASE)).toBe(at);
  });

  it.each([
    "2026-11-21",
    "2026-11-21T14:00",
    "2026-02-29T00:00Z",
    "2026-02-30T00:00Z",
    "2026-13-01T00:00Z",
    "2026-11-21T25:00Z",
    "2h",
    "+2",
    "+2w",
    "+2.5h",
    "+1234567h",
    "tomorrow",
    "",
  ])("%j is refused with what to type instead", (text) => {
    expect(() => typedInstant(text)).toThrow(/must be a time with a zone like 2026-11-21T14:00Z.*got "/);
  });
});
