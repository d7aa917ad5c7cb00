import type { Survivor } from "./score.ts";

/** A survivor that no test can find, and why. */
export interface Equivalent {
  readonly file: string;
  /** The line's text, without white space around it, or a part that only it has. */
  readonly line: string;
  /** What it becomes; every change of the line where it is left out. */
  readonly becomes?: string;
  readonly why: string;
}

export const EQUIVALENTS: readonly Equivalent[] = [
  {
    file: "lib/core/prices.ts",
    line: "return row.abovePromptTokens > other.abovePromptTokens;",
    why: "The table lists the lower tier first, and its rows differ: whatever comes later wins in either form.",
  },
  {
    file: "lib/core/prices.ts",
    line: "return row.from > other.from;",
    why: "The table lists the older row first, and its rows differ: whatever comes later wins in either form.",
  },
  {
    file: "lib/core/prices.ts",
    line: "(best, row) => (best === undefined || supersedes(row, best) ? row : best),",
    becomes: "true",
    why: "As above: the table is in order, and the last row is the right one.",
  },
  {
    file: "lib/core/prices.ts",
    line: "const today = new Date(at).toISOString().slice(0, 10);",
    becomes: "new Date(at).toISOString()",
    why: "A day and its instants compare alike with the days of the table: a text is greater than its beginning.",
  },
];

export function whyEquivalent(survivor: Survivor): string | undefined {
  return EQUIVALENTS.find(
    ({ file, line, becomes }) =>
      survivor.file === file &&
      survivor.text.includes(line) &&
      (becomes === undefined || survivor.replacement === becomes),
  )?.why;
}
