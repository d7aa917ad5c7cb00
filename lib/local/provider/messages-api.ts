import type { Usage } from "../../core/usage.ts";

/** What goes into the answer to a message. */
export interface Reply {
  readonly messageId: string;
  readonly model: string;
  readonly text: string;
  readonly stopReason: "end_turn" | "max_tokens";
  /** `undefined`: the answer leaves its usage out. */
  readonly usage: Usage | undefined;
  readonly inferenceGeo: string;
  readonly speed: string;
  readonly asksForDiagnosis: boolean;
}

/** The answer of `POST /v1/messages`: SDK 1.11.0 types (2026-11-19); guide's pre-warming sample, read 2026-09-26. */
export function messageBody(reply: Reply): object {
  return {
    id: reply.messageId,
    type: "message",
    role: "assistant",
    model: reply.model,
    content: reply.text === "" ? [] : [textBlock(reply.text)],
    stop_reason: reply.stopReason,
    stop_sequence: null,
    stop_details: null,
    container: null,
    // A comparison with the earlier request is not simulated; "unavailable" is what the API says when it has none.
    diagnostics: reply.asksForDiagnosis ? { cache_miss_reason: { type: "unavailable" } } : null,
    ...(reply.usage === undefined ? {} : { usage: usageBody(reply.usage, reply) }),
  };
}

/** The same answer as server-sent events: the prompt's usage is in the first, the output's in the last but one. */
export function messageEvents(reply: Reply): string {
  const usage = reply.usage && usageBody(reply.usage, reply);
  const start = {
    ...messageBody(reply),
    content: [],
    stop_reason: null,
    ...(usage && { usage: { ...usage, output_tokens: 1 } }),
  };
  const delta = { stop_reason: reply.stopReason, stop_sequence: null, stop_details: null, container: null };
  return [
    event("message_start", { message: start }),
    event("content_block_start", { index: 0, content_block: textBlock("") }),
    event("content_block_delta", { index: 0, delta: { type: "text_delta", text: reply.text } }),
    event("content_block_stop", { index: 0 }),
    event("message_delta", { delta, ...(usage && { usage: cumulative(usage) }) }),
    event("message_stop", {}),
  ].join("");
}

// --- internal ---

function event(type: string, data: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
}

function textBlock(text: string): object {
  return { type: "text", text, citations: null };
}

function usageBody(usage: Usage, { inferenceGeo, speed }: Pick<Reply, "inferenceGeo" | "speed">) {
  const tokens = {
    input_tokens: usage.uncachedTokens,
    output_tokens: usage.outputTokens,
    cache_read_input_tokens: usage.readTokens,
    cache_creation_input_tokens: usage.write5mTokens + usage.write1hTokens,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.write5mTokens,
      ephemeral_1h_input_tokens: usage.write1hTokens,
    },
  };
  return {
    ...tokens,
    iterations: [{ ...tokens, type: "message" }],
    output_tokens_details: null,
    server_tool_use: null,
    service_tier: "standard",
    inference_geo: inferenceGeo,
    speed,
  };
}

/** A stream's last usage has totals only, not their division. */
function cumulative({
  input_tokens,
  output_tokens,
  cache_read_input_tokens,
  cache_creation_input_tokens,
  output_tokens_details,
  server_tool_use,
}: ReturnType<typeof usageBody>): object {
  return {
    input_tokens,
    output_tokens,
    cache_read_input_tokens,
    cache_creation_input_tokens,
    output_tokens_details,
    server_tool_use,
  };
}
