import type { Control } from "../core/control.ts";
import { pause } from "../core/control-state.ts";
import { releaseSlots } from "../core/guardrails.ts";
import { settle } from "../core/ledger.ts";
import { writtenTokens } from "../core/usage.ts";
import type { Sent, TouchResult, WaveContext } from "./wave.ts";

/** Replaces the wave's reservation by its cost; a spend limit of the provider pauses in the same write. */
export async function settleWave(
  context: WaveContext,
  id: string,
  sent: readonly Sent[],
  taken: Control,
): Promise<void> {
  const cost = sent.reduce((sum, touch) => sum + touch.cost, 0);
  const fillCost = sent.reduce((sum, touch) => sum + touch.fillCost, 0);
  const stopped = sent.find(({ result }) => result.failure?.directive === "pause")?.result.failure;
  // Whether a touch without usage filled is unknown, and unknown counts as a fill.
  const filled = sent.some(
    ({ cost: spent, result }) => spent > 0 && (result.usage === undefined || writtenTokens(result.usage) > 0),
  );
  const prefix = sent[0]?.result.state.name ?? "";
  const count = (holds: (touch: TouchResult) => boolean) => sent.filter(({ result }) => holds(result)).length;
  const counts = {
    fills: count(({ usage }) => usage !== undefined && writtenTokens(usage) > 0),
    unexpected: count(({ unexpectedFill }) => unexpectedFill),
    failed: count((result) => result.sent && result.outcome !== "warmed"),
  };
  await context.session.change((control) => {
    const now = context.clock.now();
    const open = releaseSlots(control, taken, prefix, filled, now);
    const settled = { ...open, ledger: settle(open.ledger, id, cost, fillCost, { now, ...counts }) };
    if (stopped === undefined) return settled;
    return pause(settled, {
      cause: "provider_spend_limit",
      by: "provider",
      at: now,
      reason: stopped.message,
    });
  });
}
