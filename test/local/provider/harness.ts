import Anthropic from "@anthropic-ai/sdk";
import type { Usage } from "../../../lib/core/usage.ts";
import type { ProviderOptions } from "../../../lib/local/provider/options.ts";
import { type SimulatedProvider, startSimulatedProvider } from "../../../lib/local/provider/server.ts";

export type Params = Anthropic.MessageCreateParamsNonStreaming;

/** 2026-11-20 12:00 UTC; every test tells its instants from here. */
export const NOON = Date.UTC(2026, 10, 20, 12);

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;

export const MODEL = "claude-opus-5";

export const APP_KEY = { key: "sk-app", workspace: "wrkspc_main", caller: "app" };
export const WARMER_KEY = { key: "sk-warmer", workspace: "wrkspc_main", caller: "warmer" };
export const OTHER_KEY = { key: "sk-other", workspace: "wrkspc_other", caller: "other" };

export function startProvider(options: Partial<ProviderOptions> = {}): Promise<SimulatedProvider> {
  return startSimulatedProvider({ keys: [APP_KEY, WARMER_KEY, OTHER_KEY], now: () => NOON, ...options });
}

/** The real SDK, placed at an instant of virtual time. Its timeout counts virtual time too. */
export function clientAt(
  provider: SimulatedProvider,
  at: number,
  { key = APP_KEY.key, timeoutMs = 60_000 }: { key?: string; timeoutMs?: number } = {},
): Anthropic {
  return new Anthropic({
    apiKey: key,
    baseURL: provider.url,
    maxRetries: 0,
    timeout: timeoutMs,
    fetch: async (url, init) => {
      const headers = new Headers(init?.headers);
      headers.set("x-virtual-time", String(at));
      const response = await fetch(url, { ...init, headers });
      const latencyMs = Number(response.headers.get("x-virtual-latency-ms") ?? 0);
      if (latencyMs > timeoutMs) throw new DOMException("This operation was aborted", "AbortError");
      return response;
    },
  });
}

/** A text whose block counts exactly this many tokens; `variant` makes it another text of the same size. */
export function textOf(tokens: number, variant = "a"): string {
  const bytes = tokens * 4 - '{"type":"text","text":""}'.length;
  return variant.padEnd(bytes, "x");
}

export function block(tokens: number, ttl?: "5m" | "1h", variant?: string): Anthropic.TextBlockParam {
  const text = { type: "text" as const, text: textOf(tokens, variant) };
  return ttl === undefined ? text : { ...text, cache_control: { type: "ephemeral", ttl } };
}

/** A pre-warm request over these system blocks; the placeholder counts 8 tokens. */
export function preWarm(system: Anthropic.TextBlockParam[], more: Partial<Params> = {}): Params {
  return { model: MODEL, max_tokens: 0, system, messages: [{ role: "user", content: "warmup" }], ...more };
}

/** Tokens of the placeholder message. */
export const PLACEHOLDER = 8;

/** What an answer's usage says, in the words of the product, zero buckets left out. */
export function tokens({ usage }: Pick<Anthropic.Message, "usage">): Partial<Usage> {
  const all = {
    uncachedTokens: usage.input_tokens,
    readTokens: usage.cache_read_input_tokens ?? 0,
    write5mTokens: usage.cache_creation?.ephemeral_5m_input_tokens ?? 0,
    write1hTokens: usage.cache_creation?.ephemeral_1h_input_tokens ?? 0,
    outputTokens: usage.output_tokens,
  };
  return Object.fromEntries(Object.entries(all).filter(([, count]) => count > 0));
}

/** Sends at an instant and returns what was consumed. */
export async function consumed(
  provider: SimulatedProvider,
  at: number,
  params: Params,
  options?: { key?: string },
): Promise<Partial<Usage>> {
  return tokens(await clientAt(provider, at, options).messages.create(params));
}

/** The error that the SDK throws. */
export async function errorOf(call: PromiseLike<unknown>): Promise<InstanceType<typeof Anthropic.APIError>> {
  const error = await Promise.resolve(call).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Anthropic.APIError) return error;
  throw new Error(`expected an APIError, got ${String(error)}`);
}
