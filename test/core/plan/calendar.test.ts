import { describe, expect, it } from "vitest";
import { Calendar, dayName, isDay } from "../../../lib/core/plan/calendar.ts";

const DAY = 1440;
/** 2026-12-25 in days since the epoch. */
const CHRISTMAS = 20_812;

describe("a day", () => {
  it.each(["2026-12-25", "1970-01-01", "2028-02-29", "9999-12-31"])("is %s", (text) => {
    expect(isDay(text)).toBe(true);
  });

  it.each(["", "2026-02-29", "2026-13-01", "2026-1-1", "25.12.2026", "2026-12-25T00:00:00Z", "tomorrow"])(
    "is not %j",
    (text) => {
      expect(isDay(text)).toBe(false);
    },
  );

  it("is named by its number since 1970", () => {
    expect([dayName(0), dayName(CHRISTMAS)]).toEqual(["1970-01-01", "2026-12-25"]);
  });
});

describe("a calendar", () => {
  const calendar = new Calendar(["2026-12-25", "2026-12-26"]);
  const start = CHRISTMAS * DAY;

  it.each([
    // from, to, in minutes since the first closed day began; a fifth of the usual use is left of a closed minute
    ["the minute before it", -1, 0, 1],
    ["its first minute", 0, 1, 0.2],
    ["its last minute", 2 * DAY - 1, 2 * DAY, 0.2],
    ["the minute after it", 2 * DAY, 2 * DAY + 1, 1],
    ["the midnight between the two days", DAY - 60, DAY + 60, 0.2],
    ["a span that is closed by half", -60, 60, 0.6],
    ["a span around both days", -DAY, 3 * DAY, 0.6],
  ])("expects in %s its share of the usual use", (_what, from, to, share) => {
    expect(calendar.use(start + from, start + to)).toBeCloseTo(share, 12);
  });

  it("without a closed day expects the usual use at any time", () => {
    expect(new Calendar([]).use(start, start + DAY)).toBe(1);
  });
});
