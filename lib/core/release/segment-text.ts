import type { RequestBody, Segment } from "../prefix.ts";

/**
 * What a person reads of a segment, and what byte offsets in it count.
 *
 * A plain text is read as text, as it stands in the prompt's source: its path ends with `.text` or `.content`, or is
 * `system`. Everything else is read as the JSON that is hashed: the block without its cache marker, in a message
 * inside its message. Counting JSON everywhere would be simpler, but each line break and quote before the place would
 * shift it by a byte from where an editor shows it.
 */
export interface SegmentText {
  readonly path: string;
  readonly text: string;
  readonly kind: "text" | "json";
}

export function segmentText({ path, bytes }: Segment): SegmentText {
  const block: unknown = JSON.parse(bytes);
  if (typeof block === "string") return { path, text: block, kind: "text" };
  const json: SegmentText = { path, text: bytes, kind: "json" };
  if (!path.startsWith("messages")) return plainText(path, block) ?? json;
  const { role: _role, content, ...around } = block as { role?: unknown; content?: unknown };
  if (Object.keys(around).length > 0) return json;
  if (typeof content === "string") return { path: `${path}.content`, text: content, kind: "text" };
  return plainText(path, content) ?? json;
}

/** A text block with nothing beside its text, such as citations. */
function plainText(path: string, block: unknown): SegmentText | undefined {
  const { type, text, ...rest } = block as { type?: unknown; text?: unknown };
  if (type !== "text" || typeof text !== "string" || Object.keys(rest).length > 0) return undefined;
  return { path: `${path}.text`, text, kind: "text" };
}

const NO_SETTINGS = new Set(["model", "tools", "system", "messages"]);

/** A cut prefix's settings, each as its JSON: what takes part in the cache key beside model and segments. */
export function settingsOf(body: RequestBody): Map<string, string> {
  return new Map(
    Object.entries(body).flatMap(([field, value]) =>
      NO_SETTINGS.has(field) ? [] : [[field, JSON.stringify(value)] as const],
    ),
  );
}

/** UTF-8 bytes before the index of a text, counted in UTF-16 units as JavaScript does. */
export function byteAt(text: string, index: number): number {
  return Buffer.byteLength(text.slice(0, index));
}

/** A string of a JSON text that `JSON.stringify` wrote: a value, or a key. */
export interface JsonString {
  readonly value: string;
  /** The key whose value it is, also inside an array; `undefined` for a key itself. */
  readonly key?: string;
  /** Index in the JSON of its opening quote. */
  readonly start: number;
  /** UTF-8 bytes of the JSON before the index in `value`. */
  readonly byteAt: (index: number) => number;
}

/** Every string of a JSON text, in order. */
export function* stringsOf(json: string): Generator<JsonString> {
  let key: string | undefined;
  for (let start = json.indexOf('"'); start >= 0; start = json.indexOf('"', start)) {
    const end = endOfString(json, start);
    const value = JSON.parse(json.slice(start, end)) as string;
    const quote = start;
    const at = (index: number) =>
      byteAt(json, quote + 1) + Buffer.byteLength(JSON.stringify(value.slice(0, index))) - 2;
    if (json[end] === ":") {
      key = value;
      yield { value, start, byteAt: at };
    } else {
      yield { value, ...(key !== undefined && { key }), start, byteAt: at };
    }
    start = end;
  }
}

function endOfString(json: string, start: number): number {
  let i = start + 1;
  while (i < json.length && json[i] !== '"') i += json[i] === "\\" ? 2 : 1;
  return i + 1;
}
