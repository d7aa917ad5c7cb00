/**
 * USD, list prices of us-east-1, on demand, Lambda on arm64. Written from memory in 2026-11, not read from AWS's price pages: look again
 * before a decision hangs on them.
 */
export const PRICE = {
  alarm: 0.1,
  dashboard: 3,
  metricCall: 0.01 / 1000,
  lambdaRequest: 0.2 / 1e6,
  lambdaGbSecond: 0.0000133334,
  readUnit: 0.125 / 1e6,
  writeUnit: 0.625 / 1e6,
  /** A GB-month in the table, and the same in its backup (point-in-time recovery). */
  storedGb: 0.25,
  backupGb: 0.2,
  logGb: 0.5,
  logStoredGb: 0.03,
  egressGb: 0.09,
} as const;

/** What each account has free a month, always. On-demand requests of DynamoDB and its backup have none. */
export const FREE = {
  metrics: 10,
  alarms: 10,
  dashboards: 3,
  metricCalls: 1e6,
  lambdaRequests: 1e6,
  lambdaGbSeconds: 400_000,
  storedGb: 25,
  logGb: 5,
  egressGb: 100,
} as const;

/** Custom metrics get cheaper: so many at a price, then so many at the next. */
const METRIC_STEPS = [
  { upTo: 10_000, usd: 0.3 },
  { upTo: 250_000, usd: 0.1 },
  { upTo: 1_000_000, usd: 0.05 },
  { upTo: Number.POSITIVE_INFINITY, usd: 0.02 },
] as const;

export function metricsUsd(metrics: number): number {
  return METRIC_STEPS.reduce((sum, { upTo, usd }, i) => {
    const from = METRIC_STEPS[i - 1]?.upTo ?? 0;
    return sum + usd * Math.max(0, Math.min(metrics, upTo) - from);
  }, 0);
}

export interface Line {
  readonly item: string;
  /** Units a month. */
  readonly units: number;
  readonly listUsd: number;
  /** Part of the list price that the free tier takes off. */
  readonly freeUsd: number;
}

/** @param free units that cost nothing */
export function line(item: string, units: number, usdPerUnit: number, free = 0): Line {
  return { item, units, listUsd: units * usdPerUnit, freeUsd: Math.min(units, free) * usdPerUnit };
}
