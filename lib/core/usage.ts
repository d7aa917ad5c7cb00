/**
 * What the provider says a request consumed, in tokens. The five buckets never overlap:
 * Anthropic's `input_tokens` excludes cached tokens (prompt caching guide, read 2026-09-26).
 */
export interface Usage {
  readonly uncachedTokens: number;
  readonly write5mTokens: number;
  readonly write1hTokens: number;
  readonly readTokens: number;
  readonly outputTokens: number;
}

/** All tokens of the prompt, cached or not. A tiered price is chosen by this number. */
export function promptTokens(usage: Usage): number {
  return usage.uncachedTokens + usage.write5mTokens + usage.write1hTokens + usage.readTokens;
}

export function writtenTokens(usage: Usage): number {
  return usage.write5mTokens + usage.write1hTokens;
}

/** No single request holds more; a larger number is a damaged reply, not a large prompt. */
const MAX_PLAUSIBLE_TOKENS = 100_000_000;

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_PLAUSIBLE_TOKENS;
}

/**
 * Reads the `usage` object of a Messages API reply. `undefined` when it is missing or not credible
 * (negative, fractional, not a number, larger than any prompt, buckets that do not add up): an absent
 * usage is not zero and not success. The cache fields are nullable in the SDK's types; null means 0.
 */
export function parseUsage(raw: unknown): Usage | undefined {
  if (typeof raw !== "object" || raw === null) return undefined;
  const fields = raw as Record<string, unknown>;
  const uncachedTokens = fields["input_tokens"];
  const outputTokens = fields["output_tokens"];
  const readTokens = fields["cache_read_input_tokens"] ?? 0;
  const writeTokens = fields["cache_creation_input_tokens"] ?? 0;
  if (!isCount(uncachedTokens) || !isCount(outputTokens) || !isCount(readTokens) || !isCount(writeTokens)) {
    return undefined;
  }
  const split = fields["cache_creation"];
  if (typeof split !== "object" || split === null) {
    // Without the split a write could have been either; nothing may be priced as the cheaper one.
    return writeTokens === 0
      ? { uncachedTokens, write5mTokens: 0, write1hTokens: 0, readTokens, outputTokens }
      : undefined;
  }
  const write5mTokens = (split as Record<string, unknown>)["ephemeral_5m_input_tokens"] ?? 0;
  const write1hTokens = (split as Record<string, unknown>)["ephemeral_1h_input_tokens"] ?? 0;
  if (!isCount(write5mTokens) || !isCount(write1hTokens) || write5mTokens + write1hTokens !== writeTokens) {
    return undefined;
  }
  return { uncachedTokens, write5mTokens, write1hTokens, readTokens, outputTokens };
}
