import type { Usage } from "../../core/usage.ts";
import type { FaultKind } from "./faults.ts";
import type { Endpoint } from "./request.ts";

/** What the provider remembers of a request. Never any text of the prompt. */
export interface LoggedRequest {
  readonly requestId: string;
  /** Start of the request, in ms since the epoch. */
  readonly at: number;
  readonly endpoint: Endpoint | undefined;
  /** HTTP status; 0: the connection was dropped without an answer. */
  readonly status: number;
  readonly errorType?: string;
  readonly fault?: FaultKind;
  /** Label of the API key; missing for an unknown key. */
  readonly caller?: string;
  readonly workspace?: string;
  readonly model?: string;
  readonly maxTokens?: number;
  /** Hash of the prompt up to its last breakpoint, markers left out; without a breakpoint, of the whole prompt. */
  readonly fingerprint?: string;
  /** Size of the request body. */
  readonly bytes: number;
  readonly promptTokens?: number;
  /** What was consumed, whether or not the answer said so. */
  readonly usage?: Usage;
  /** How long the request was in flight for its client, in ms of virtual time. */
  readonly inFlightMs: number;
}

/**
 * The largest number of requests that were in flight at one instant of virtual time; each from its start up to,
 * but not including, its end. A request without latency is in flight at no instant.
 */
export function mostInFlight(log: readonly Pick<LoggedRequest, "at" | "inFlightMs">[]): number {
  const steps = log
    .filter(({ inFlightMs }) => inFlightMs > 0)
    .flatMap(({ at, inFlightMs }) => [
      { at, change: 1 },
      { at: at + inFlightMs, change: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.change - b.change);
  let inFlight = 0;
  let most = 0;
  for (const { change } of steps) {
    inFlight += change;
    most = Math.max(most, inFlight);
  }
  return most;
}
