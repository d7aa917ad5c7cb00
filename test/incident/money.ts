/** What was sent and what it cost: by the warmer's ledger, and by the provider's own bill. */
import { toMicroUsd } from "../../lib/local/provider/bill.ts";
import type { World } from "../support/world.ts";

/** What the provider billed the warmer in all, in micro-USD, rounded up. */
export function billed({ provider }: World): number {
  return toMicroUsd(provider.bill.total({ caller: "warmer" }).cost);
}

/** What the ledger counts as spent in this UTC day, in micro-USD. */
export async function spent(world: World): Promise<number> {
  const held = await world.warmer.operator.control.read();
  if (held === undefined) throw new Error("there is no control item");
  return held.control.ledger.day.spent;
}
