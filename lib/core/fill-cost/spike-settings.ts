import type { WarmerConfig } from "../config.ts";
import { NEVER } from "../due.ts";
import type { PrefixState } from "../prefix-state.ts";
import { worstCase } from "../worst-case.ts";
import type { LiveFillCost } from "./fill-history.ts";
import { costOfOneFill } from "./predicted-fills.ts";
import type { SpikeSettings } from "./spike.ts";

/** Of the hourly limit: whoever set it has said what money matters, and a tenth of it an hour does not yet. */
const SHARE_OF_LIMIT = 0.1;

/** What the live manifest costs to fill, with the sizes that were measured where they are known. */
export function liveFillCost(states: readonly PrefixState[], digest: string, now: number): LiveFillCost {
  const costs = states
    .filter(({ dueAt, beside }) => dueAt !== NEVER && beside !== true)
    .map((state) => costOfOneFill(state, now));
  return { digest, all: costs.reduce((sum, cost) => sum + cost, 0), largest: Math.max(0, ...costs) };
}

/**
 * The settings with their defaults. The least baseline is what it costs to fill the live manifest once an hour: a
 * healthy warmer mostly reads, so what it usually fills is next to nothing, and next to nothing is no yardstick. The
 * least spike is a tenth of the hourly limit, and more than a single fill can make.
 *
 * @param live `undefined` as long as nobody has looked: what the configuration expects counts then
 */
export function spikeSettings(
  { spikes, expected, guardrails }: Pick<WarmerConfig, "spikes" | "expected" | "guardrails">,
  live: LiveFillCost | undefined,
): SpikeSettings {
  const all = worstCase(expected, 1).fill;
  const known =
    live === undefined || live.all === 0 ? { all, largest: Math.ceil(all / expected.prefixes) } : live;
  const { minimumBaseline = known.all, factors, windows } = spikes;
  // What one fill of the dearest prefix reads as in the shortest window, above a baseline that is at least as much.
  const oneFill = known.largest * (60 / Math.min(windows.warning, windows.critical) - 1);
  const minimumSpike = Math.ceil(Math.max(SHARE_OF_LIMIT * guardrails.hourly, oneFill));
  return { factors, windows, minimumBaseline, minimumSpike: spikes.minimumSpike ?? minimumSpike };
}
