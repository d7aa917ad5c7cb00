import { ANNOUNCED_KINDS, type EventKind, type KnownEvent } from "./known-event.ts";
import { formatUsd } from "./money.ts";

/** What a dashboard says of itself when it asks a custom widget: its time range, and how wide the widget is. */
export interface StripRequest {
  /** Ms since the epoch. */
  readonly from: number;
  readonly to: number;
  /** Pixels. */
  readonly width: number;
}

const LANE = 18;
const MARGIN = 4;
const LEAST_WIDTH = 3;

/** More rows are a table that nobody reads; the newest are shown. */
const MOST = 40;

/** What marks itself, and what an operator announced; both readable on a light and on a dark page. */
const INK = { automatic: "#6b8fd6", announced: "#c98a2b" };

/**
 * Reads what CloudWatch sends to a custom widget's function ("Details about custom widgets", read 2026-11-21).
 * `undefined` for any other event.
 */
export function stripRequest(event: unknown): StripRequest | undefined {
  const { widgetContext: context } = (event ?? {}) as { widgetContext?: unknown };
  if (typeof context !== "object" || context === null) return undefined;
  const { timeRange, width } = context as { timeRange?: { zoom?: unknown }; width?: unknown };
  const { start: from, end: to } = (timeRange?.zoom ?? timeRange ?? {}) as { start?: unknown; end?: unknown };
  if (!isCount(from) || !isCount(to) || to <= from) return undefined;
  return { from, to, width: isCount(width) && width >= 200 ? width : 600 };
}

/**
 * Known events as a strip over the time range of a dashboard, and as a table below it: HTML for a custom widget. Notes
 * and names come from people, so everything is escaped; CloudWatch runs no script of a widget.
 *
 * @param events that hold at some instant of the range, oldest first
 */
export function eventStrip(events: readonly KnownEvent[], { from, to, width }: StripRequest): string {
  const shown = events.slice(-MOST);
  if (shown.length === 0) return "<p>No flip and no known event in this time range.</p>";
  const at = (instant: number) =>
    MARGIN + ((Math.min(to, Math.max(from, instant)) - from) / (to - from)) * (width - 2 * MARGIN);
  const bars = shown.map((event, lane) => {
    const x = at(event.from);
    const length = Math.max(LEAST_WIDTH, at(event.to) - x);
    // A label that would leave the strip on the right stands left of its bar's begin.
    const anchor = x > width / 2 ? { x: x - 4, side: "end" } : { x: x + length + 4, side: "start" };
    const y = lane * LANE;
    return [
      `<rect x="${x.toFixed(1)}" y="${y + 3}" width="${length.toFixed(1)}" height="${LANE - 6}" fill="${inkOf(event)}" fill-opacity="0.6"/>`,
      `<text x="${anchor.x.toFixed(1)}" y="${y + LANE - 5}" text-anchor="${anchor.side}" font-size="11" fill="currentColor">${escaped(nameOf(event))}</text>`,
    ].join("");
  });
  return [
    `<svg width="${width}" height="${shown.length * LANE}" role="img" aria-label="flips and known events">${bars.join("")}</svg>`,
    "<table><tr><th>from</th><th>to</th><th>event</th><th>predicted</th><th>by</th><th>note</th></tr>",
    ...shown.toReversed().map(
      (event) =>
        `<tr>${cellsOf(event)
          .map((cell) => `<td>${escaped(cell)}</td>`)
          .join("")}</tr>`,
    ),
    "</table>",
  ].join("");
}

function cellsOf(event: KnownEvent): string[] {
  const { from, to, expectedCost, by, note } = event;
  const cost = expectedCost === undefined ? "unknown" : formatUsd(expectedCost);
  return [timeOf(from), timeOf(to), nameOf(event), cost, by, note];
}

function nameOf({ kind, color, release }: KnownEvent): string {
  return [kind, color, release].filter((part) => part !== undefined).join(" ");
}

function inkOf({ kind }: KnownEvent): string {
  const announced: readonly EventKind[] = ANNOUNCED_KINDS;
  return announced.includes(kind) ? INK.announced : INK.automatic;
}

function timeOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")}Z`;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
