/** An API key and what it stands for. */
export interface ProviderKey {
  readonly key: string;
  /** Workspace of the key: caches are isolated between workspaces, shared within one. */
  readonly workspace: string;
  /** Names the user of the key in log and bill. */
  readonly caller: string;
}

/** How long an answer takes, in ms of virtual time; rounded to whole ones. */
export interface Latency {
  /** From the start of the request to the first byte; from then on others can read what it wrote. */
  readonly firstByteMs: number;
  readonly totalMs: number;
}

/** What an answer's latency may depend on, in tokens. */
export interface LatencyInput {
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
}

export interface ProviderOptions {
  /** Every key that is accepted, each once; any other is unknown. */
  readonly keys: readonly ProviderKey[];
  /** Instant of a request without `x-virtual-time`, in ms since the epoch. */
  readonly now: () => number;
  /**
   * @default - none: what a request writes can be read by the next one of the same instant. Requests of one
   * instant then depend on their order; give a latency where that must not be, for example `latencyBySize`.
   */
  readonly latency?: (request: LatencyInput) => Latency;
  /**
   * `count_tokens` errs by at most this share of the true count, in either direction, by a hash of the prompt.
   * @default 0
   */
  readonly countErrorShare?: number;
  /**
   * Output tokens of an answer whose `max_tokens` allows so many.
   * @default 64
   */
  readonly outputTokens?: number;
  /**
   * Enters every hash that stands for chance, and the ids.
   * @default ""
   */
  readonly seed?: string;
}

export const PROVIDER_DEFAULTS = {
  latency: (): Latency => ({ firstByteMs: 0, totalMs: 0 }),
  countErrorShare: 0,
  outputTokens: 64,
  seed: "",
};
