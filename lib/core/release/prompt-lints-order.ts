import type { Prefix, Segment } from "../prefix.ts";
import type { Lint } from "./prompt-lints.ts";

/** Keys of a tool and of a JSON Schema that have a usual order; other keys are names, and their order is meant. */
const KEYWORDS = new Set([
  "name",
  "description",
  "input_schema",
  "type",
  "properties",
  "required",
  "items",
  "enum",
  "additionalProperties",
]);

/** Under these, keys are names and values are schemas. */
const NAMED_SCHEMAS = new Set(["properties", "patternProperties", "$defs", "definitions"]);

/** Under these stand values, not schemas. */
const VALUES = new Set(["enum", "const", "default", "example", "examples"]);

/**
 * Tools of one file whose keys stand in different orders. Whoever writes schemas by hand may do that; a serializer
 * that walks an unordered map does it too, and writes other bytes next time.
 */
export function lintKeyOrder(prefix: Prefix): Lint[] {
  const seen = new Map<string, string>();
  const reversed = prefix.segments.filter(isTool).flatMap(({ path, bytes }) => {
    const odd = [...pairsIn(JSON.parse(bytes))].filter(([first, second]) => {
      if (seen.has(`${second} ${first}`)) return true;
      if (!seen.has(`${first} ${second}`)) seen.set(`${first} ${second}`, path);
      return false;
    });
    return odd.slice(0, 1).map(([key, next]) => ({ path, key, next }));
  });
  const [first] = reversed;
  if (first === undefined) return [];
  const { path, key, next } = first;
  const earlier = seen.get(`${next} ${key}`);
  const where = earlier === path ? "and elsewhere in it" : `and ${earlier} has them`;
  return [
    {
      path,
      code: "key_order",
      message: `has "${key}" before "${next}", ${where} the other way round${others(reversed.length, "tool")}: if a program writes them from an unordered map, the bytes change from run to run; let it write keys in one fixed order`,
    },
  ];
}

/**
 * The same content in another order than in the release before: that is what an unordered map or an unsorted list of
 * tools looks like, and it is a full write for nothing.
 */
export function lintOrderSince(previous: Prefix, prefix: Prefix): Lint[] {
  const tools = prefix.segments.filter(isTool);
  const toolsBefore = previous.segments.filter(isTool);
  const moved = tools.find(({ bytes }, i) => bytes !== toolsBefore[i]?.bytes);
  if (moved !== undefined && sameSet(tools, toolsBefore)) {
    return [
      {
        path: moved.path,
        code: "tool_order",
        message:
          "the same tools in another order than in the release before: every later byte is another prefix; sort the tools by name where the request is built",
      },
    ];
  }
  const before = new Map(previous.segments.map(({ path, bytes }) => [path, bytes]));
  const shuffled = prefix.segments.filter(({ path, bytes }) => {
    const earlier = before.get(path);
    return earlier !== undefined && earlier !== bytes && sorted(earlier) === sorted(bytes);
  });
  const [first] = shuffled;
  if (first === undefined) return [];
  return [
    {
      path: first.path,
      code: "key_order",
      message: `the same keys and values in another order than in the release before${others(shuffled.length, "block")}: every later byte is another prefix; let the program that writes it keep one fixed order of keys`,
    },
  ];
}

function isTool({ path }: Segment): boolean {
  return path.startsWith("tools[");
}

function sameSet(tools: readonly Segment[], others: readonly Segment[]): boolean {
  const bytes = (segments: readonly Segment[]) =>
    segments
      .map((segment) => segment.bytes)
      .sort()
      .join("\n");
  return bytes(tools) === bytes(others);
}

function others(count: number, what: string): string {
  return count === 1 ? "" : ` (and ${count - 1} more ${what}${count === 2 ? "" : "s"})`;
}

/** Pairs of keywords in the order in which each schema of a tool has them. */
function* pairsIn(schema: unknown): Generator<[first: string, second: string]> {
  if (typeof schema !== "object" || schema === null) return;
  const keys = Array.isArray(schema) ? [] : Object.keys(schema).filter((key) => KEYWORDS.has(key));
  for (const [i, first] of keys.entries()) {
    for (const second of keys.slice(i + 1)) yield [first, second];
  }
  for (const [key, value] of Object.entries(schema)) {
    if (VALUES.has(key)) continue;
    if (NAMED_SCHEMAS.has(key) && typeof value === "object" && value !== null) {
      for (const named of Object.values(value)) yield* pairsIn(named);
    } else yield* pairsIn(value);
  }
}

/** A JSON text with the keys of every object sorted. */
function sorted(json: string): string {
  return JSON.stringify(JSON.parse(json), (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
