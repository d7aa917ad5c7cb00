import { APIConnectionError, APIConnectionTimeoutError, APIError } from "@anthropic-ai/sdk";
import type { ProviderFailure } from "../core/provider-failure.ts";

/** A 429 with one of these codes lasts until somebody pays or the month ends (errors page, August 2026). */
const SPEND_LIMIT_CODES = new Set(["enforced_spend_limit_reached", "contract_spend_limit_reached"]);

/** A spend limit that the customer set is a 400 whose message begins like this (rate limits page, August 2026). */
const OWN_SPEND_LIMIT = /^You have reached your specified (workspace )?API usage limits/;

/** The connection was never made, so nothing was sent and nothing can be billed. */
const NEVER_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"]);

/** A `retry-after` beyond this is longer than any run; the next tick asks again. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * What types, codes and request ids of errors look like (errors page, August 2026). Anything else may be text of the
 * prompt, or the key, and is left out.
 */
const WORD = /^[a-z_]{1,48}$/;
const REQUEST_ID = /^req_\w{1,64}$/;

/**
 * What an error of the SDK means for the warmer. The message names status, type, code and request id; the
 * provider's own wording is left out, since it may quote the prompt.
 */
export function failureOf(error: unknown): ProviderFailure {
  if (error instanceof APIConnectionTimeoutError) {
    return {
      outcome: "transient_failure",
      directive: "retry",
      billed: "maybe",
      message: "the request timed out",
    };
  }
  if (error instanceof APIConnectionError) {
    const billed = NEVER_SENT.has(connectionCode(error)) ? "no" : "maybe";
    return {
      outcome: "transient_failure",
      directive: "retry",
      billed,
      message: `the connection failed (${connectionCode(error)})`,
    };
  }
  if (!(error instanceof APIError) || error.status === undefined) {
    // Not an answer that this API gives: whatever it was, it may have been billed.
    return {
      outcome: "usage_missing",
      directive: "skip",
      billed: "maybe",
      message: "the reply was not a Messages API reply",
    };
  }
  return { ...decide(error), message: describe(error) };
}

function decide(error: APIError): Omit<ProviderFailure, "message"> {
  const { status, errorCode, apiMessage } = error;
  switch (status) {
    case 400:
      return OWN_SPEND_LIMIT.test(apiMessage ?? "")
        ? { outcome: "provider_spend_limit", directive: "pause", billed: "no" }
        : { outcome: "request_refused", directive: "skip", billed: "no" };
    case 401:
      return { outcome: "auth_failed", directive: "stop", billed: "no" };
    case 402:
      return { outcome: "provider_spend_limit", directive: "pause", billed: "no" };
    case 403:
      return { outcome: "request_refused", directive: "stop", billed: "no" };
    case 429:
      return errorCode !== null && SPEND_LIMIT_CODES.has(errorCode)
        ? { outcome: "provider_spend_limit", directive: "pause", billed: "no" }
        : { outcome: "transient_failure", directive: "retry", billed: "no", ...retryAfter(error) };
    case 504:
      return { outcome: "transient_failure", directive: "retry", billed: "maybe" };
    case 408:
    case 409:
      return { outcome: "transient_failure", directive: "retry", billed: "no" };
    default:
      return (status ?? 0) >= 500
        ? { outcome: "transient_failure", directive: "retry", billed: "no", ...retryAfter(error) }
        : { outcome: "request_refused", directive: "skip", billed: "no" };
  }
}

function retryAfter(error: APIError): { retryAfterMs: number } | Record<string, never> {
  const seconds = Number(error.headers?.get("retry-after"));
  return Number.isFinite(seconds) && seconds > 0
    ? { retryAfterMs: Math.min(seconds * 1000, MAX_RETRY_AFTER_MS) }
    : {};
}

function describe({ status, type, errorCode, requestID }: APIError): string {
  const words = [type, errorCode].filter((word) => WORD.test(word ?? ""));
  const request = REQUEST_ID.test(requestID ?? "") ? [`request ${requestID}`] : [];
  return [`HTTP ${status}`, ...words, ...request].join(", ");
}

function connectionCode(error: APIConnectionError): string {
  for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause) {
    if ("code" in cause && typeof cause.code === "string") return cause.code;
  }
  return "unknown";
}
