import { type Breakpoint, readBreakpoints } from "./breakpoints.ts";
import { type PromptBlock, promptBlocks } from "./prompt-blocks.ts";
import type { ProviderRequest } from "./request.ts";

/** A request as the cache and the bill see it. */
export interface Prompt {
  readonly blocks: readonly PromptBlock[];
  /** Those that reach the model's minimum; the others are silently without effect. */
  readonly breakpoints: readonly Breakpoint[];
  readonly tokens: number;
  /** Hash of the prompt up to its last breakpoint; without one, of the whole prompt. */
  readonly fingerprint: string;
}

/** @throws ApiError 400 if the breakpoints break a rule */
export function readPrompt(request: ProviderRequest, betas: readonly string[]): Prompt {
  const blocks = promptBlocks(request, betas);
  const asked = readBreakpoints(blocks, request.automaticMarker);
  const last = blocks.at(-1);
  return {
    blocks,
    breakpoints: asked.filter(({ block }) => block.tokens >= request.traits.minimumCacheableTokens),
    tokens: last?.tokens ?? 0,
    fingerprint: (asked.at(-1)?.block ?? last)?.hash ?? "",
  };
}
