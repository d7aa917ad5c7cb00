/**
 * The one table of metrics. The emitter, the alarms, the dashboard, the local evaluator and the docs read
 * it; a name that is written twice is a name that will differ one day, and an alarm on a metric that
 * nobody sends is silent for ever.
 *
 * Money and ages are gauges, read with Maximum: a lost or doubled point heals with the next one.
 * Counts are sums. Dimensions are Service and Environment and nothing else: CloudWatch does not roll up
 * dimensions, and each new value is a billed series.
 */
export const NAMESPACE = "PromptCacheWarmer";

export const DIMENSIONS = ["Service", "Environment"] as const;

export type Statistic = "Maximum" | "Minimum" | "Sum" | "Average";

export interface MetricDefinition {
  readonly meaning: string;
  readonly unit: "None" | "Count" | "Seconds";
  readonly statistic: Statistic;
  readonly sentBy: "warm" | "monitor";
  /**
   * How the monitor makes one value of those of several partitions, so that each metric stays one series: the worst of
   * them, or what they come to together. Without it each partition's `warm` sends its own, and the statistic does it.
   */
  readonly ofPartitions?: "largest" | "smallest" | "sum";
}

export const METRICS = {
  HitRate: {
    meaning:
      "tokens read / all prefix tokens, over the touches of one run; the warmer's own, not the application's",
    unit: "None",
    statistic: "Average",
    sentBy: "warm",
  },
  FillCost: {
    meaning: "USD spent on cache writes in this UTC hour so far",
    unit: "None",
    statistic: "Maximum",
    sentBy: "monitor",
    ofPartitions: "sum",
  },
  FillRate: {
    meaning: "USD an hour spent on cache writes, over the last 15 minutes (or `spikes.warningWindow`)",
    unit: "None",
    statistic: "Maximum",
    sentBy: "monitor",
    ofPartitions: "sum",
  },
  SpikeRatio: {
    meaning:
      "FillRate that no known event explains, as a multiple of what is normal; above the critical factor only if the shorter window confirms it; not sent while the baseline is learnt",
    unit: "None",
    statistic: "Maximum",
    sentBy: "monitor",
    ofPartitions: "largest",
  },
  NetSaving: {
    meaning:
      "USD that the warmer saved over the last 7 whole UTC days, less what it cost; not sent before there are 7, nor without a record of the application",
    unit: "None",
    statistic: "Maximum",
    sentBy: "monitor",
    ofPartitions: "sum",
  },
  HourlyLimitUsed: {
    meaning: "share of the hourly limit that is used; at least 1 exactly when the limit was met",
    unit: "None",
    statistic: "Maximum",
    sentBy: "monitor",
    ofPartitions: "largest",
  },
  DailyLimitUsed: {
    meaning: "share of the daily limit that is used; at least 1 exactly when the limit was met",
    unit: "None",
    statistic: "Maximum",
    sentBy: "monitor",
    ofPartitions: "largest",
  },
  SecondsSinceCycle: {
    meaning:
      "since a warm cycle resolved the live color, read its manifest and finished; 0 before `warmer init`",
    unit: "Seconds",
    statistic: "Maximum",
    sentBy: "monitor",
    ofPartitions: "largest",
  },
  SecondsOverdue: {
    meaning: "the largest overdue age among prefixes that the plan wants; 0 if none",
    unit: "Seconds",
    statistic: "Maximum",
    sentBy: "monitor",
    ofPartitions: "largest",
  },
  WarmShare: {
    meaning: "share of the live color's required prefixes that a read has proven warm; not sent while paused",
    unit: "None",
    statistic: "Minimum",
    sentBy: "monitor",
    ofPartitions: "smallest",
  },
  SecondsFlipUnproven: {
    meaning:
      "since the live color changed, while a required prefix lacks valid proof; 0 once all have it, or before a flip",
    unit: "Seconds",
    statistic: "Maximum",
    sentBy: "monitor",
    ofPartitions: "largest",
  },
  OrganicHitRate: {
    meaning:
      "the application's own: tokens read / tokens read or written in 15 minutes; not sent below the minimum of requests",
    unit: "None",
    statistic: "Minimum",
    sentBy: "monitor",
    ofPartitions: "smallest",
  },
  FirstRequestHitRate: {
    meaning: "share of the sessions' marked first requests that hit, in 15 minutes; not sent without one",
    unit: "None",
    statistic: "Minimum",
    sentBy: "monitor",
    ofPartitions: "smallest",
  },
  OrganicShortfall: {
    meaning:
      "by how much OrganicHitRate lies below its floor, or below the hour before the last flip less 20 points; 0 if it does not",
    unit: "None",
    statistic: "Maximum",
    sentBy: "monitor",
    ofPartitions: "largest",
  },
  TargetUnresolved: {
    meaning: "1 if the live color does not resolve to a manifest with prefixes",
    unit: "None",
    statistic: "Maximum",
    sentBy: "monitor",
    ofPartitions: "largest",
  },
  Paused: {
    meaning: "1 while the warmer is paused",
    unit: "None",
    statistic: "Maximum",
    sentBy: "monitor",
    ofPartitions: "largest",
  },
  StateUnreadable: {
    meaning: "1 if the table did not answer, or an item is damaged or newer",
    unit: "None",
    statistic: "Maximum",
    sentBy: "monitor",
    ofPartitions: "largest",
  },
  Drill: {
    meaning: "1 for two minutes while a fire drill asks whether an alarm still reaches `pause`",
    unit: "None",
    statistic: "Maximum",
    sentBy: "monitor",
    ofPartitions: "largest",
  },
  SecondsSinceDrill: {
    meaning: "since a drill alarm was last heard by both paths; before the first drill, since `warmer init`",
    unit: "Seconds",
    statistic: "Maximum",
    sentBy: "monitor",
    ofPartitions: "largest",
  },
  UnexpectedFills: {
    meaning: "touches that wrote a prefix which was believed alive: drift, eviction, or a TTL cut short",
    unit: "Count",
    statistic: "Sum",
    sentBy: "warm",
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;

/** One value of one metric. */
export interface MetricPoint {
  readonly name: MetricName;
  readonly value: number;
}

/**
 * Keeps what CloudWatch takes. It refuses a whole request for one NaN, so a ratio without a denominator
 * would take the cost gauges down with it.
 */
export function finitePoints(points: readonly MetricPoint[]): MetricPoint[] {
  return points.filter((point) => Number.isFinite(point.value));
}

/** A ratio, or nothing when there is nothing to divide by. */
export function ratioPoint(name: MetricName, numerator: number, denominator: number): MetricPoint[] {
  return denominator > 0 ? [{ name, value: numerator / denominator }] : [];
}
