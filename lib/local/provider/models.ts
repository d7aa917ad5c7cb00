/** What the simulated provider knows of a model besides its prices. */
export interface SimulatedModel {
  /** A breakpoint with fewer tokens before it is silently not cached. */
  readonly minimumCacheableTokens: number;
  /** What a request without `thinking` means; sending that value is the same as sending none. */
  readonly defaultThinking: "adaptive" | "disabled";
  /** What a request without `output_config.effort` means. */
  readonly defaultEffort: "medium" | "high";
  /** Whether `speed: "fast"` is taken. Only where its price is published: a guessed price would be a wrong bill. */
  readonly fastMode: boolean;
  /** Whether `inference_geo: "us"` is taken. */
  readonly usInference: boolean;
}

function model(
  minimumCacheableTokens: number,
  defaultThinking: SimulatedModel["defaultThinking"],
  differences: Partial<SimulatedModel> = {},
): SimulatedModel {
  return {
    minimumCacheableTokens,
    defaultThinking,
    defaultEffort: "high",
    fastMode: false,
    usInference: true,
    ...differences,
  };
}

/**
 * The models that answer; any other is a 404. Dated ids are models of their own, because whether an alias
 * shares cache entries with its dated id is not documented.
 *
 * Minimums: prompt caching guide, read 2026-09-26, and the 5.5 model pages, read 2026-11-21; those of
 * Fable 5.2 and Mythos 5.2 are inferred from 5.1. Default thinking: thinking guide, read 2026-09-02. Default
 * effort: model pages of Opus 5.5 and Haiku 5.5, read 2026-11-21. Fast mode and US inference: pricing page,
 * read 2026-09-02.
 */
export const MODELS: ReadonlyMap<string, SimulatedModel> = new Map([
  ["claude-fable-5-2", model(512, "adaptive")],
  ["claude-mythos-5-2", model(512, "adaptive")],
  ["claude-fable-5-1", model(512, "adaptive")],
  ["claude-mythos-5-1", model(512, "adaptive")],
  ["claude-fable-5", model(512, "adaptive")],
  ["claude-mythos-5", model(512, "adaptive")],
  ["claude-opus-5-5", model(512, "adaptive", { defaultEffort: "medium" })],
  ["claude-opus-5", model(512, "adaptive", { fastMode: true })],
  ["claude-opus-4-8", model(1_024, "disabled", { fastMode: true })],
  ["claude-opus-4-7", model(2_048, "disabled")],
  ["claude-opus-4-6", model(4_096, "disabled")],
  ["claude-opus-4-5", model(4_096, "disabled", { usInference: false })],
  ["claude-opus-4-5-20251101", model(4_096, "disabled", { usInference: false })],
  ["claude-sonnet-5-5", model(512, "adaptive")],
  ["claude-sonnet-5", model(1_024, "adaptive")],
  ["claude-sonnet-4-6", model(1_024, "disabled")],
  ["claude-sonnet-4-5", model(1_024, "disabled", { usInference: false })],
  ["claude-sonnet-4-5-20250929", model(1_024, "disabled", { usInference: false })],
  ["claude-haiku-5-5", model(512, "adaptive", { defaultEffort: "medium" })],
  ["claude-haiku-4-5", model(4_096, "disabled", { usInference: false })],
  ["claude-haiku-4-5-20251001", model(4_096, "disabled", { usInference: false })],
]);
