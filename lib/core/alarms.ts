import type { MetricName, Statistic } from "./metrics.ts";

/**
 * What CloudWatch makes of periods without data. `missing` is INSUFFICIENT_DATA, and that state notifies too:
 * a heartbeat that treats silence as breaching is judged before its first beat, and so pages at every first
 * deploy (PutMetricAlarm: a new alarm is evaluated at once, read 2026-11-21).
 */
export type MissingData = "breaching" | "notBreaching" | "ignore" | "missing";

/** The functions whose errors are alarmed. */
export const FUNCTIONS = ["warm", "monitor", "pause"] as const;
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
  /** Whether the alarm also invokes `pause`. Only spend may pause: a warmer that is late must not be stopped. */
  readonly pauses: boolean;
  /** What an operator types next. */
  readonly nextCommand: string;
  /** The page in docs/runbooks. */
  readonly runbook: string;
}

/** Statistic of the metrics that AWS publishes. */
export const SUBJECT_STATISTIC: Readonly<Record<"errors" | "failureQueueDepth", Statistic>> = {
  errors: "Sum",
  failureQueueDepth: "Maximum",
};

/**
 * The one table of alarms. Plain single-metric alarms of one-minute periods; none carries a unit (a wrong
 * one silences it) and none uses Color (it would go quiet after a flip, which is the founding incident).
 */
export const ALARMS = {
  WarmerSilent: {
    subject: { kind: "own", metric: "SecondsSinceCycle" },
    meaning: "No warm cycle has finished: the warmer does not run, or cannot resolve the live color.",
    comparison: ">",
    threshold: 180,
    periods: 5,
    datapoints: 5,
    missing: "missing",
    missingMeaning: "nobody measures: the monitor is silent too; INSUFFICIENT_DATA notifies like ALARM",
    pauses: false,
    nextCommand: "warmer status",
    runbook: "warmer-silent",
  },
  PrefixOverdue: {
    subject: { kind: "own", metric: "SecondsOverdue" },
    meaning: "A prefix that the plan wants has not been touched in time.",
    comparison: ">",
    threshold: 180,
    periods: 3,
    datapoints: 3,
    missing: "notBreaching",
    missingMeaning: "state is unreadable or the monitor is silent; those have alarms of their own",
    pauses: false,
    nextCommand: "warmer status",
    runbook: "prefix-overdue",
  },
  TargetUnresolved: {
    subject: { kind: "own", metric: "TargetUnresolved" },
    meaning: "The live color is missing, unknown, or has no manifest: nothing is being warmed.",
    comparison: ">=",
    threshold: 1,
    periods: 3,
    datapoints: 3,
    missing: "notBreaching",
    missingMeaning: "the monitor is silent; WarmerSilent speaks",
    pauses: false,
    nextCommand: "warmer status",
    runbook: "target-unresolved",
  },
  NotWarm: {
    subject: { kind: "own", metric: "WarmShare" },
    meaning: "A required prefix of the live color has no valid proof of warmth.",
    comparison: "<",
    threshold: 1,
    periods: 5,
    datapoints: 4,
    missing: "notBreaching",
    missingMeaning: "paused, not initialised, or state is unreadable; those speak for themselves",
    pauses: false,
    nextCommand: "warmer status",
    runbook: "not-warm",
  },
  UnexpectedFills: {
    subject: { kind: "own", metric: "UnexpectedFills" },
    meaning: "Prefixes were written where reads were due: changed bytes, early eviction, or a shorter TTL.",
    comparison: ">=",
    threshold: 1,
    periods: 10,
    datapoints: 2,
    missing: "notBreaching",
    missingMeaning: "no touch in that minute",
    pauses: false,
    nextCommand: "warmer status",
    runbook: "unexpected-fills",
  },
  HourlySpend: {
    subject: { kind: "own", metric: "HourlyLimitUsed" },
    meaning: "Warm spend has met the hourly limit.",
    comparison: ">=",
    threshold: 1,
    periods: 1,
    datapoints: 1,
    missing: "ignore",
    missingMeaning: "keeps its state: silence is no proof that spending stopped",
    pauses: true,
    nextCommand: 'warmer resume --reason "…"',
    runbook: "spend-limit",
  },
  DailySpend: {
    subject: { kind: "own", metric: "DailyLimitUsed" },
    meaning: "Warm spend has met the daily limit.",
    comparison: ">=",
    threshold: 1,
    periods: 1,
    datapoints: 1,
    missing: "ignore",
    missingMeaning: "keeps its state: silence is no proof that spending stopped",
    pauses: true,
    nextCommand: 'warmer resume --reason "…"',
    runbook: "spend-limit",
  },
  Paused: {
    subject: { kind: "own", metric: "Paused" },
    meaning: "The warmer is paused: prefixes go cold until an operator resumes it.",
    comparison: ">=",
    threshold: 1,
    periods: 1,
    datapoints: 1,
    missing: "ignore",
    missingMeaning: "keeps its state: only a resume ends a pause",
    pauses: false,
    nextCommand: 'warmer resume --reason "…"',
    runbook: "paused",
  },
  StateUnreadable: {
    subject: { kind: "own", metric: "StateUnreadable" },
    meaning: "The table did not answer, or an item is damaged or newer; nothing is spent.",
    comparison: ">=",
    threshold: 1,
    periods: 3,
    datapoints: 2,
    missing: "notBreaching",
    missingMeaning: "the monitor is silent; WarmerSilent speaks",
    pauses: false,
    nextCommand: "warmer status",
    runbook: "state-unreadable",
  },
  WarmErrors: {
    subject: { kind: "errors", function: "warm" },
    meaning: "The warm function ends in an error: a target, state, key or provider fault.",
    comparison: ">=",
    threshold: 1,
    periods: 3,
    datapoints: 2,
    missing: "notBreaching",
    missingMeaning: "no error in that minute",
    pauses: false,
    nextCommand: "warmer status",
    runbook: "function-errors",
  },
  MonitorErrors: {
    subject: { kind: "errors", function: "monitor" },
    meaning: "The monitor function ends in an error; gauges may be missing.",
    comparison: ">=",
    threshold: 1,
    periods: 3,
    datapoints: 2,
    missing: "notBreaching",
    missingMeaning: "no error in that minute",
    pauses: false,
    nextCommand: "warmer status",
    runbook: "function-errors",
  },
  PauseErrors: {
    subject: { kind: "errors", function: "pause" },
    meaning: "The pause function failed; the ledger still stops spend at the limit.",
    comparison: ">=",
    threshold: 1,
    periods: 1,
    datapoints: 1,
    missing: "notBreaching",
    missingMeaning: "no error in that minute",
    pauses: false,
    nextCommand: 'warmer pause --reason "…"',
    runbook: "function-errors",
  },
  FailureQueue: {
    subject: { kind: "failureQueueDepth" },
    meaning: "An event could not be handled and lies in the failure queue.",
    comparison: ">=",
    threshold: 1,
    periods: 1,
    datapoints: 1,
    missing: "notBreaching",
    missingMeaning: "SQS sends nothing about an idle queue",
    pauses: false,
    nextCommand: "warmer status",
    runbook: "failure-queue",
  },
} as const satisfies Record<string, AlarmDefinition>;

export type AlarmName = keyof typeof ALARMS;

/** The alarms that may pause: only spend. */
export function pausingAlarms(): AlarmName[] {
  return (Object.entries(ALARMS) as [AlarmName, AlarmDefinition][])
    .filter(([, alarm]) => alarm.pauses)
    .map(([name]) => name);
}

/** The alarm's name in CloudWatch. It is fixed, because `pause` recognises the spend alarms by it. */
export function alarmName(service: string, environment: string, alarm: AlarmName): string {
  return `${service}-${environment}-${alarm}`;
}
