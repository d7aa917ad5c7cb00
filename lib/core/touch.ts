import type { RequestBody } from "./prefix.ts";
import { prefixRequest } from "./prefix-request.ts";
import { shown } from "./received.ts";

/** The user message that follows a prefix which ends before the conversation. It is billed as a few tokens. */
const PLACEHOLDER = { role: "user", content: "warmup" } as const;

/** Upper bound for what a touch is billed outside the prefix (placeholder and framing), in tokens. */
export const UNCACHED_TOKENS_PER_TOUCH = 64;

/** How to touch a prefix, or why it must not be touched. */
export type TouchForm =
  | {
      readonly kind: "touch";
      readonly request: RequestBody;
      /** Output tokens that the request may be billed, at most. */
      readonly outputTokens: number;
    }
  | { readonly kind: "unsafe"; readonly reason: string };

/**
 * The request that touches a prefix: the prefix as the application sends it, a placeholder message, and as
 * little output as the provider allows.
 *
 * `max_tokens: 0` is the documented way to warm. It is refused together with enabled thinking, structured
 * output and a forced tool (prompt caching guide, read 2026-09-26). Those settings take part in the cache
 * key, so they stay, and the touch pays for the smallest output that the combination takes. Server tools and
 * MCP servers may act on the world and bill on their own: they are touched with 0 or not at all.
 */
export function touchForm(body: RequestBody): TouchForm {
  const budget = enabledThinkingBudget(body);
  if (budget === "invalid") {
    return {
      kind: "unsafe",
      reason: `thinking.budget_tokens must be a positive integer, got ${shown((body["thinking"] as RequestBody)["budget_tokens"])}`,
    };
  }
  const outputTokens = budget !== undefined ? budget + 1 : hasFormat(body) || forcesTool(body) ? 1 : 0;
  if (outputTokens > 0 && actsOnTheWorld(body)) {
    return {
      kind: "unsafe",
      reason: "has server tools or MCP servers and a setting that refuses max_tokens 0; a touch could act",
    };
  }
  const tail = tailOf(body);
  if (tail === undefined) {
    return {
      kind: "unsafe",
      reason: "ends inside an assistant message with a tool call; put the breakpoint on the tool result",
    };
  }
  return {
    kind: "touch",
    request: prefixRequest(body, { messages: tail, max_tokens: outputTokens }),
    outputTokens,
  };
}

/** The messages that make a cut prefix a valid request: none if it already ends with the user. */
function tailOf(body: RequestBody): readonly (typeof PLACEHOLDER)[] | undefined {
  const messages = (body["messages"] ?? []) as readonly { role?: unknown; content?: unknown }[];
  const last = messages.at(-1);
  if (last === undefined) return [PLACEHOLDER];
  if (last.role === "user") return [];
  const blocks = Array.isArray(last.content) ? (last.content as { type?: unknown }[]) : [];
  return blocks.some((block) => block.type === "tool_use") ? undefined : [PLACEHOLDER];
}

function enabledThinkingBudget(body: RequestBody): number | undefined | "invalid" {
  const thinking = body["thinking"] as { type?: unknown; budget_tokens?: unknown } | undefined;
  if (thinking?.type !== "enabled") return undefined;
  const budget = thinking.budget_tokens;
  return Number.isSafeInteger(budget) && (budget as number) > 0 ? (budget as number) : "invalid";
}

function hasFormat(body: RequestBody): boolean {
  const config = body["output_config"] as { format?: unknown } | undefined;
  return (config?.format ?? body["output_format"]) !== undefined;
}

function forcesTool(body: RequestBody): boolean {
  const choice = body["tool_choice"] as { type?: unknown } | undefined;
  return choice?.type === "any" || choice?.type === "tool";
}

/** A tool with a versioned `type` other than `custom` runs at the provider (web search, code execution, …). */
function actsOnTheWorld(body: RequestBody): boolean {
  const tools = (body["tools"] ?? []) as readonly { type?: unknown }[];
  const servers = body["mcp_servers"];
  return (
    tools.some((tool) => tool.type !== undefined && tool.type !== "custom") ||
    (Array.isArray(servers) && servers.length > 0)
  );
}
