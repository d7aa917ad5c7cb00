import { createHash } from "node:crypto";
import type { JsonObject } from "./json.ts";
import { type Part, settingsEntering } from "./key-settings.ts";
import type { ProviderRequest } from "./request.ts";
import { isDeferred } from "./request-blocks.ts";

/** One place of a prompt at which a cache entry can end. */
export interface PromptBlock {
  readonly block: JsonObject;
  /** Where the block stands in the request body, as the API's errors say it: `messages.0.content.1`. */
  readonly path: string;
  /** sha-256 of everything from the start of the prompt to the end of this block, markers left out. */
  readonly hash: string;
  /** Tokens from the start of the prompt to the end of this block. */
  readonly tokens: number;
  /** Counts look-back steps: blocks of one run of tool calls, or of tool results, share one. */
  readonly position: number;
}

/**
 * An image counts the same whatever its size (the vision guide bounds it by about 1,600); its base64 text
 * would count as a novel.
 */
const IMAGE_TOKENS = 1_600;

/** Within a run of these, all blocks are one look-back position (prompt caching guide, read 2026-09-26). */
const RUN_TYPES = new Set<unknown>(["tool_use", "tool_result"]);

/**
 * The blocks of a request in cache order: tools, system, messages.
 *
 * Tokens of a block are a quarter of the UTF-8 bytes of its JSON without marker, rounded up. A real tokenizer
 * gives another number, and a newer model's a larger one; nothing here depends on which.
 */
export function promptBlocks(request: ProviderRequest, betas: readonly string[]): readonly PromptBlock[] {
  const blocks: PromptBlock[] = [];
  let hash = "";
  let tokens = 0;
  let position = 0;

  const enter = (part: Part): void => {
    hash = chained(hash, part, settingsEntering(part, request, betas));
  };
  const append = (label: string, block: JsonObject, path: string): void => {
    const json = bytesOf(block);
    hash = chained(hash, label, json);
    tokens += block["type"] === "image" ? IMAGE_TOKENS : Math.ceil(Buffer.byteLength(json) / 4);
    const type = block["type"];
    if (!(RUN_TYPES.has(type) && blocks.at(-1)?.block["type"] === type)) position += 1;
    blocks.push({ block, path, hash, tokens, position });
  };

  enter("tools");
  request.tools.forEach((tool, i) => {
    if (!isDeferred(tool)) append("tool", tool, `tools.${i}`);
  });
  enter("system");
  request.system.forEach((block, i) => {
    append("system", block, `system.${i}`);
  });
  enter("messages");
  request.turns.forEach(({ role, content }, i) => {
    // The role is hashed with every block and the message's end is not: consecutive messages of one role
    // are one turn to the API.
    content.forEach((block, j) => {
      append(role, block, `messages.${i}.content.${j}`);
    });
  });
  return blocks;
}

/** A block's JSON in its own key order (the order of keys matters to the real cache too), without its marker. */
function bytesOf({ cache_control: _, ...block }: JsonObject): string {
  // Text in a string and text in an array of one block are the same prompt, however its keys are ordered.
  const { type, text, ...rest } = block;
  return type === "text" && Object.keys(rest).length === 0
    ? JSON.stringify({ type, text })
    : JSON.stringify(block);
}

/** Each step hashes the hash before it: the whole prompt is hashed once, not once per block. */
function chained(before: string, label: string, text: string): string {
  return createHash("sha256").update(before).update(`\n${label}\n`).update(text).digest("hex");
}
