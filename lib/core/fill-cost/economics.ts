import type { Ttl } from "../due.ts";
import type { MicroUsd } from "../money.ts";
import { pricesFor } from "../prices.ts";
import type { PrefixUse, UsageRecord } from "../usage/usage-record.ts";
import { combine, type FillHistory, type HistoryDay, NOTHING, type PeriodFigures } from "./fill-history.ts";

const DAY_MS = 86_400_000;
const HOURS_A_DAY = 24;
const WEEK = 7;

/** With fewer hours of seven days known, nobody can say what they came to: one day's may be missing. */
const HOURS_NEEDED = (WEEK - 1) * HOURS_A_DAY;

/** Fill cost as a share of the avoided cost that is healthy. */
export const HEALTHY_SHARE = { least: 0.05, most: 0.15 } as const;

/**
 * What the application's reads would have cost as writes, less what they cost as reads. Only prefixes that the warmer
 * keeps warm count: what the application keeps warm by itself is not the warmer's merit. The warmer's own reads are
 * in no record. Rounded down, and reads of a model without a price count nothing: never too much praise.
 *
 * @param ttlOf the TTL under which the warmer keeps a fingerprint; `undefined` for one that it does not know
 */
export function avoidedCost(
  records: readonly UsageRecord[],
  ttlOf: (fingerprint: string) => Ttl | undefined,
): Pick<PeriodFigures, "avoided" | "requests"> {
  let avoided = 0;
  let requests = 0;
  for (const { minute, prefixes } of records) {
    for (const use of prefixes) {
      requests += use.requests;
      avoided += avoidedByUse(use, ttlOf(use.fingerprint), minute);
    }
  }
  return { avoided: Math.floor(avoided), requests };
}

function avoidedByUse(use: PrefixUse, ttl: Ttl | undefined, at: number): number {
  if (ttl === undefined || use.requests === 0) return 0;
  const tokens = use.readTokens + use.write5mTokens + use.write1hTokens + use.uncachedTokens;
  const prices = pricesFor(use.model, at, tokens / use.requests);
  if (prices === undefined) return 0;
  const write = ttl === "5m" ? prices.write5m : prices.write1h;
  return (use.readTokens * Math.max(0, write - prices.read)) / 1_000_000;
}

/**
 * What the warmer saved over the last seven whole UTC days, less what it cost; negative if it cost more.
 * `undefined` before there are seven, while too little is known of them, and as long as no application ever recorded
 * what it used: savings that nobody measured are unknown, not zero.
 *
 * @param since `warmer init`, ms since the epoch
 */
export function netSaving({ days }: FillHistory, since: number, now: number): MicroUsd | undefined {
  const today = Math.floor(now / DAY_MS);
  const week = days.filter(({ day }) => day >= today - WEEK && day < today);
  const { hours, spend, avoided } = totalOf(week);
  const isRecorded = days.some(({ requests }) => requests > 0);
  if (since > (today - WEEK) * DAY_MS || hours < HOURS_NEEDED || !isRecorded) return undefined;
  return avoided - spend;
}

/** What the warmer cost and saved in one month. */
export interface MonthReport extends PeriodFigures {
  /** `2026-11` */
  readonly month: string;
  /** Hours that are known of the month. */
  readonly hours: number;
  /** Hours of the month that are over and in which the warmer was installed. */
  readonly hoursElapsed: number;
  readonly netSaving: MicroUsd;
  /** Fill cost as a share of the avoided cost; absent if nothing was avoided. */
  readonly fillShare?: number;
  readonly verdict:
    | "healthy"
    | "fills_cost_little"
    | "fills_cost_much"
    | "costs_more_than_it_saves"
    | "unknown";
  readonly days: readonly HistoryDay[];
}

/** @param since `warmer init`, ms since the epoch */
export function monthReport(
  { days }: Pick<FillHistory, "days">,
  month: string,
  since: number,
  now: number,
): MonthReport {
  const [year = 0, number = 1] = month.split("-").map(Number);
  const from = Date.UTC(year, number - 1);
  const to = Date.UTC(year, number);
  const inMonth = days.filter(({ day }) => day * DAY_MS >= from && day * DAY_MS < to);
  const total = totalOf(inMonth);
  const elapsed = Math.max(0, Math.min(to, now) - Math.max(from, since));
  const fillShare = total.avoided > 0 ? total.fillCost / total.avoided : undefined;
  return {
    month,
    ...total,
    hoursElapsed: Math.floor(elapsed / (DAY_MS / HOURS_A_DAY)),
    netSaving: total.avoided - total.spend,
    ...(fillShare !== undefined && { fillShare }),
    verdict: verdictOf(total, fillShare),
    days: inMonth,
  };
}

function verdictOf(
  { requests, avoided, spend }: PeriodFigures,
  fillShare: number | undefined,
): MonthReport["verdict"] {
  if (requests === 0) return "unknown";
  if (avoided < spend || fillShare === undefined) return "costs_more_than_it_saves";
  if (fillShare > HEALTHY_SHARE.most) return "fills_cost_much";
  return fillShare < HEALTHY_SHARE.least ? "fills_cost_little" : "healthy";
}

function totalOf(days: readonly HistoryDay[]): PeriodFigures & { readonly hours: number } {
  return days.reduce<PeriodFigures & { readonly hours: number }>(
    (sum, day) => ({ ...combine((a, b) => a + b, sum, day), hours: sum.hours + day.hours }),
    { ...NOTHING, hours: 0 },
  );
}
