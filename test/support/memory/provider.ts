import { APIConnectionError, APIConnectionTimeoutError, APIError } from "@anthropic-ai/sdk";
import type { Provider, ProviderReply } from "../../../lib/app/ports.ts";
import type { RequestBody } from "../../../lib/core/prefix.ts";
import type { ProviderFailure } from "../../../lib/core/provider-failure.ts";
import type { BillLine } from "../../../lib/local/provider/bill.ts";
import type { Provider as SimulatedProvider, WireAnswer } from "../../../lib/local/provider/provider.ts";
import { failureOf } from "../../../lib/provider/anthropic-failure.ts";
import type { Worker } from "./scheduler.ts";

/** The fields of an answer that the warmer asks for. */
interface Reply {
  readonly usage?: unknown;
  readonly input_tokens?: unknown;
}

/** The key that the simulated provider knows the warmer by. */
export const WARMER_KEY = { key: "sk-warmer", workspace: "wrkspc_main", caller: "warmer" };

/**
 * The provider's port over the simulated provider, without HTTP: requests carry the headers of the SDK (1.11.0),
 * and what goes wrong becomes the SDK's error first and a failure by the adapter's own table then. Latency and
 * timeouts are virtual time.
 */
export class MemoryProvider implements Provider {
  readonly #simulated: SimulatedProvider;
  readonly #worker: Worker;
  /** `undefined`: the parameter that holds the key cannot be read. */
  readonly #key: () => string | undefined;
  readonly #sent: (line: BillLine | undefined) => void;

  /** @param sent sees each message as soon as the provider has it, with its line of the bill if it has one */
  constructor(
    simulated: SimulatedProvider,
    worker: Worker,
    key: () => string | undefined,
    sent: (line: BillLine | undefined) => void,
  ) {
    this.#simulated = simulated;
    this.#worker = worker;
    this.#key = key;
    this.#sent = sent;
  }

  async send(request: RequestBody, timeoutMs: number): Promise<ProviderReply> {
    const message = await this.#call("/v1/messages", request, timeoutMs);
    return "directive" in message
      ? { kind: "failed", failure: message }
      : { kind: "reply", usage: message.usage };
  }

  async count({ max_tokens: _output, ...request }: RequestBody, timeoutMs: number) {
    const counted = await this.#call("/v1/messages/count_tokens", request, timeoutMs);
    if ("directive" in counted) return counted;
    const tokens = Number(counted.input_tokens);
    return tokens > 0 ? tokens : failureOf(new SyntaxError("no count"));
  }

  async #call(path: string, request: RequestBody, timeoutMs: number): Promise<ProviderFailure | Reply> {
    await this.#worker.turn();
    const key = this.#key();
    if (key === undefined) {
      return { outcome: "key_unreadable", directive: "stop", billed: "no", message: "no key" };
    }
    try {
      const { status, headers, body } = await this.#exchange(path, request, key, timeoutMs);
      if (status >= 400) throw APIError.generate(status, JSON.parse(body), undefined, new Headers(headers));
      // The SDK parses what calls itself JSON, and hands anything else over as text.
      return headers["content-type"] === "application/json" ? JSON.parse(body) : {};
    } catch (error) {
      return failureOf(error);
    }
  }

  async #exchange(
    path: string,
    request: RequestBody,
    key: string,
    timeoutMs: number,
  ): Promise<NonNullable<WireAnswer>> {
    const { lines } = this.#simulated.bill;
    const billedBefore = lines.length;
    const answer = this.#simulated.answer({
      method: "POST",
      path,
      headers: {
        "content-type": "application/json",
        "anthropic-version": "2026-10-21",
        authorization: `Bearer ${key}`,
        "x-stainless-timeout": String(Math.trunc(timeoutMs / 1_000)),
        "x-virtual-time": String(this.#worker.trueNow),
      },
      body: Buffer.from(JSON.stringify(request)),
    });
    if (path === "/v1/messages") this.#sent(lines[billedBefore]);
    if (answer === undefined) throw new APIConnectionError({ cause: closedSocket() });
    const latencyMs = Number(answer.headers["x-virtual-latency-ms"] ?? 0);
    await this.#worker.sleep(Math.min(latencyMs, timeoutMs));
    if (latencyMs > timeoutMs) throw new APIConnectionTimeoutError();
    return answer;
  }
}

/** What undici says when the other side closes a connection without an answer. */
function closedSocket(): Error {
  const socket = Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" });
  return new TypeError("fetch failed", { cause: socket });
}
