import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventStrip, stripRequest } from "../../lib/core/event-strip.ts";
import type { KnownEvent } from "../../lib/core/known-event.ts";
import { HOUR, NOON } from "./samples.ts";

const RANGE = { from: NOON - 6 * HOUR, to: NOON, width: 600 };

function aFlip(change: Partial<KnownEvent> = {}): KnownEvent {
  return {
    id: "i",
    kind: "flip",
    from: NOON - 3 * HOUR,
    to: NOON - 2 * HOUR,
    expectedCost: 250_000,
    color: "green",
    release: "42",
    by: "monitor",
    note: "blue -> green",
    ...change,
  };
}

/** As CloudWatch sends it ("Details about custom widgets", read 2026-11-21). */
const context = (change: object = {}) => ({
  widgetContext: {
    dashboardName: "support-prod-warmer",
    widgetId: "widget-16",
    timeRange: { mode: "relative", start: RANGE.from, end: RANGE.to, relativeStart: 21_600_000 },
    width: 588,
    height: 369,
    ...change,
  },
});

const bars = (html: string) =>
  [...html.matchAll(/<rect x="([\d.-]+)" y="\d+" width="([\d.-]+)"/g)].map(([, x, width]) => ({
    from: Number(x),
    to: Number(x) + Number(width),
  }));

describe("a dashboard's question", () => {
  it("is read with its time range and its width", () => {
    expect(stripRequest(context())).toEqual({ ...RANGE, width: 588 });
  });

  it("is about the part that somebody zoomed into", () => {
    const zoom = { start: NOON - HOUR, end: NOON };
    const timeRange = { start: RANGE.from, end: RANGE.to, zoom };
    expect(stripRequest(context({ timeRange }))).toMatchObject({ from: NOON - HOUR, to: NOON });
  });

  it("may begin at the epoch, and be 200 pixels wide", () => {
    const timeRange = { start: 0, end: 1 };
    expect(stripRequest(context({ timeRange, width: 200 }))).toEqual({ from: 0, to: 1, width: 200 });
  });

  it.each([undefined, 0, 199, "wide", Number.NaN])("of width %s is answered in 600 pixels", (width) => {
    expect(stripRequest(context({ width }))?.width).toBe(600);
  });

  it.each([
    ["a tick", { id: "1", source: "aws.events", "detail-type": "Scheduled Event" }],
    ["nothing", undefined],
    ["null", null],
    ["a text", "widgetContext"],
    ["no time range", context({ timeRange: undefined })],
    ["a context that is none", { widgetContext: "600" }],
    ["a context of nothing", { widgetContext: null }],
    ["a range without an end", context({ timeRange: { start: NOON } })],
    ["a range without a start", context({ timeRange: { end: NOON } })],
    ["a range of no length", context({ timeRange: { start: NOON, end: NOON } })],
    ["a range without end", context({ timeRange: { start: NOON, end: Number.POSITIVE_INFINITY } })],
    ["a range from before the epoch", context({ timeRange: { start: -1, end: NOON } })],
    ["a reversed range", context({ timeRange: { start: NOON, end: NOON - 1 } })],
    ["a range of texts", context({ timeRange: { start: "0", end: "1" } })],
  ])("is not seen in %s", (_what, event) => {
    expect(stripRequest(event)).toBeUndefined();
  });
});

describe("the strip of events", () => {
  it("draws each where it lies in the range, and says what, when, how much, whose", () => {
    const html = eventStrip([aFlip()], RANGE);
    const [bar] = bars(html);
    expect(bar?.from).toBeCloseTo(4 + 592 / 2, 0);
    expect(bar?.to).toBeCloseTo(4 + (592 * 4) / 6, 0);
    for (const text of ["flip green 42", "2026-11-21 09:00Z", "2026-11-21 10:00Z", "$0.25", "monitor"])
      expect(html).toContain(text);
  });

  it("says so when nothing happened, and when nobody knows the cost", () => {
    expect(eventStrip([], RANGE)).toBe("<p>No flip and no known event in this time range.</p>");
    const { expectedCost: _cost, ...unknown } = aFlip();
    expect(eventStrip([unknown], RANGE)).toContain("<td>unknown</td>");
  });

  it("has the newest first in its table, and 40 at most", () => {
    const events = Array.from({ length: 41 }, (_, i) => aFlip({ note: `note ${i}.` }));
    const html = eventStrip(events, RANGE);
    expect(bars(html)).toHaveLength(40);
    expect(html).not.toContain("note 0.");
    expect(html.indexOf("note 40.")).toBeLessThan(html.indexOf("note 1."));
  });

  it("draws a lane for each, one below the other, with what marks itself in another ink", () => {
    const html = eventStrip([aFlip(), aFlip({ kind: "onboarding" })], RANGE);
    expect(html).toContain(
      '<svg width="600" height="36" role="img" aria-label="flips and known events"><rect',
    );
    expect([...html.matchAll(/<rect [^>]* y="(\d+)"/g)].map(([, y]) => y)).toEqual(["3", "21"]);
    expect([...html.matchAll(/<text [^>]* y="(\d+)"/g)].map(([, y]) => y)).toEqual(["13", "31"]);
    const inks = [...html.matchAll(/height="12" fill="(#[0-9a-f]{6})"/g)].map(([, ink]) => ink);
    expect(inks).toHaveLength(2);
    expect(new Set(inks).size).toBe(2);
  });

  it("names each beside its bar: right of it, but left of one that begins in the right half", () => {
    const label = (change: Partial<KnownEvent>) => {
      const [, x, side] =
        /<text x="([\d.]+)"[^>]*text-anchor="(\w+)"/.exec(eventStrip([aFlip(change)], RANGE)) ?? [];
      return [Number(x), side];
    };
    const middle = { from: NOON - 3 * HOUR, to: NOON - 2 * HOUR };
    expect(label(middle)).toEqual([expect.closeTo(8 + (592 * 4) / 6, 0), "start"]);
    expect(label({ ...middle, from: NOON - 3 * HOUR + 60_000 })).toEqual([
      expect.closeTo(300 + 592 / 360 - 4, 0),
      "end",
    ]);
  });

  it("names one without color and release by its kind alone", () => {
    const { color: _color, release: _release, ...bare } = aFlip();
    expect(eventStrip([bare], RANGE)).toContain(">flip</text></svg><table>");
  });

  it("draws what lasts an instant three pixels wide", () => {
    const [bar] = bars(eventStrip([aFlip({ to: NOON - 3 * HOUR })], RANGE));
    expect((bar?.to ?? 0) - (bar?.from ?? 0)).toBeCloseTo(3, 5);
  });

  it("has one row of cells for each in its table", () => {
    const html = eventStrip([aFlip()], RANGE);
    expect(html).toMatch(
      /<\/svg><table><tr><th>from<\/th><th>to<\/th><th>event<\/th><th>predicted<\/th><th>by<\/th><th>note<\/th><\/tr><tr>/,
    );
    expect(html.slice(html.lastIndexOf("<tr>"))).toBe(
      "<tr><td>2026-11-21 09:00Z</td><td>2026-11-21 10:00Z</td><td>flip green 42</td><td>$0.25</td><td>monitor</td><td>blue -&#62; green</td></tr></table>",
    );
  });

  it("keeps every bar inside, and no text is markup", () => {
    const instant = fc.integer({ min: RANGE.from - 100 * HOUR, max: RANGE.to + 100 * HOUR });
    fc.assert(
      fc.property(instant, fc.nat(200 * HOUR), fc.string(), fc.string(), (from, length, note, by) => {
        const html = eventStrip([aFlip({ from, to: from + length, note: `<${note}`, by: `"${by}` })], RANGE);
        const [bar] = bars(html);
        expect(bar?.from).toBeGreaterThanOrEqual(0);
        expect(bar?.to).toBeLessThanOrEqual(RANGE.width);
        const tags = [...html.matchAll(/<\/?([a-z]+)/g)].map(([, tag]) => tag);
        expect(new Set(tags)).toEqual(new Set(["svg", "rect", "text", "table", "tr", "th", "td"]));
        expect(html.replaceAll(/<[^>]*>/g, "")).not.toMatch(/[<>"']/);
      }),
    );
  });
});
