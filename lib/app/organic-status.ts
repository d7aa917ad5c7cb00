import type { PrefixState } from "../core/prefix-state.ts";
import { type MissReason, organicHitRate, organicMisses, organicTotals } from "../core/usage/organic.ts";
import type { UsageRecord } from "../core/usage/usage-record.ts";

/** How the application fared, from its own records. */
export interface OrganicStatus {
  readonly requests: number;
  /** Tokens read of tokens read or written; absent if there were none. */
  readonly hitRate?: number;
  readonly misses: Readonly<Record<MissReason, number>>;
  /** Requests that are known to have been and are in no record. */
  readonly lost: number;
}

export function organicStatus(records: readonly UsageRecord[], known: readonly PrefixState[]): OrganicStatus {
  const totals = organicTotals(records);
  const hitRate = organicHitRate(totals);
  return {
    requests: totals.requests,
    ...(hitRate !== undefined && { hitRate }),
    misses: organicMisses(records, known),
    lost: totals.lost,
  };
}
