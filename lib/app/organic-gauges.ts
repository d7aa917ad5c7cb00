import type { WarmerConfig } from "../core/config.ts";
import type { Control } from "../core/control.ts";
import { type MetricPoint, ratioPoint } from "../core/metrics.ts";
import {
  firstRequestHitRate,
  type OrganicTotals,
  organicHitRate,
  organicTotals,
} from "../core/usage/organic.ts";
import type { ControlSession } from "./control-session.ts";
import type { UsageReader } from "./ports.ts";

/** What the application did in this time is what its hit rate is made of. */
const WINDOW_MS = 15 * 60_000;

/** Before the flip: the yardstick for after it. */
const BEFORE_FLIP_MS = 60 * 60_000;

/** A process hands in its minute some seconds after its end, and later after a failed write. */
const HANDED_IN_AFTER_MS = 3 * 60_000;

/** A flip that costs the application this share of its hits is alarmed, whatever the floor. */
const TOLERATED_DROP = 0.2;

/**
 * The application's own use of the cache, beside the warmer's and never mixed with it. Without a recorder, or with
 * too few requests to tell, nothing is sent.
 */
export async function organicGauges(
  usage: UsageReader,
  session: ControlSession,
  { organic }: Pick<WarmerConfig, "organic">,
  now: number,
): Promise<MetricPoint[]> {
  const before = await rateBeforeFlip(usage, session, organic.minRequests, now);
  const totals = organicTotals(await usage.between(now - WINDOW_MS, now));
  const rate = organicHitRate(totals);
  const first = firstRequestHitRate(totals);
  if (cacheable(totals) < organic.minRequests || rate === undefined) return [];
  const floor = Math.max(organic.minHitRate, (before ?? 0) - TOLERATED_DROP);
  return [
    { name: "OrganicHitRate", value: rate },
    { name: "OrganicShortfall", value: Math.max(0, floor - rate) },
    ...(first === undefined ? [] : ratioPoint("FirstRequestHitRate", totals.firstHits, totals.first)),
  ];
}

/** Read once for each flip, and kept with it: the hour before does not change any more. */
async function rateBeforeFlip(
  usage: UsageReader,
  session: ControlSession,
  minRequests: number,
  now: number,
): Promise<number | undefined> {
  const { flip } = session.control;
  if (flip === undefined || flip.measured === true) return flip?.organicBefore;
  if (now < flip.at + HANDED_IN_AFTER_MS) return undefined;
  const totals = organicTotals(await usage.between(flip.at - BEFORE_FLIP_MS, flip.at));
  const rate = cacheable(totals) < minRequests ? undefined : organicHitRate(totals);
  const change = (control: Control): Control =>
    control.flip?.at !== flip.at || control.flip.measured === true
      ? control
      : {
          ...control,
          flip: { ...control.flip, measured: true, ...(rate !== undefined && { organicBefore: rate }) },
        };
  await session.change(change);
  return rate;
}

/** Requests that the rate is made of: those without a breakpoint, or below the minimum, neither hit nor miss. */
function cacheable({ requests, unmarked, neither }: OrganicTotals): number {
  return requests - unmarked - neither;
}
