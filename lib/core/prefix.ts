import { createHash } from "node:crypto";
import type { Ttl } from "./due.ts";

/** A Messages API request body, as far as the cache cares. Unknown fields are kept as they are. */
export type RequestBody = { readonly [field: string]: unknown };

type Block = Record<string, unknown>;

/** One cacheable position of a prefix, in the provider's order: tools, system, messages. */
export interface Segment {
  /** Where it stands in the request body: `tools[2]`, `system[0]`, `messages[1].content[0]`. */
  readonly path: string;
  /** The block's exact JSON without its cache marker; a message's block stands inside its message. */
  readonly bytes: string;
  /** The cache breakpoint on this block, if any. */
  readonly marker?: Ttl;
}

/** The cacheable head of a request: everything up to the last breakpoint. */
export interface Prefix {
  readonly model: string;
  /** The request body cut after the last breakpoint, markers included; what a touch sends. */
  readonly body: RequestBody;
  readonly segments: readonly Segment[];
  /** sha-256 of model, settings and segments, without markers: which cache entry this is. */
  readonly fingerprint: string;
  /** sha-256 of where the markers stand and their TTLs. */
  readonly markers: string;
  /** TTL of the last breakpoint: how long the whole prefix lives. */
  readonly ttl: Ttl;
}

/** Fields of a request that take no part in the cache key; everything else does, or may. */
const NOT_IN_KEY = new Set([
  "max_tokens",
  "stream",
  "metadata",
  "stop_sequences",
  "diagnostics",
  "cache_control",
]);

/** Whether a field of a request takes part in the cache key, or may: unknown ones do. */
export function isInCacheKey(field: string): boolean {
  return !NOT_IN_KEY.has(field);
}

const PARTS = new Set(["model", "tools", "system", "messages"]);

const MAX_BREAKPOINTS = 4;

/** A request that has no prefix to keep warm, and why. */
export interface PrefixFault {
  readonly path: string;
  readonly message: string;
}

/**
 * Cuts a request after its last breakpoint.
 *
 * Automatic caching (a top-level `cache_control`) is no breakpoint here: the provider would key the entry
 * to the warmer's placeholder message, which nobody else ever sends.
 */
export function cutPrefix(request: RequestBody): Prefix | PrefixFault {
  const model = request["model"];
  if (typeof model !== "string" || model === "") {
    return { path: "model", message: "must be the model's id, as the application sends it" };
  }
  const segments = segmentsOf(request);
  if ("message" in segments) return segments;
  const last = segments.findLastIndex((segment) => segment.marker !== undefined);
  const lastMarker = segments[last]?.marker;
  if (lastMarker === undefined) return noBreakpoint(request, segments);
  const head = segments.slice(0, last + 1);
  const order = markerFault(head);
  if (order !== undefined) return order;

  const settings = Object.keys(request)
    .filter((field) => !PARTS.has(field) && isInCacheKey(field))
    .sort();
  const body = cutBody(request, settings, head);
  return {
    model,
    body,
    segments: head,
    fingerprint: sha256(
      JSON.stringify([
        model,
        settings.map((field) => [field, request[field]]),
        // Paths are hashed too: the same text as a tool and as a system block are different prefixes.
        head.map((segment) => [segment.path, segment.bytes]),
      ]),
    ),
    markers: sha256(JSON.stringify(head.flatMap(({ path, marker }) => (marker ? [[path, marker]] : [])))),
    ttl: lastMarker,
  };
}

export function isPrefix(result: Prefix | PrefixFault): result is Prefix {
  return "fingerprint" in result;
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function segmentsOf(request: RequestBody): Segment[] | PrefixFault {
  const segments: Segment[] = [];
  const add = (path: string, value: unknown, message?: Block): PrefixFault | undefined => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return { path, message: "must be an object" };
    }
    const { cache_control: control, ...block } = value as Block;
    const marker = readMarker(control);
    if (marker === "invalid")
      return { path: `${path}.cache_control`, message: 'must be {"type":"ephemeral"} with ttl "5m" or "1h"' };
    const bytes = JSON.stringify(message === undefined ? block : { ...message, content: block });
    segments.push({ path, bytes, ...(marker && { marker }) });
    return undefined;
  };

  for (const part of ["tools", "system"] as const) {
    const value = request[part];
    if (value === undefined || value === null) continue;
    if (part === "system" && typeof value === "string") {
      segments.push({ path: "system", bytes: JSON.stringify(value) });
      continue;
    }
    if (!Array.isArray(value)) return { path: part, message: "must be an array" };
    for (const [i, block] of value.entries()) {
      const fault = add(`${part}[${i}]`, block);
      if (fault !== undefined) return fault;
    }
  }
  const messages = request["messages"] ?? [];
  if (!Array.isArray(messages)) return { path: "messages", message: "must be an array" };
  for (const [i, message] of messages.entries()) {
    // Its role, and whatever else a message carries: all of it is sent, so all of it is hashed.
    const { content, ...around } = (message ?? {}) as Block;
    if (typeof content === "string") {
      segments.push({ path: `messages[${i}]`, bytes: JSON.stringify({ ...around, content }) });
      continue;
    }
    if (!Array.isArray(content))
      return { path: `messages[${i}].content`, message: "must be a string or an array" };
    for (const [j, block] of content.entries()) {
      const fault = add(`messages[${i}].content[${j}]`, block, around);
      if (fault !== undefined) return fault;
    }
  }
  return segments;
}

function readMarker(control: unknown): Ttl | undefined | "invalid" {
  if (control === undefined || control === null) return undefined;
  const { type, ttl = "5m" } = control as Block;
  return type === "ephemeral" && (ttl === "5m" || ttl === "1h") ? ttl : "invalid";
}

/** The provider's own rules for breakpoints (prompt caching guide, read 2026-09-26): it answers 400 otherwise. */
function markerFault(head: readonly Segment[]): PrefixFault | undefined {
  const marked = head.filter((segment) => segment.marker !== undefined);
  const fifth = marked[MAX_BREAKPOINTS];
  if (fifth !== undefined) {
    return { path: fifth.path, message: `is breakpoint number 5; a request may have ${MAX_BREAKPOINTS}` };
  }
  const firstShort = marked.findIndex((segment) => segment.marker === "5m");
  const longAfterShort = marked.find(
    (segment, i) => segment.marker === "1h" && firstShort >= 0 && i > firstShort,
  );
  if (longAfterShort !== undefined) {
    return { path: longAfterShort.path, message: "has a 1h breakpoint after a 5m one; 1h must come first" };
  }
  return undefined;
}

function noBreakpoint(request: RequestBody, segments: readonly Segment[]): PrefixFault {
  const shared = segments.findLast((segment) => !segment.path.startsWith("messages"));
  const where =
    shared?.path === "system" ? "system (as an array of text blocks), on its last block" : shared?.path;
  const automatic =
    request["cache_control"] === undefined
      ? ""
      : " (the top-level cache_control is automatic caching, which would key the entry to the warm request)";
  return {
    path: where ?? "system",
    message: `has no cache breakpoint${automatic}; put "cache_control":{"type":"ephemeral","ttl":"1h"} on ${where ?? "the last shared system block"}`,
  };
}

/** Rebuilds the body in the order tools, system, messages, with nothing after the last breakpoint. */
function cutBody(request: RequestBody, settings: readonly string[], head: readonly Segment[]): RequestBody {
  const body: Record<string, unknown> = { model: request["model"] };
  for (const field of settings) body[field] = request[field];
  const lastPath = head.at(-1)?.path ?? "";
  const tools = request["tools"];
  if (Array.isArray(tools) && tools.length > 0) {
    body["tools"] = lastPath.startsWith("tools") ? tools.slice(0, indexIn(lastPath) + 1) : tools;
  }
  if (lastPath.startsWith("tools")) return body;
  const system = request["system"];
  if (system !== undefined && system !== null) {
    body["system"] =
      lastPath.startsWith("system[") && Array.isArray(system)
        ? system.slice(0, indexIn(lastPath) + 1)
        : system;
  }
  if (!lastPath.startsWith("messages")) return body;
  const [messageIndex = 0, blockIndex = 0] = [...lastPath.matchAll(/\[(\d+)\]/g)].map((match) =>
    Number(match[1]),
  );
  const messages = request["messages"] as Block[];
  body["messages"] = messages
    .slice(0, messageIndex + 1)
    .map((message, i) =>
      i === messageIndex
        ? { ...message, content: (message["content"] as unknown[]).slice(0, blockIndex + 1) }
        : message,
    );
  return body;
}

function indexIn(path: string): number {
  return Number(/\[(\d+)\]$/.exec(path)?.[1]);
}
