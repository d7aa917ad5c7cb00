import type { KnownEvent } from "./known-event.ts";
import type { MicroUsd } from "./money.ts";

/** The patterns that fill cost is told apart by, and what they mean. Codes are API. */
export const CAUSES = {
  onboarding: { normal: true, meaning: "prompts that were not served before are filled for the first time" },
  large_manifest_change: { normal: true, meaning: "a release changed the bytes of prompts that were warm" },
  scheduled_refresh: { normal: true, meaning: "prompts change at regular times" },
  expired: { normal: true, meaning: "nothing touched the prompts in time; they are filled once more" },
  model_change: { normal: false, meaning: "the prompts moved to another model, all at once" },
  price_change: { normal: false, meaning: "the same tokens cost more to write than before" },
  configuration_error: {
    normal: false,
    meaning: "what was stable is filled again since the configuration changed",
  },
  ttl_downgraded: { normal: false, meaning: "1h was asked for, and the provider wrote 5m" },
  early_eviction: { normal: false, meaning: "the provider dropped entries before their TTL" },
  corruption: { normal: false, meaning: "entries are written again and again while touches fail" },
  warmer_loop: {
    normal: false,
    meaning: "the same bytes are written again at once: what is stored is never found",
  },
  organic_miss: { normal: false, meaning: "the application sends other bytes than the published ones" },
  unknown: { normal: false, meaning: "no pattern fits" },
} as const satisfies Record<string, { readonly normal: boolean; readonly meaning: string }>;

export type CauseCode = keyof typeof CAUSES;

/** A pattern that fits, and why. */
export interface Candidate {
  readonly cause: CauseCode;
  /** 0 to 1. */
  readonly confidence: number;
  /** What was seen, one fact each, for people. Names of prompts, never their text. */
  readonly evidence: readonly string[];
  /** What to type next. */
  readonly next: readonly string[];
}

/** What fill cost was spent on in the last minutes, and which patterns fit. */
export interface Diagnosis {
  /** The window that was looked at, ms since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly fillCost: MicroUsd;
  readonly fills: number;
  /** Of the fills, those where a read was due. */
  readonly unexpected: number;
  /** Touches that ended neither as a fill nor as a keep-alive. */
  readonly failed: number;
  /** Best first, at least one; `unknown` stands alone or last. */
  readonly candidates: readonly Candidate[];
  /** Known events that touch the window, oldest first. */
  readonly events: readonly KnownEvent[];
}
