import type Anthropic from "@anthropic-ai/sdk";
import { cutPrefix, isPrefix, type RequestBody } from "../core/prefix.ts";
import { prefixRequest as buildRequest } from "../core/prefix-request.ts";

type FromPrefix = "model" | "system" | "tools";

/** What one request adds to the prompt: the conversation, the output limit, and whether it streams. */
export type Tail = Omit<Anthropic.MessageCreateParamsNonStreaming, FromPrefix>;
export type StreamingTail = Omit<Anthropic.MessageCreateParamsStreaming, FromPrefix>;

/** Cutting hashes the whole prompt; a prompt object is cut once, however often it is used. */
const cut = new WeakMap<object, RequestBody>();

/**
 * Builds a Messages API request from a published prompt and the application's own messages, with the same
 * builder that the warmer uses: the same bytes, so the same cache entry.
 *
 * @param prompt a parsed prompt file, the one that `warmer publish` was given; do not change it afterwards
 * @param tail must not carry fields of the prompt (`tools`, `system`, `thinking`, …)
 * @throws RangeError if the prompt has no cache breakpoint, or the tail carries a field of the prompt
 */
export function prefixRequest(prompt: object, tail: Tail): Anthropic.MessageCreateParamsNonStreaming;
export function prefixRequest(prompt: object, tail: StreamingTail): Anthropic.MessageCreateParamsStreaming;
export function prefixRequest(prompt: object, tail: Tail | StreamingTail): Anthropic.MessageCreateParams {
  const body = cut.get(prompt) ?? cutOnce(prompt);
  return buildRequest(body, { ...tail }) as unknown as Anthropic.MessageCreateParams;
}

function cutOnce(prompt: object): RequestBody {
  const prefix = cutPrefix(prompt as RequestBody);
  if (!isPrefix(prefix)) throw new RangeError(`${prefix.path} ${prefix.message}`);
  cut.set(prompt, prefix.body);
  return prefix.body;
}
