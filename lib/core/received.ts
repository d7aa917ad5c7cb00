const MAX_SHOWN = 40;

/** A received value as an error may show it: quoted, control characters escaped, cut to 40 characters. */
export function shown(value: unknown): string {
  const text = typeof value === "string" ? value : typeof value === "number" ? String(value) : jsonOf(value);
  const cut = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return typeof value === "string" ? escaped(JSON.stringify(cut)) : escaped(cut);
}

const MAX_LINE = 400;

/** A message that quotes what it received as it came: each line escaped, and cut to 400 characters. */
export function shownLines(message: string): string {
  const cut = (line: string) => (line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line);
  return message
    .split("\n")
    .map((line) => escaped(cut(line)))
    .join("\n");
}

/** An error must not fail for its example: a big integer, a circle, a `toJSON` that throws have no JSON. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value === "bigint" ? String(value) : `(${typeof value})`;
  }
}

/** JSON escapes C0, and not all here is JSON; a terminal also obeys DEL, C1 and the bidirectional controls. */
function escaped(text: string): string {
  return text.replace(
    /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
