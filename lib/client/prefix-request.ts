import type Anthropic from "@anthropic-ai/sdk";
import { TTL_MS, type Ttl } from "../core/due.ts";
import { isPrefix } from "../core/prefix.ts";
import { prefixRequest as buildRequest } from "../core/prefix-request.ts";
import { shown } from "../core/received.ts";
import { cutPrompt } from "./cut-prompt.ts";

type FromPrefix = "model" | "system" | "tools";

/** What one request adds to the prompt: the conversation, the output limit, and whether it streams. */
export type Tail = Omit<Anthropic.MessageCreateParamsNonStreaming, FromPrefix>;
export type StreamingTail = Omit<Anthropic.MessageCreateParamsStreaming, FromPrefix>;

export interface PrefixRequestOptions {
  /**
   * The TTL that the prompt's markers ask for, as `ttlAdvice` gives it. It is not taken where the tail's own markers
   * do not allow it: the provider refuses a 1h marker after a 5m one. @default - those of the prompt
   */
  readonly ttl?: Ttl | undefined;
}

/**
 * Builds a Messages API request from a published prompt and the application's own messages, with the same
 * builder that the warmer uses: the same bytes, so the same cache entry. A TTL is none of these bytes.
 *
 * @param prompt a parsed prompt file, the one that `warmer publish` was given; do not change it afterwards
 * @param tail must not carry fields of the prompt (`tools`, `system`, `thinking`, …)
 * @throws RangeError if the prompt has no cache breakpoint, the tail carries a field of the prompt, or the TTL is none
 */
export function prefixRequest(
  prompt: object,
  tail: Tail,
  options?: PrefixRequestOptions,
): Anthropic.MessageCreateParamsNonStreaming;
export function prefixRequest(
  prompt: object,
  tail: StreamingTail,
  options?: PrefixRequestOptions,
): Anthropic.MessageCreateParamsStreaming;
export function prefixRequest(
  prompt: object,
  tail: Tail | StreamingTail,
  { ttl }: PrefixRequestOptions = {},
): Anthropic.MessageCreateParams {
  const prefix = cutPrompt(prompt);
  if (!isPrefix(prefix)) throw new RangeError(`${prefix.path} ${prefix.message}`);
  if (ttl !== undefined && !Object.hasOwn(TTL_MS, ttl)) {
    throw new RangeError(`ttl must be "5m" or "1h", got ${shown(ttl)}; leave it out for the prompt's own`);
  }
  return buildRequest(prefix.body, { ...tail }, ttl) as unknown as Anthropic.MessageCreateParams;
}
