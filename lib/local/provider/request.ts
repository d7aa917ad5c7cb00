import { shown } from "../../core/received.ts";
import { ApiError, invalidRequest } from "./api-error.ts";
import { isObject, type JsonObject } from "./json.ts";
import { MODELS, type SimulatedModel } from "./models.ts";
import { checkBlocks, readTurns, type Turn } from "./request-blocks.ts";

export type Endpoint = "messages" | "count_tokens";

/** A request body that the API would accept, with its defaults filled in. */
export interface ProviderRequest {
  readonly model: string;
  readonly traits: SimulatedModel;
  /** 0 when the tokens are only counted. */
  readonly maxTokens: number;
  readonly stream: boolean;
  readonly tools: readonly JsonObject[];
  readonly system: readonly JsonObject[];
  readonly turns: readonly Turn[];
  /** The marker of automatic caching, not yet checked. */
  readonly automaticMarker: unknown;
  readonly thinking: JsonObject;
  readonly effort: string;
  readonly toolChoice: JsonObject;
  readonly speed: "standard" | "fast";
  readonly inferenceGeo: "global" | "us";
  readonly contextManagement: unknown;
  readonly asksForDiagnosis: boolean;
}

/** Body fields of SDK 1.11.0 (2026-11-19), without those that name a thing which is not simulated. */
const COUNT_FIELDS = [
  "messages",
  "model",
  "cache_control",
  "output_config",
  "speed",
  "system",
  "thinking",
  "tool_choice",
  "tools",
  "context_management",
];
const MESSAGE_FIELDS = [
  ...COUNT_FIELDS,
  "max_tokens",
  "diagnostics",
  "inference_geo",
  "metadata",
  "service_tier",
  "stop_sequences",
  "stream",
];
const FIELDS: Readonly<Record<Endpoint, ReadonlySet<string>>> = {
  messages: new Set(MESSAGE_FIELDS),
  count_tokens: new Set(COUNT_FIELDS),
};

const THINKING_TYPES = ["adaptive", "enabled", "disabled", "between_tools"];
const EFFORTS = ["low", "medium", "high", "xhigh", "max"];

/** Refused since version 2026-10-21 of the API (SDK 1.x sends it), whatever their value. */
const SAMPLING_FIELDS = ["temperature", "top_p", "top_k"];

/**
 * Reads a request body as the API does.
 *
 * @throws ApiError 400 with the path of the first field that is wrong, 404 for an unknown model
 */
export function readRequest(bytes: Buffer, endpoint: Endpoint): ProviderRequest {
  const body = parse(bytes);
  for (const field of Object.keys(body)) {
    if (SAMPLING_FIELDS.includes(field))
      throw invalidRequest(`${field}: this parameter is no longer accepted`);
    if (!FIELDS[endpoint].has(field)) throw invalidRequest(`${shown(field)}: extra inputs are not permitted`);
  }
  const model = body["model"];
  if (typeof model !== "string" || model === "") throw invalidRequest("model: must be a model id");
  const traits = MODELS.get(model);
  if (traits === undefined) throw new ApiError(404, "not_found_error", `model: ${shown(model)}`);

  const outputConfig = optionalObject(body, "output_config") ?? {};
  const request: ProviderRequest = {
    model,
    traits,
    maxTokens: endpoint === "messages" ? readMaxTokens(body["max_tokens"]) : 0,
    stream: oneOf(body, "stream", [false, true]),
    tools: checkBlocks(body["tools"] ?? [], "tools"),
    system: readSystem(body["system"]),
    turns: readTurns(body["messages"]),
    automaticMarker: body["cache_control"],
    thinking: typed(body, "thinking", [traits.defaultThinking, ...THINKING_TYPES]),
    effort: oneOf(outputConfig, "effort", [traits.defaultEffort, ...EFFORTS]),
    toolChoice: typed(body, "tool_choice", ["auto", "any", "tool", "none"]),
    speed: oneOf(body, "speed", ["standard", "fast"]),
    inferenceGeo: oneOf(body, "inference_geo", ["global", "us"]),
    contextManagement: body["context_management"] ?? null,
    asksForDiagnosis: optionalObject(body, "diagnostics") !== undefined,
  };
  checkTraits(request);
  if (endpoint === "messages") {
    if (request.maxTokens === 0) checkPreWarm(request, outputConfig["format"]);
    else checkThinkingBudget(request);
  }
  return request;
}

// --- internal ---

function parse(bytes: Buffer): JsonObject {
  let body: unknown;
  try {
    body = JSON.parse(bytes.toString("utf8"));
  } catch {
    throw invalidRequest("The request body is not valid JSON");
  }
  if (!isObject(body)) throw invalidRequest("The request body must be a JSON object");
  return body;
}

function optionalObject(body: JsonObject, field: string): JsonObject | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw invalidRequest(`${field}: must be an object`);
  return value;
}

/** An optional object whose `type` is one of these; the first is what a missing object means. */
function typed(body: JsonObject, field: string, types: readonly [string, ...string[]]): JsonObject {
  const value = optionalObject(body, field);
  if (value === undefined) return { type: types[0] };
  const type = value["type"];
  if (!types.some((candidate) => candidate === type)) {
    throw invalidRequest(
      `${field}.type: must be one of ${[...new Set(types)].join(", ")}, got ${shown(type)}`,
    );
  }
  return value;
}

/** The first choice is what a missing field means. */
function oneOf<Choice extends string | boolean>(
  body: JsonObject,
  field: string,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  const value = body[field] ?? choices[0];
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined) {
    throw invalidRequest(`${field}: must be one of ${[...new Set(choices)].join(", ")}, got ${shown(value)}`);
  }
  return choice;
}

function readMaxTokens(value: unknown): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
    throw invalidRequest(`max_tokens: must be an integer of at least 0, got ${shown(value)}`);
  }
  return value;
}

function readSystem(value: unknown): readonly JsonObject[] {
  if (typeof value === "string") return value === "" ? [] : [{ type: "text", text: value }];
  return checkBlocks(value ?? [], "system");
}

function checkTraits({ model, traits, speed, inferenceGeo }: ProviderRequest): void {
  if (speed === "fast" && !traits.fastMode)
    throw invalidRequest(`speed: fast mode is not simulated for ${model}`);
  if (inferenceGeo === "us" && !traits.usInference) {
    throw invalidRequest(`inference_geo: ${model} does not support it`);
  }
}

function checkThinkingBudget({ thinking, maxTokens }: ProviderRequest): void {
  if (thinking["type"] !== "enabled") return;
  const budget = thinking["budget_tokens"];
  if (typeof budget !== "number" || !Number.isInteger(budget) || budget < 1_024) {
    throw invalidRequest(`thinking.budget_tokens: must be an integer of at least 1024, got ${shown(budget)}`);
  }
  if (budget >= maxTokens) {
    throw invalidRequest(
      `max_tokens: must be greater than thinking.budget_tokens (${budget}), got ${maxTokens}`,
    );
  }
}

/** What cannot go with an output of no tokens (prompt caching guide, "Pre-warming the cache", read 2026-09-26). */
function checkPreWarm(request: ProviderRequest, format: unknown): void {
  const choice = request.toolChoice["type"];
  const obstacle =
    (request.stream && "stream: true") ||
    (request.thinking["type"] === "enabled" && 'thinking.type: "enabled"') ||
    (format !== undefined && format !== null && "output_config.format") ||
    ((choice === "any" || choice === "tool") && `tool_choice.type: "${choice}"`);
  if (obstacle) throw invalidRequest(`max_tokens: 0 is not allowed together with ${obstacle}`);
}
