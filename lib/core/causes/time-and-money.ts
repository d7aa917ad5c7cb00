/** Nobody came in time, or the same write costs more. */
import { MINUTE_MS } from "../due.ts";
import { eventText } from "../event-text.ts";
import { type FillMark, fillsOf, unpackFill } from "../fill-cost/fill-mark.ts";
import {
  candidate,
  costOf,
  counted,
  type Evidence,
  eventOf,
  failedSince,
  namesOf,
  percent,
  prefixesOf,
  type Rule,
  shareOf,
  type WindowFill,
} from "./evidence.ts";

/** Entries whose TTL had run out: a pause, an outage of the provider, or ticks that did not come. */
export const expired: Rule = (evidence) => {
  const late = evidence.fills.filter(({ reason }) => reason === "expired");
  const share = shareOf(late, evidence);
  const flip = eventOf(evidence, "flip");
  return candidate(
    "expired",
    share * 0.85,
    [
      `the TTL of ${counted(prefixesOf(late).length, "prompt", "prompts")} was over before the next touch (${namesOf(prefixesOf(late))}), ${percent(share)} of the fill cost`,
      evidence.resumedAt === undefined ? undefined : "the warmer was resumed in these minutes",
      wasAway(evidence)
        ? `${counted(failedSince(evidence, evidence.from), "touch", "touches")} failed before: the provider was away`
        : undefined,
      flip && eventText(flip, evidence.now),
    ],
    ["warmer status", "warmer doctor"],
  );
};

/** Touches failed minute after minute, so that entries ran out meanwhile: the provider was away. */
export function wasAway({ failures }: Evidence): boolean {
  const minutes = new Set(failures.filter(({ failed }) => failed > 0).map(({ at }) => at));
  return [...minutes].some((at) => minutes.has(at + MINUTE_MS) && minutes.has(at + 2 * MINUTE_MS));
}

/** Below this it is rounding, or a mix of sizes. */
const LEAST_RISE = 1.12;

/** The same tokens of the same model, granted the same TTL, cost more than before. */
export const priceChange: Rule = (evidence) => {
  const compared = evidence.fills.flatMap((fill) => {
    const then = priceBefore(fill, evidence);
    return then === undefined ? [] : [{ fill, then }];
  });
  const now = costOf(compared.map(({ fill }) => fill));
  const before = compared.reduce((sum, { fill, then }) => sum + fill.tokens * then, 0);
  const rise = before === 0 ? 1 : now / before;
  const share = shareOf(
    compared.filter(({ fill, then }) => priceOf(fill) > LEAST_RISE * then).map(({ fill }) => fill),
    evidence,
  );
  if (rise < LEAST_RISE) return undefined;
  return candidate(
    "price_change",
    share * 0.97,
    [
      `the same tokens cost ${rise.toFixed(1)} times as much to write as before, for ${namesOf(prefixesOf(compared.map(({ fill }) => fill)))}`,
      `${percent(share)} of the fill cost`,
    ],
    ["warmer status", "warmer doctor"],
  );
};

/** USD of a token: micro-USD, as billed. */
function priceOf({ cost, tokens }: FillMark): number {
  return tokens === 0 ? 0 : cost / tokens;
}

/** What a token of the same prompt, model and TTL cost before the window; `undefined` if nobody knows. */
function priceBefore({ state, ttl, tokens }: WindowFill, { from }: Evidence): number | undefined {
  const { before, model } = state;
  const replaced = before?.fill !== undefined && before.model === model ? [unpackFill(before.fill)] : [];
  const known = [...replaced, ...fillsOf(state)].findLast((fill) => fill.at < from && fill.ttl === ttl);
  return known === undefined || tokens === 0 ? undefined : priceOf(known);
}
