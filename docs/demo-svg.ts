import { readFileSync, writeFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";

/** Written by `npm run docs` from what the demo prints; a test fails when it is stale. */
export const DEMO_SVG = new URL("demo.svg", import.meta.url);

/** Columns that fit: longer lines are wrapped at a space. */
const COLUMNS = 110;
const CELL = { width: 7.8, height: 20 };
const MARGIN = 20;
export const WIDTH = 2 * MARGIN + COLUMNS * CELL.width;

/** A panel of its own, so that it reads the same on a light page and on a dark one. */
const PANEL = "#161b22";
const BORDER = "#6e7681";
const INK = { plain: "#d1d9e0", faint: "#9198a1", good: "#56d364", bad: "#ff7b72", act: "#79c0ff" };

/** What stands between two runs of spaces, and where. */
interface Word {
  readonly column: number;
  readonly text: string;
}

/**
 * Draws printed lines as a picture of a terminal. Each word has its place and its length, so that whatever monospaced
 * font a reader has, columns stay columns and nothing leaves the panel.
 */
export function demoSvg(printed: readonly string[]): string {
  const lines = ["$ npm run demo", ...printed].flatMap((line) => wrapped(stripVTControlCharacters(line)));
  const height = 2 * MARGIN + lines.length * CELL.height;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title description">`,
    '<title id="title">What npm run demo prints</title>',
    '<desc id="description">Six hours of one application in three lanes: with this warmer, with a cron pinned to blue, and with no warmer. Its lines are text, in reading order.</desc>',
    `<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8" fill="${PANEL}" stroke="${BORDER}"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13">`,
    ...lines.flatMap((line, row) => wordsOf(line).map((word) => drawn(word, row, inkOf(word, line)))),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

export function writtenDemoSvg(): string {
  return readFileSync(DEMO_SVG, "utf8");
}

// --- internal ---

/** The rest of a long line stands below, as deep as the text of a timeline's row. */
function wrapped(line: string): string[] {
  if (line.length <= COLUMNS) return [line];
  const space = line.lastIndexOf(" ", COLUMNS);
  const end = space > COLUMNS / 2 ? space : COLUMNS;
  const indent = " ".repeat(/^ {2}\d\d:\d\d:\d\d {2}|^ */.exec(line)?.[0].length ?? 0);
  return [line.slice(0, end), ...wrapped(indent + line.slice(end).trimStart())];
}

function wordsOf(line: string): Word[] {
  return [...line.matchAll(/\S+(?: \S+)*/g)].map(({ 0: text, index: column }) => ({ column, text }));
}

function drawn({ column, text }: Word, row: number, ink: string): string {
  const x = round(MARGIN + column * CELL.width);
  const y = MARGIN + row * CELL.height + 14;
  const length = round(text.length * CELL.width);
  return `<text x="${x}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs" fill="${ink}">${escaped(text)}</text>`;
}

function inkOf({ column, text }: Word, line: string): string {
  if (line.startsWith("$") || line.startsWith("this warmer")) return INK.good;
  if (line.startsWith("cron pinned") || line.startsWith("no warmer")) return INK.faint;
  if (column === 2 && /^[\d:]+$/.test(text)) return INK.faint;
  if (/^ALARM\b/.test(text)) return INK.bad;
  if (/^(pipeline|gate)\b/.test(text) || text.startsWith("▼")) return INK.act;
  return INK.plain;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

if (process.argv[1]?.endsWith("demo-svg.ts")) {
  // Not above: a test has played the demo already, and the picture needs nothing of it.
  const { playFoundingStory } = await import("../examples/demo/founding-story.ts");
  const lines: string[] = [];
  await playFoundingStory((line) => lines.push(line));
  writeFileSync(DEMO_SVG, demoSvg(lines));
}
