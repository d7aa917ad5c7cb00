import type { Outcome } from "./outcome.ts";

/**
 * What the warmer must do about a failed request: try the prefix again within the deadline, skip this
 * prefix, end the run, or pause until an operator looks.
 */
export type Directive = "retry" | "skip" | "stop" | "pause";

/** A request that ended without usage. Carries no prompt text and no key. */
export interface ProviderFailure {
  readonly outcome: Outcome;
  readonly directive: Directive;
  /** Whether the provider may bill it. A client that hangs up is charged; a refused request is not. */
  readonly billed: "no" | "maybe";
  /** From `retry-after`, in ms. */
  readonly retryAfterMs?: number;
  readonly message: string;
}
