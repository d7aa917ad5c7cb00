import type Anthropic from "@anthropic-ai/sdk";
import { APIConnectionTimeoutError } from "@anthropic-ai/sdk";
import { BaseAnthropic } from "@anthropic-ai/sdk/client";
import { Messages } from "@anthropic-ai/sdk/resources/messages";
import { KeyUnreadable } from "../app/errors.ts";
import type { ApiKeySource, Provider, ProviderReply } from "../app/ports.ts";
import type { RequestBody } from "../core/prefix.ts";
import type { ProviderFailure } from "../core/provider-failure.ts";
import { failureOf } from "./anthropic-failure.ts";
import { boundedFetch } from "./bounded-fetch.ts";

/** The SDK's client with the one resource that is used: a third less to load at a cold start than the whole of it. */
class MessagesClient extends BaseAnthropic {
  readonly messages = new Messages(this);
}

/**
 * The Anthropic Messages API. One call is one request on the wire: the SDK's own retries are off, since each
 * of them would be billed and none would be reserved, and every request has an explicit timeout, since the
 * SDK's default of ten minutes outlives the function.
 */
export class AnthropicProvider implements Provider {
  readonly #keys: ApiKeySource;
  #client: { readonly key: string; readonly api: MessagesClient } | undefined;

  constructor(keys: ApiKeySource) {
    this.#keys = keys;
  }

  async send(request: RequestBody, timeoutMs: number): Promise<ProviderReply> {
    const message = await this.#call(timeoutMs, (api, options) =>
      api.messages.create(request as unknown as Anthropic.MessageCreateParamsNonStreaming, options),
    );
    // Another API behind the address may answer 200 with anything; usage is judged by whoever asked.
    return isFailure(message)
      ? { kind: "failed", failure: message }
      : { kind: "reply", usage: message?.usage };
  }

  async count(request: RequestBody, timeoutMs: number): Promise<number | ProviderFailure> {
    const { max_tokens: _output, ...countable } = request;
    const counted = await this.#call(timeoutMs, (api, options) =>
      api.messages.countTokens(countable as unknown as Anthropic.MessageCountTokensParams, options),
    );
    if (isFailure(counted)) return counted;
    const tokens = counted?.input_tokens;
    return Number.isSafeInteger(tokens) && tokens > 0
      ? tokens
      : { outcome: "usage_missing", directive: "skip", billed: "no", message: "count_tokens gave no count" };
  }

  /** A refused key is read again once: it may have been rotated a moment ago. */
  async #call<T>(timeoutMs: number, call: Call<T>): Promise<T | ProviderFailure> {
    for (const fresh of [false, true]) {
      let api: MessagesClient;
      try {
        api = await this.#api(fresh);
      } catch (error) {
        if (!(error instanceof KeyUnreadable)) throw error;
        return { outcome: "key_unreadable", directive: "stop", billed: "no", message: error.message };
      }
      try {
        return await withinTime(timeoutMs, (options) => call(api, options));
      } catch (error) {
        const failure = failureOf(error);
        if (failure.outcome !== "auth_failed" || fresh) return failure;
      }
    }
    throw new Error("unreachable: the second attempt always returns");
  }

  async #api(fresh: boolean): Promise<MessagesClient> {
    const key = await this.#keys.key(fresh);
    if (this.#client?.key !== key) {
      this.#client = {
        key,
        api: new MessagesClient({
          apiKey: key,
          maxRetries: 0,
          logLevel: "off",
          fetch: boundedFetch,
          fetchOptions: { redirect: "error" },
        }),
      };
    }
    return this.#client.api;
  }
}

type Call<T> = (api: MessagesClient, options: Anthropic.RequestOptions) => Promise<T>;

/** The SDK's own timer ends with the headers (1.11.0, `fetchWithTimeout`); a body may still never come. */
async function withinTime<T>(
  timeoutMs: number,
  request: (options: Anthropic.RequestOptions) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), timeoutMs);
  try {
    return await request({ timeout: timeoutMs, signal: over.signal });
  } catch (error) {
    throw over.signal.aborted ? new APIConnectionTimeoutError() : error;
  } finally {
    clearTimeout(timer);
  }
}

function isFailure(value: unknown): value is ProviderFailure {
  return typeof value === "object" && value !== null && "directive" in value;
}
