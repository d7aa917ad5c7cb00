import { shown } from "../../core/received.ts";
import { invalidRequest } from "./api-error.ts";
import { isObject, type JsonObject } from "./json.ts";

/** One message of the conversation; text content is already an array of one block. */
export interface Turn {
  readonly role: "user" | "assistant" | "system";
  readonly content: readonly JsonObject[];
}

const ROLES = ["user", "assistant", "system"] as const;

/** @throws ApiError 400 */
export function readTurns(messages: unknown): readonly Turn[] {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw invalidRequest("messages: must be an array of at least one message");
  }
  return messages.map((message: unknown, i) => {
    const path = `messages.${i}`;
    if (!isObject(message)) throw invalidRequest(`${path}: must be an object`);
    const role = ROLES.find((candidate) => candidate === message["role"]);
    if (role === undefined) throw invalidRequest(`${path}.role: must be one of ${ROLES.join(", ")}`);
    const content = message["content"];
    const blocks = typeof content === "string" ? [{ type: "text", text: content }] : content;
    return { role, content: checkBlocks(blocks, `${path}.content`) };
  });
}

/** @throws ApiError 400 if the list at `path` is not made of blocks that the API takes */
export function checkBlocks(list: unknown, path: string): readonly JsonObject[] {
  if (!Array.isArray(list)) throw invalidRequest(`${path}: must be an array`);
  list.forEach((block: unknown, i) => {
    if (!isObject(block)) throw invalidRequest(`${path}.${i}: must be an object`);
    if (path === "tools") checkTool(block, `${path}.${i}`);
    else checkContent(block, `${path}.${i}`);
  });
  return list;
}

function checkTool(tool: JsonObject, path: string): void {
  if (typeof tool["name"] !== "string" && typeof tool["type"] !== "string") {
    throw invalidRequest(`${path}.name: must be the tool's name`);
  }
  if (isDeferred(tool) && isMarked(tool)) {
    throw invalidRequest(`${path}.cache_control: a tool with defer_loading is not part of the cached prefix`);
  }
}

function checkContent(block: JsonObject, path: string): void {
  const type = block["type"];
  if (typeof type !== "string")
    throw invalidRequest(`${path}.type: must be a block type, got ${shown(type)}`);
  if (type === "text") checkText(block, path);
  if (!isCacheable(block) && isMarked(block)) {
    throw invalidRequest(`${path}.cache_control: is not allowed on a ${type} block`);
  }
  const inner =
    type === "document" ? (block["source"] as JsonObject | undefined)?.["content"] : block["content"];
  if (Array.isArray(inner) && inner.some((part) => isObject(part) && isMarked(part))) {
    throw invalidRequest(`${path}: a part of a block cannot be cached; put cache_control on the block`);
  }
}

function checkText(block: JsonObject, path: string): void {
  const text = block["text"];
  if (typeof text !== "string") throw invalidRequest(`${path}.text: must be a string`);
  if (text === "" && isMarked(block))
    throw invalidRequest(`${path}.text: an empty text cannot have cache_control`);
  if (text.trim() === "") throw invalidRequest(`${path}.text: must contain something besides white space`);
}

/** Deferred tools are not part of the prefix (tool use with prompt caching, read 2026-08-21). */
export function isDeferred(tool: JsonObject): boolean {
  return tool["defer_loading"] === true;
}

/** Thinking is cached along with what follows it, but carries no breakpoint of its own. */
export function isCacheable(block: JsonObject): boolean {
  return block["type"] !== "thinking" && block["type"] !== "redacted_thinking";
}

function isMarked(block: JsonObject): boolean {
  return block["cache_control"] !== undefined && block["cache_control"] !== null;
}
