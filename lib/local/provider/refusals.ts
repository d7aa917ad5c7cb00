import { ApiError } from "./api-error.ts";

/** An error answer that can be set as a fault. Nothing is processed and nothing billed. */
export type Refusal =
  | { readonly kind: "unauthorized" }
  | { readonly kind: "forbidden" }
  | { readonly kind: "model_not_found" }
  /** With `retryAfterSeconds` as a real rate limit is; without, as an acceleration limit may be. */
  | { readonly kind: "rate_limited"; readonly retryAfterSeconds?: number }
  /** The monthly cap of the usage tier. */
  | { readonly kind: "enforced_spend_limit" }
  /** A limit that the customer set for the organization or the workspace. */
  | { readonly kind: "own_spend_limit"; readonly of?: "organization" | "workspace" }
  | { readonly kind: "billing" }
  | { readonly kind: "overloaded" }
  | { readonly kind: "server_error" }
  | { readonly kind: "gateway_timeout" };

const REFUSALS: Readonly<Record<Refusal["kind"], true>> = {
  unauthorized: true,
  forbidden: true,
  model_not_found: true,
  rate_limited: true,
  enforced_spend_limit: true,
  own_spend_limit: true,
  billing: true,
  overloaded: true,
  server_error: true,
  gateway_timeout: true,
};

export function isRefusal(fault: { readonly kind: string }): fault is Refusal {
  return fault.kind in REFUSALS;
}

/**
 * The error that a refusal answers with: status, type, body and headers as the errors and rate limits pages have
 * them (read 2026-09-02). The pages ask clients not to match on messages; only those of the spend limits begin as
 * documented, because there nothing else tells them apart.
 *
 * @param at instant of the request, in ms since the epoch
 */
export function refusalError(refusal: Refusal, at: number, model: string): ApiError {
  switch (refusal.kind) {
    case "unauthorized":
      return new ApiError(401, "authentication_error", "invalid x-api-key");
    case "forbidden":
      return new ApiError(403, "permission_error", "Your API key may not use this resource.");
    case "model_not_found":
      return new ApiError(404, "not_found_error", `model: ${model}`);
    case "billing":
      return new ApiError(
        402,
        "billing_error",
        "There is an issue with your billing or payment information.",
      );
    case "overloaded":
      return new ApiError(529, "overloaded_error", "Overloaded");
    case "server_error":
      return new ApiError(500, "api_error", "Internal server error");
    case "gateway_timeout":
      return new ApiError(504, "timeout_error", "The request timed out while processing.");
    case "rate_limited":
      return new ApiError(
        429,
        "rate_limit_error",
        "This request would exceed your organization's rate limit.",
        {
          headers:
            refusal.retryAfterSeconds === undefined ? {} : rateLimitHeaders(refusal.retryAfterSeconds, at),
        },
      );
    case "enforced_spend_limit":
      return new ApiError(
        429,
        "rate_limit_error",
        `You have reached your API usage limits: the monthly threshold of your organization's tier. ${regain(at)}`,
        { errorCode: "enforced_spend_limit_reached" },
      );
    case "own_spend_limit": {
      const scope = refusal.of === "workspace" ? "workspace API" : "API";
      return new ApiError(
        400,
        "invalid_request_error",
        `You have reached your specified ${scope} usage limits. ${regain(at)}`,
      );
    }
  }
}

function rateLimitHeaders(retryAfterSeconds: number, at: number): Record<string, string> {
  return {
    "retry-after": String(retryAfterSeconds),
    "anthropic-ratelimit-requests-limit": "1000",
    "anthropic-ratelimit-requests-remaining": "0",
    "anthropic-ratelimit-requests-reset": new Date(at + retryAfterSeconds * 1_000).toISOString(),
  };
}

/** Spend limits end with the month, at 00:00 UTC. */
function regain(at: number): string {
  const now = new Date(at);
  const next = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1));
  return `You will regain access on ${next.toISOString().slice(0, 10)} at 00:00 UTC.`;
}
