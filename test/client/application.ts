import Anthropic from "@anthropic-ai/sdk";
import {
  type After,
  type UsageRecorder,
  type UsageRecorderOptions,
  usageRecorder,
} from "../../lib/client/index.ts";
import type { RequestBody } from "../../lib/core/prefix.ts";
import { parseUsageItem } from "../../lib/core/usage/usage-item.ts";
import type { PrefixUse, UsageItem, UsageRecord } from "../../lib/core/usage/usage-record.ts";
import { aRequest, MINUTE, NOON, prefixOf } from "../core/samples.ts";

/** Tokens of a reply; whatever is left out is 0. */
export interface Tokens {
  readonly read?: number;
  readonly write5m?: number;
  readonly write1h?: number;
  readonly uncached?: number;
}

export const HIT: Tokens = { read: 1_000, uncached: 10 };
export const MISS: Tokens = { write1h: 1_000, uncached: 10 };

export function usageBody({ read = 0, write5m = 0, write1h = 0, uncached = 0 }: Tokens) {
  return {
    input_tokens: uncached,
    output_tokens: 5,
    cache_read_input_tokens: read,
    cache_creation_input_tokens: write5m + write1h,
    cache_creation: { ephemeral_5m_input_tokens: write5m, ephemeral_1h_input_tokens: write1h },
  };
}

export function aReply(usage: unknown = usageBody(HIT), stopReason: unknown = undefined): Response {
  const message = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m",
    content: [],
    stop_reason: stopReason,
  };
  return Response.json({ ...message, usage });
}

/** The SDK repeats the request without a pause. */
export function anError(status: number): Response {
  const body = { type: "error", error: { type: "overloaded_error", message: "no" } };
  return Response.json(body, { status, headers: { "retry-after-ms": "1" } });
}

/** The one prefix of `aRequest()`. */
export const FINGERPRINT = prefixOf(aRequest()).fingerprint;

/** A world with one recorder in it: its clock and its timers stand still until the test moves them. */
export class Application {
  now = NOON;
  readonly items: UsageItem[] = [];
  /** What was sent, as the provider got it. */
  readonly sent: { readonly headers: Headers; readonly body: string }[] = [];
  reply: () => Response | Promise<Response> = () => aReply();
  write: (item: UsageItem) => Promise<void> = async (item) => {
    this.items.push(item);
  };
  readonly recorder: UsageRecorder;
  readonly client: Anthropic;
  readonly #timers = new Set<{ readonly at: number; readonly run: () => void }>();

  constructor(options: Partial<UsageRecorderOptions> = {}) {
    this.recorder = usageRecorder({
      write: (item) => this.write(item),
      writer: "w",
      now: () => this.now,
      after: this.#after,
      ...options,
    });
    this.client = new Anthropic({
      apiKey: "sk-canary",
      maxRetries: 0,
      logLevel: "off",
      middleware: [this.recorder.middleware],
      fetch: async (_url, init) => {
        this.sent.push({ headers: new Headers(init?.headers), body: String(init?.body) });
        return this.reply();
      },
    });
  }

  readonly #after: After = (ms, run) => {
    const timer = { at: this.now + ms, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Sends a request and waits until it has been counted. */
  async ask(
    tokens: Tokens | unknown = HIT,
    fields: RequestBody = {},
    options: Anthropic.RequestOptions = {},
  ): Promise<Anthropic.Message> {
    this.reply = () => aReply(isTokens(tokens) ? usageBody(tokens) : tokens);
    const params = aRequest(fields) as unknown as Anthropic.MessageCreateParamsNonStreaming;
    const message = await this.client.messages.create(params, options);
    await this.settle();
    return message;
  }

  /** Lets the hashing, the reading of replies and the writing come to their end. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Moves the clock; timers run when they are due. */
  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.now = Math.max(this.now, next.at);
      next.run();
      await this.settle();
    }
    this.now = end;
  }

  /** Long enough for a minute that has just ended to be written. */
  async nextMinute(): Promise<void> {
    await this.advance(NOON + Math.ceil((this.now - NOON + 1) / MINUTE) * MINUTE - this.now);
    await this.advance(15_000);
  }

  get records(): UsageRecord[] {
    return this.items.map((item) => {
      const record = parseUsageItem(item);
      if (typeof record === "string") throw new Error(record);
      return record;
    });
  }

  get uses(): PrefixUse[] {
    return this.records.flatMap(({ prefixes }) => prefixes);
  }
}

function isTokens(value: unknown): value is Tokens {
  const known = ["read", "write5m", "write1h", "uncached"];
  return (
    typeof value === "object" && value !== null && Object.keys(value).every((key) => known.includes(key))
  );
}
