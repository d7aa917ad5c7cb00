import type { IncomingHttpHeaders } from "node:http";
import { shown } from "../../core/received.ts";
import { ApiError, invalidRequest } from "./api-error.ts";

/**
 * The instant of a request: its `x-virtual-time` header, else `now()`; in ms since the epoch.
 *
 * @throws ApiError 400 if the header is not a whole number
 */
export function instantOf(headers: IncomingHttpHeaders, now: () => number): number {
  const value = headers["x-virtual-time"];
  if (value === undefined) return now();
  if (typeof value !== "string" || !/^\d{1,15}$/.test(value)) {
    throw invalidRequest(`x-virtual-time: must be whole milliseconds since the epoch, got ${shown(value)}`);
  }
  return Number(value);
}

/**
 * The API key as either header carries it: `Authorization: Bearer` (SDK 1.x) or `x-api-key`.
 *
 * @throws ApiError 401 if there is none
 */
export function apiKeyOf(headers: IncomingHttpHeaders): string {
  const key = headers["x-api-key"] ?? /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1];
  if (typeof key !== "string") {
    throw new ApiError(401, "authentication_error", "x-api-key or Authorization header is required");
  }
  return key;
}

/** @throws ApiError 400 if the API version is missing, or one that the provider does not have */
export function checkVersion(headers: IncomingHttpHeaders): void {
  const version = headers["anthropic-version"];
  if (version !== "2026-10-21" && version !== "2023-06-01") {
    throw invalidRequest(`anthropic-version: must be 2026-10-21 or 2023-06-01, got ${shown(version)}`);
  }
}

/** The active betas in no particular order. */
export function betasOf(headers: IncomingHttpHeaders): readonly string[] {
  const value = headers["anthropic-beta"];
  const list = (Array.isArray(value) ? value : [value ?? ""]).join(",").split(",");
  return [...new Set(list.map((beta) => beta.trim()).filter((beta) => beta !== ""))].sort();
}

/** How long the client says that it waits (SDK 1.x rounds it down to seconds), in ms. */
export function clientTimeoutMs(headers: IncomingHttpHeaders): number | undefined {
  const seconds = Number(headers["x-stainless-timeout"] ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1_000 : undefined;
}
