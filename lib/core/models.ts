/**
 * The smallest prefix that each model caches, in tokens. Below it the provider caches nothing and says
 * nothing. A hint for people before they send; what counts is the reply's usage (users measured about 2,048
 * on Sonnet 4.6 in early 2026 where the documentation says 1,024).
 *
 * Prompt caching guide, read 2026-09-26; Sonnet 5.5 and Haiku 5.5 model pages, read 2026-11-21. The minimum of
 * Fable 5.2 and Mythos 5.2 is not published; theirs is assumed to be that of 5.1.
 */
const MINIMUM_TOKENS: readonly (readonly [tokens: number, models: readonly string[]])[] = [
  [
    512,
    [
      "claude-fable-5-2",
      "claude-mythos-5-2",
      "claude-fable-5-1",
      "claude-mythos-5-1",
      "claude-fable-5",
      "claude-mythos-5",
      "claude-opus-5-5",
      "claude-opus-5",
      "claude-sonnet-5-5",
      "claude-haiku-5-5",
    ],
  ],
  [
    1_024,
    [
      "claude-opus-4-8",
      "claude-sonnet-5",
      "claude-sonnet-4-6",
      "claude-sonnet-4-5",
      "claude-sonnet-4-5-20250929",
    ],
  ],
  [2_048, ["claude-opus-4-7"]],
  [
    4_096,
    [
      "claude-opus-4-6",
      "claude-opus-4-5",
      "claude-opus-4-5-20251101",
      "claude-haiku-4-5",
      "claude-haiku-4-5-20251001",
    ],
  ],
];

/** `undefined` for a model that the table does not know. */
export function minimumTokens(model: string): number | undefined {
  return MINIMUM_TOKENS.find(([, models]) => models.includes(model))?.[0];
}

/**
 * The day from which the provider may retire a model ("not sooner than"; model deprecations page, August 2026, and
 * the SDK's own table, 1.11.0). A retired model answers 404, and its prefixes go cold.
 */
const RETIRES: ReadonlyMap<string, string> = new Map([
  ["claude-opus-4-5", "2026-11-24"],
  ["claude-opus-4-5-20251101", "2026-11-24"],
  ["claude-sonnet-4-5", "2026-11-30"],
  ["claude-sonnet-4-5-20250929", "2026-11-30"],
  ["claude-haiku-4-5", "2026-10-15"],
  ["claude-haiku-4-5-20251001", "2026-10-15"],
]);

/** `YYYY-MM-DD` in UTC; `undefined` if no date is known. */
export function retiresOn(model: string): string | undefined {
  return RETIRES.get(model);
}
