import { type DailyCost, dailyCosts, estimateTokens, type TokenEstimate } from "./estimate.ts";
import { minimumTokens } from "./models.ts";
import { isPrefix, type Prefix, type PrefixFault } from "./prefix.ts";
import { pricesOfRequest } from "./prices.ts";
import { shown } from "./received.ts";
import { touchForm } from "./touch.ts";

/** What can be said of a prompt file without an account and without a key. */
export type PromptCheck =
  | { readonly kind: "refused"; readonly path: string; readonly message: string }
  | {
      readonly kind: "cacheable";
      readonly model: string;
      readonly fingerprint: string;
      readonly breakpoints: readonly { readonly path: string; readonly ttl: string }[];
      readonly bytes: number;
      readonly estimate: TokenEstimate;
      /** Set when the estimate may lie below the model's minimum. */
      readonly warning?: string;
      readonly costs: readonly DailyCost[];
    };

/**
 * @param prefix what a prompt file was read to
 * @param requestsPerHour organic requests, at least 0
 * @param at the day whose prices hold, ms since the epoch
 */
export function checkPrompt(prefix: Prefix | PrefixFault, requestsPerHour: number, at: number): PromptCheck {
  if (!isPrefix(prefix)) return { kind: "refused", ...prefix };
  const bytes = Buffer.byteLength(JSON.stringify(prefix.body));
  const estimate = estimateTokens(bytes);
  const prices = pricesOfRequest(prefix.body, at, estimate.tokens);
  const minimum = minimumTokens(prefix.model);
  if (prices === undefined || minimum === undefined) {
    return {
      kind: "refused",
      path: "model",
      message: `must have a known price, also for its speed, got ${shown(prefix.model)}`,
    };
  }
  const form = touchForm(prefix.body);
  if (form.kind === "unsafe")
    return { kind: "refused", path: "(root)", message: `cannot be warmed: ${form.reason}` };
  if (estimate.most < minimum) {
    const message = `has about ${estimate.tokens} tokens; ${prefix.model} caches nothing below ${minimum}`;
    return { kind: "refused", path: "(root)", message };
  }
  return {
    kind: "cacheable",
    model: prefix.model,
    fingerprint: prefix.fingerprint,
    breakpoints: prefix.segments.flatMap(({ path, marker }) =>
      marker === undefined ? [] : [{ path, ttl: marker }],
    ),
    bytes,
    estimate,
    ...(estimate.least < minimum && {
      warning: `may lie below the ${minimum} tokens that ${prefix.model} needs; count it before you rely on it`,
    }),
    costs: dailyCosts(estimate.tokens, prices, requestsPerHour),
  };
}
