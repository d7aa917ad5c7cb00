import type { WarmerConfig } from "./config.ts";
import { type Ledger, rollOver } from "./ledger.ts";
import { SHARE_STEPS } from "./partitions.ts";
import { followShare } from "./window-limits.ts";

type Share = Pick<WarmerConfig["guardrails"], "share">;

/** The ledger with the windows of `now`, and with the share of the limits that is its own by now. */
export function openWindows(ledger: Ledger, { share }: Share, now: number): Ledger {
  const open = rollOver(ledger, now);
  const own = shareFor(ledger, share);
  return own === undefined ? open : followShare(open, own, now);
}

/** Whether the ledger has noted the share that is its own by now. */
export function knowsItsShare(ledger: Ledger, { share }: Share): boolean {
  return ledger.share === shareFor(ledger, share);
}

/** A warmer without partitions has the whole; one that had partitions in between gains it like any share. */
function shareFor({ share: known }: Ledger, share: number | undefined): number | undefined {
  return share ?? (known === undefined ? undefined : SHARE_STEPS);
}
