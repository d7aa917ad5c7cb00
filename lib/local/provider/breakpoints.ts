import { shown } from "../../core/received.ts";
import { invalidRequest } from "./api-error.ts";
import { isObject } from "./json.ts";
import type { PromptBlock } from "./prompt-blocks.ts";
import { isCacheable } from "./request-blocks.ts";

export type Ttl = "5m" | "1h";

/** A block after which the request asks for a cache entry. */
export interface Breakpoint {
  readonly block: PromptBlock;
  /** Index of the block in the prompt. */
  readonly index: number;
  readonly ttl: Ttl;
}

const MAX_BREAKPOINTS = 4;

/**
 * The breakpoints of a prompt in order, the automatic one included (prompt caching guide, read 2026-09-26).
 *
 * @param automaticMarker the request's top-level `cache_control`
 * @throws ApiError 400 for a malformed marker, for more than four, for 1h after 5m, and for an automatic marker
 *   that contradicts the explicit one on its block
 */
export function readBreakpoints(
  blocks: readonly PromptBlock[],
  automaticMarker: unknown,
): readonly Breakpoint[] {
  const breakpoints = blocks.flatMap((block, index): Breakpoint[] => {
    const ttl = readMarker(block.block["cache_control"], block.path);
    return ttl === undefined ? [] : [{ block, index, ttl }];
  });
  const automaticTtl = readMarker(automaticMarker, "");
  const all = automaticTtl === undefined ? breakpoints : withAutomatic(blocks, breakpoints, automaticTtl);
  if (all.length > MAX_BREAKPOINTS) {
    throw invalidRequest(
      `cache_control: at most ${MAX_BREAKPOINTS} breakpoints are allowed, found ${all.length}`,
    );
  }
  const firstShort = all.findIndex(({ ttl }) => ttl === "5m");
  const lateLong = all.find(({ ttl }, i) => ttl === "1h" && firstShort !== -1 && i > firstShort);
  if (lateLong !== undefined) {
    throw invalidRequest(
      `${lateLong.block.path}.cache_control.ttl: 1h must not come after 5m in tools, system, messages`,
    );
  }
  return all;
}

/** Automatic caching marks the last block that can carry a marker; without such a block it does nothing. */
function withAutomatic(
  blocks: readonly PromptBlock[],
  explicit: readonly Breakpoint[],
  ttl: Ttl,
): readonly Breakpoint[] {
  const index = blocks.findLastIndex(({ block }) => isCacheable(block));
  const block = blocks[index];
  if (block === undefined) return explicit;
  const there = explicit.find((breakpoint) => breakpoint.index === index);
  if (there === undefined) return [...explicit, { block, index, ttl }];
  if (there.ttl !== ttl) {
    throw invalidRequest(
      `cache_control: ttl ${ttl} contradicts ttl ${there.ttl} on ${block.path}, its target block`,
    );
  }
  return explicit;
}

function readMarker(marker: unknown, path: string): Ttl | undefined {
  if (marker === undefined || marker === null) return undefined;
  const field = path === "" ? "cache_control" : `${path}.cache_control`;
  if (!isObject(marker) || marker["type"] !== "ephemeral") {
    throw invalidRequest(
      `${field}.type: must be "ephemeral", got ${shown(isObject(marker) ? marker["type"] : marker)}`,
    );
  }
  const ttl = marker["ttl"] ?? "5m";
  if (ttl !== "5m" && ttl !== "1h") throw invalidRequest(`${field}.ttl: must be 5m or 1h, got ${shown(ttl)}`);
  return ttl;
}
