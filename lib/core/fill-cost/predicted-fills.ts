import { NEVER } from "../due.ts";
import { tokensOf } from "../manifest.ts";
import type { MicroUsd } from "../money.ts";
import { isAlive, type PrefixState } from "../prefix-state.ts";
import { pricesFor } from "../prices.ts";

/**
 * What the fills cost that the live color still needs: each of its prefixes that is not alive is written once. One that
 * is stopped, or whose model has no price, is never written. Surcharges of a request's own settings are not in it.
 */
export function predictedFills(states: readonly PrefixState[], now: number): MicroUsd {
  return states
    .filter((state) => state.dueAt !== NEVER && state.beside !== true && state.stopped === undefined)
    .filter((state) => !isAlive(state, now))
    .reduce((sum, state) => sum + costOfOneFill(state, now), 0);
}

/** What writing a prefix once costs, by its measured size if there is one; 0 without a price. */
export function costOfOneFill(state: PrefixState, now: number): MicroUsd {
  const tokens = state.measuredTokens ?? tokensOf(state);
  const prices = pricesFor(state.model, now, tokens);
  if (prices === undefined) return 0;
  const perMillion = (state.grantedTtl ?? state.ttl) === "5m" ? prices.write5m : prices.write1h;
  return Math.ceil((tokens * perMillion) / 1_000_000);
}
