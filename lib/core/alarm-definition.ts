import type { Level } from "./fill-cost/spike.ts";
import type { MetricName, Statistic } from "./metrics.ts";

/**
 * What CloudWatch makes of periods without data. `missing` is INSUFFICIENT_DATA, and that state notifies too:
 * a heartbeat that treats silence as breaching is judged before its first beat, and so pages at every first
 * deploy (PutMetricAlarm: a new alarm is evaluated at once, read 2026-11-21).
 */
export type MissingData = "breaching" | "notBreaching" | "ignore" | "missing";

/** The functions whose errors are alarmed. */
export const FUNCTIONS = ["warm", "monitor", "pause", "gate"] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

/** What an alarm looks at: one of our metrics, or one that AWS publishes about a part of the stack. */
export type AlarmSubject =
  | { readonly kind: "own"; readonly metric: MetricName }
  | { readonly kind: "errors"; readonly function: FunctionName }
  | { readonly kind: "failureQueueDepth" };

export interface AlarmDefinition {
  readonly subject: AlarmSubject;
  /** What it means when it fires, in one sentence. */
  readonly meaning: string;
  readonly comparison: ">=" | ">" | "<";
  readonly threshold: number;
  /** Each period is one minute. */
  readonly periods: number;
  readonly datapoints: number;
  readonly missing: MissingData;
  /** What missing data means here. */
  readonly missingMeaning: string;
  /**
   * Whether the alarm also invokes `pause`. Only spend may pause: a warmer that is late must not be stopped. The
   * drill has the same actions, or it would prove nothing; `pause` knows it and pauses nothing.
   */
  readonly pauses: boolean;
  /** What an operator types next. */
  readonly nextCommand: string;
  /** By when somebody must look; `critical` for what cannot wait. Those hear of it who hear of the level. */
  readonly level?: Level;
  /** The page in docs/runbooks. */
  readonly runbook: string;
}

/** Statistic of the metrics that AWS publishes. */
export const SUBJECT_STATISTIC: Readonly<Record<"errors" | "failureQueueDepth", Statistic>> = {
  errors: "Sum",
  failureQueueDepth: "Maximum",
};
