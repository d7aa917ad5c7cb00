import type { IncomingHttpHeaders } from "node:http";
import type { Usage } from "../../core/usage.ts";
import { ApiError } from "./api-error.ts";
import { Bill } from "./bill.ts";
import type { Breakpoint } from "./breakpoints.ts";
import { divideTokens } from "./buckets.ts";
import { Faults, type RequestFault, unitHash } from "./faults.ts";
import { apiKeyOf, betasOf, checkVersion, clientTimeoutMs, instantOf } from "./headers.ts";
import { Ids } from "./ids.ts";
import { messageBody, messageEvents } from "./messages-api.ts";
import { PROVIDER_DEFAULTS, type ProviderKey, type ProviderOptions } from "./options.ts";
import { type Prompt, readPrompt } from "./prompt.ts";
import { PromptCache } from "./prompt-cache.ts";
import { isRefusal, refusalError } from "./refusals.ts";
import { type Endpoint, type ProviderRequest, readRequest } from "./request.ts";
import type { LoggedRequest } from "./request-log.ts";

export interface IncomingRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What goes over the wire; `undefined`: the connection is dropped. */
export type WireAnswer =
  | { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }
  | undefined;

/** A line of the log that is still being written. */
type Entry = { -readonly [Field in keyof LoggedRequest]: LoggedRequest[Field] };

/** A request that was read and is allowed. */
interface Call {
  readonly entry: Entry;
  readonly headers: IncomingHttpHeaders;
  readonly key: ProviderKey;
  readonly request: ProviderRequest;
  readonly prompt: Prompt;
  readonly fault: RequestFault | undefined;
}

const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map([
  ["/v1/messages", "messages"],
  ["/v1/messages/count_tokens", "count_tokens"],
]);

const ORGANIZATION = "00000000-0000-4000-8000-000000000000";
const TIMEOUT_MS = 3_600_000;
const ANSWER_TEXT = "Thank you, I will look into it.";
const HTML_PAGE = "<html><body>502 Bad Gateway</body></html>";

/** The provider behind the HTTP server: a function from request to answer, and what it remembers. */
export class Provider {
  readonly bill = new Bill();
  readonly cache = new PromptCache();
  readonly faults: Faults;
  readonly #log: LoggedRequest[] = [];
  readonly #options: Required<ProviderOptions>;
  readonly #keys: ReadonlyMap<string, ProviderKey>;
  readonly #ids: Ids;

  /** @throws RangeError if two of the keys are equal */
  constructor(options: ProviderOptions) {
    this.#options = { ...PROVIDER_DEFAULTS, ...options };
    this.#keys = keysByValue(options.keys);
    this.#ids = new Ids(this.#options.seed);
    this.faults = new Faults(this.#options.seed, (at, workspace) => this.cache.evict(at, workspace));
  }

  get log(): readonly LoggedRequest[] {
    return this.#log;
  }

  /** Answers one request. What goes wrong is an error answer and a line of the log, never an exception. */
  answer(incoming: IncomingRequest): WireAnswer {
    const entry: Entry = {
      requestId: "",
      at: 0,
      endpoint: undefined,
      status: 0,
      bytes: incoming.body.length,
      inFlightMs: 0,
    };
    this.#log.push(entry);
    try {
      const call = this.#admit(incoming, entry);
      if (call.fault !== undefined && isRefusal(call.fault)) {
        throw refusalError(call.fault, entry.at, call.request.model);
      }
      return entry.endpoint === "messages" ? this.#message(call) : this.#count(call);
    } catch (thrown) {
      const error =
        thrown instanceof ApiError
          ? thrown
          : new ApiError(500, "api_error", `Fault of the simulation: ${thrown}`);
      entry.errorType = error.type;
      return this.#send(entry, error.status, error.body(entry.requestId), error.headers);
    }
  }

  /** Fills `entry` with what is known so far, so that a refused request is logged as far as it was read. */
  #admit({ method, path, headers, body }: IncomingRequest, entry: Entry): Call {
    entry.at = instantOf(headers, this.#options.now);
    entry.requestId = `req_01${this.#ids.next(entry.at, path, body)}`;
    const endpoint = method === "POST" ? ENDPOINTS.get(path) : undefined;
    if (endpoint === undefined)
      throw new ApiError(404, "not_found_error", "The requested resource could not be found.");
    entry.endpoint = endpoint;
    const key = this.#keys.get(apiKeyOf(headers));
    if (key === undefined) throw new ApiError(401, "authentication_error", "invalid x-api-key");
    entry.caller = key.caller;
    entry.workspace = key.workspace;
    checkVersion(headers);
    const request = readRequest(body, endpoint);
    entry.model = request.model;
    if (endpoint === "messages") entry.maxTokens = request.maxTokens;
    const prompt = readPrompt(request, betasOf(headers));
    entry.fingerprint = prompt.fingerprint;
    entry.promptTokens = prompt.tokens;
    const target = { at: entry.at, endpoint, model: request.model, fingerprint: prompt.fingerprint };
    const fault = this.faults.meet({ ...target, caller: key.caller, workspace: key.workspace });
    entry.fault = fault?.kind;
    return { entry, headers, key, request, prompt, fault };
  }

  #message(call: Call): WireAnswer {
    const { entry, request, fault } = call;
    const { usage, latencyMs } = this.#process(call);
    const reply = {
      messageId: entry.requestId.replace("req", "msg"),
      model: request.model,
      text: usage.outputTokens === 0 ? "" : ANSWER_TEXT,
      stopReason: request.maxTokens > usage.outputTokens ? ("end_turn" as const) : ("max_tokens" as const),
      usage: fault?.kind === "missing_usage" ? undefined : usage,
      inferenceGeo: request.inferenceGeo,
      speed: request.speed,
      asksForDiagnosis: request.asksForDiagnosis,
    };
    return request.stream
      ? this.#deliver(call, messageEvents(reply), "text/event-stream; charset=utf-8", latencyMs)
      : this.#deliver(call, JSON.stringify(messageBody(reply)), "application/json", latencyMs);
  }

  /** Reads and writes the cache and charges for it: whatever becomes of the answer. */
  #process({ entry, key, request, prompt, fault }: Call): { usage: Usage; latencyMs: number } {
    const { at, requestId } = entry;
    const { workspace, caller } = key;
    const breakpoints =
      fault?.kind === "ttl_downgraded" ? prompt.breakpoints.map(shortLived) : prompt.breakpoints;
    const cacheable = { workspace, blocks: prompt.blocks, breakpoints };
    const hit = this.cache.lookUp(cacheable, at);
    const promptTokens = prompt.tokens;
    const cachedTokens = hit?.tokens ?? 0;
    const outputTokens = Math.min(request.maxTokens, this.#options.outputTokens);
    const latency = this.#options.latency({ promptTokens, cachedTokens, outputTokens });
    this.cache.record(cacheable, hit, at, at + Math.round(latency.firstByteMs));

    const usage = divideTokens({ promptTokens, readTokens: cachedTokens, breakpoints, outputTokens });
    entry.usage = usage;
    const answered = fault?.kind !== "timeout" && fault?.kind !== "dropped_connection";
    const { model, speed, inferenceGeo } = request;
    this.bill.charge(
      { at, requestId, model, workspace, caller, fingerprint: prompt.fingerprint, usage, answered },
      { fast: speed === "fast", usInference: inferenceGeo === "us" },
    );
    return { usage, latencyMs: Math.round(latency.totalMs) };
  }

  #count(call: Call): WireAnswer {
    const { tokens, fingerprint } = call.prompt;
    const error =
      tokens * this.#options.countErrorShare * (2 * unitHash(this.#options.seed, "count", fingerprint) - 1);
    const body = JSON.stringify({ input_tokens: tokens + Math.trunc(error) });
    return this.#deliver(call, body, "application/json", 0);
  }

  /** Sends a good answer, unless a fault disturbs it on its way. */
  #deliver(
    { entry, headers, fault }: Call,
    body: string,
    contentType: string,
    latencyMs: number,
  ): WireAnswer {
    const head = { "content-type": contentType };
    switch (fault?.kind) {
      case "dropped_connection":
        return undefined;
      case "timeout":
        entry.inFlightMs = Math.min(TIMEOUT_MS, clientTimeoutMs(headers) ?? TIMEOUT_MS);
        return this.#send(entry, 200, body, { ...head, "x-virtual-latency-ms": String(TIMEOUT_MS) });
      case "not_json":
        if (fault.as === "html_page")
          return this.#send(entry, 200, HTML_PAGE, { "content-type": "text/html" });
        return this.#send(entry, 200, body.slice(0, body.length / 2), head);
      default:
        entry.inFlightMs = latencyMs;
        return this.#send(
          entry,
          200,
          body,
          latencyMs > 0 ? { ...head, "x-virtual-latency-ms": String(latencyMs) } : head,
        );
    }
  }

  #send(entry: Entry, status: number, body: string, headers: Readonly<Record<string, string>>): WireAnswer {
    entry.status = status;
    const own = {
      "content-type": "application/json",
      "request-id": entry.requestId,
      "anthropic-organization-id": ORGANIZATION,
    };
    const workspace: Record<string, string> =
      entry.workspace === undefined ? {} : { "anthropic-workspace-id": entry.workspace };
    return { status, headers: { ...own, ...workspace, ...headers }, body };
  }
}

/** @throws RangeError if a key stands for two things */
function keysByValue(keys: readonly ProviderKey[]): ReadonlyMap<string, ProviderKey> {
  const byValue = new Map<string, ProviderKey>();
  for (const [i, key] of keys.entries()) {
    const other = byValue.get(key.key);
    if (other !== undefined) {
      throw new RangeError(`keys[${i}] is the key of ${other.caller} again; a key belongs to one workspace`);
    }
    byValue.set(key.key, key);
  }
  return byValue;
}

function shortLived(breakpoint: Breakpoint): Breakpoint {
  return { ...breakpoint, ttl: "5m" };
}
