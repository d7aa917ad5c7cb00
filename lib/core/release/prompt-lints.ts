import { estimateTokens } from "../estimate.ts";
import { minimumTokens } from "../models.ts";
import type { Prefix, Segment } from "../prefix.ts";
import { randomIdsIn, uuidsIn } from "./prompt-lints-ids.ts";
import { lintKeyOrder } from "./prompt-lints-order.ts";
import { epochsInJson, type Suspect, timesIn } from "./prompt-lints-times.ts";
import { byteAt, segmentText, settingsOf, stringsOf } from "./segment-text.ts";

/** What a prompt file is looked through for. Codes are API. */
export const LINT_CODES = [
  "timestamp",
  "uuid",
  "random_id",
  "key_order",
  "tool_order",
  "below_minimum",
  "look_back",
] as const;

export type LintCode = (typeof LINT_CODES)[number];

/**
 * A smell in a prompt file.
 *
 * None refuses a release by itself: the file is fixed text, so the warmer sends the same bytes each time whatever
 * stands in it, and a date or an id may well be meant. What smells is that the application builds these bytes anew
 * and gets others. What no cache would take (a fifth breakpoint, a size surely below the minimum) is no lint but a
 * fault, and is refused where the file is read.
 */
export interface Lint {
  /** The segment, or the text in it: see `SegmentText`. */
  readonly path: string;
  readonly code: LintCode;
  /** UTF-8 byte at which it stands in that text; absent if it is about all of it. */
  readonly byte?: number;
  /** Names positions and lengths, never text of the prompt. */
  readonly message: string;
}

/** Positions that a read looks at per breakpoint, itself included (prompt caching guide, read 2026-09-26). */
const LOOK_BACK_POSITIONS = 20;

/** Content that is no text: encoded, signed or encrypted. */
const OPAQUE_KEYS = new Set(["data", "signature", "encrypted_content", "encrypted_index"]);

/** Ids that the API gives or asks for, in their own places. */
const API_ID_KEYS = new Set(["id", "tool_use_id", "file_id"]);

/** Values that a schema documents. */
const EXAMPLE_KEYS = new Set(["example", "examples", "default", "const", "enum", "pattern"]);

/** Looks through what stands before the last breakpoint. */
export function lintPrefix(prefix: Prefix): Lint[] {
  return [
    ...lintSettings(prefix),
    ...prefix.segments.flatMap(lintSegment),
    ...lintKeyOrder(prefix),
    ...lintSize(prefix),
    ...lintLookBack(prefix),
  ];
}

/** `system[1].text at byte 812: timestamp: …`, for people. */
export function lintText({ path, byte, code, message }: Lint): string {
  return `${path}${byte === undefined ? "" : ` at byte ${byte}`}: ${code}: ${message}`;
}

interface Found extends Suspect {
  readonly code: LintCode;
  /** Asked for the first place only: counting bytes walks the text from its start. */
  readonly byte: () => number;
}

function lintSegment(segment: Segment): Lint[] {
  const { path, text, kind } = segmentText(segment);
  return lintsOf(
    path,
    kind === "text" ? suspectsIn(text, (index) => byteAt(text, index)) : suspectsInJson(text),
  );
}

/** Settings take part in the cache key too: a container's id, the address of an MCP server. */
function lintSettings({ body }: Prefix): Lint[] {
  return [...settingsOf(body)].flatMap(([field, json]) => lintsOf(field, suspectsInJson(json)));
}

function suspectsInJson(json: string): Found[] {
  const found = named("timestamp", epochsInJson(json), (index) => byteAt(json, index));
  for (const { value, key, start, byteAt: at } of stringsOf(json)) {
    if (key !== undefined && (OPAQUE_KEYS.has(key) || EXAMPLE_KEYS.has(key))) continue;
    for (const one of suspectsIn(value, at, key)) found.push({ ...one, index: start + one.index });
  }
  return found;
}

function suspectsIn(text: string, at: (index: number) => number, key?: string): Found[] {
  return [
    ...named("timestamp", timesIn(text), at),
    ...named("uuid", uuidsIn(text), at),
    ...(key !== undefined && API_ID_KEYS.has(key) ? [] : named("random_id", randomIdsIn(text, key), at)),
  ];
}

function named(code: LintCode, suspects: readonly Suspect[], at: (index: number) => number): Found[] {
  return suspects.map((suspect) => ({ ...suspect, code, byte: () => at(suspect.index) }));
}

/** One lint per code and text, for the first place: a log in a prompt has a thousand dates. */
function lintsOf(path: string, found: readonly Found[]): Lint[] {
  return LINT_CODES.flatMap((code) => {
    const places = found.filter((one) => one.code === code).sort((a, b) => a.index - b.index);
    const [first] = places;
    if (first === undefined) return [];
    const more = new Set(places.map(({ index }) => index)).size - 1;
    const message = `looks like a value of the moment (${first.form}, ${first.length} characters${more === 0 ? "" : `; ${more} more in this text`}): if the application writes it anew, it never reads this prefix; move it behind the last breakpoint`;
    return [{ path, code, byte: first.byte(), message }];
  });
}

function lintSize({ model, body }: Prefix): Lint[] {
  const minimum = minimumTokens(model);
  const { least } = estimateTokens(Buffer.byteLength(JSON.stringify(body)));
  if (minimum === undefined || least >= minimum) return [];
  return [
    {
      path: "(root)",
      code: "below_minimum",
      message: `may lie below the ${minimum} tokens that ${model} needs; count it before you rely on it`,
    },
  ];
}

/**
 * Breakpoints that cannot see each other. A request reads the entry of an earlier breakpoint only if it still marks
 * it, or if it lies within the look-back of a later one. Tools before the first breakpoint are no matter: no entry
 * ends there.
 */
function lintLookBack({ segments }: Prefix): Lint[] {
  const lints: Lint[] = [];
  let position = 0;
  let run: string | undefined;
  let last: { readonly path: string; readonly position: number } | undefined;
  for (const segment of segments) {
    const type = runOf(segment);
    if (type === undefined || type !== run) position += 1;
    run = type;
    if (segment.marker === undefined) continue;
    const distance = position - (last?.position ?? position);
    if (distance >= LOOK_BACK_POSITIONS) {
      lints.push({
        path: segment.path,
        code: "look_back",
        message: `is ${distance} blocks after the breakpoint on ${last?.path}; the provider looks back over ${LOOK_BACK_POSITIONS}, the breakpoint itself included: once a block in between changes, a request that does not mark ${last?.path} as well writes all of it anew; put a breakpoint in between`,
      });
    }
    last = { path: segment.path, position };
  }
  return lints;
}

/** Within a run of tool calls, or of tool results, all blocks are one position (same guide). */
function runOf({ path, bytes }: Segment): string | undefined {
  if (!path.startsWith("messages")) return undefined;
  const { content } = JSON.parse(bytes) as { content?: { type?: unknown } | string };
  const type = typeof content === "object" ? content.type : undefined;
  return type === "tool_use" || type === "tool_result" ? type : undefined;
}
