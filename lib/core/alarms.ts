import type { AlarmDefinition } from "./alarm-definition.ts";
import type { WarmerConfig } from "./config.ts";
import { ERROR_ALARMS } from "./error-alarms.ts";
import { FILL_COST_ALARMS } from "./fill-cost-alarms.ts";

export {
  type AlarmDefinition,
  type AlarmSubject,
  FUNCTIONS,
  type FunctionName,
  type MissingData,
  SUBJECT_STATISTIC,
} from "./alarm-definition.ts";

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
  FlipUnproven: {
    subject: { kind: "own", metric: "SecondsFlipUnproven" },
    meaning: "The live color changed, and not every required prefix has been proven warm since.",
    comparison: ">",
    threshold: 180,
    periods: 1,
    datapoints: 1,
    missing: "notBreaching",
    missingMeaning: "state is unreadable or the monitor is silent; those have alarms of their own",
    pauses: false,
    nextCommand: "warmer status",
    runbook: "flip-unproven",
  },
  OrganicHitRateLow: {
    subject: { kind: "own", metric: "OrganicShortfall" },
    meaning:
      "The application's own requests miss the cache: its hit rate is low, or fell with the last flip.",
    comparison: ">",
    threshold: 0,
    periods: 3,
    datapoints: 3,
    missing: "notBreaching",
    missingMeaning: "too few requests to tell, or no recorder in the application",
    pauses: false,
    nextCommand: "warmer status",
    runbook: "organic-hit-rate",
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
    level: "critical",
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
    level: "critical",
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
  Drill: {
    subject: { kind: "own", metric: "Drill" },
    meaning: "A fire drill, nothing is wrong: it proves that a spend alarm would reach the pause function.",
    comparison: ">=",
    threshold: 1,
    periods: 1,
    datapoints: 1,
    missing: "notBreaching",
    missingMeaning: "no drill",
    pauses: true,
    nextCommand: "warmer doctor",
    runbook: "drill",
  },
  DrillOverdue: {
    subject: { kind: "own", metric: "SecondsSinceDrill" },
    meaning:
      "No drill was heard by both paths for 35 days: a spend alarm may no longer reach the pause function.",
    comparison: ">",
    threshold: 35 * 86_400,
    periods: 3,
    datapoints: 3,
    missing: "ignore",
    missingMeaning: "keeps its state: silence proves no path",
    pauses: false,
    nextCommand: "warmer drill",
    runbook: "drill",
  },
  ...FILL_COST_ALARMS,
  ...ERROR_ALARMS,
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

/** The alarms that reach `pause`: spend, and the drill. */
export function pausingAlarms(): AlarmName[] {
  return (Object.entries(ALARMS) as [AlarmName, AlarmDefinition][])
    .filter(([, alarm]) => alarm.pauses)
    .map(([name]) => name);
}

/**
 * The alarms that one line of the table stands for, by their names in CloudWatch: one, but where it looks at a function
 * that every partition has of its own, one for each of them.
 */
export function alarmNames(
  { service, environment, partitions, partition }: Deployment,
  alarm: AlarmName,
): readonly AlarmOfPartition[] {
  const { subject }: AlarmDefinition = ALARMS[alarm];
  const name = alarmName(service, environment, alarm);
  const names = partitions?.map((one) => one.name) ?? (partition === undefined ? [] : [partition]);
  const isOfEach = subject.kind === "errors" && subject.function === "warm" && names.length > 0;
  return isOfEach ? names.map((one) => ({ name: `${name}-${one}`, partition: one })) : [{ name }];
}

interface AlarmOfPartition {
  readonly name: string;
  readonly partition?: string;
}

type Deployment = Pick<WarmerConfig, "service" | "environment" | "partitions" | "partition">;

/** The alarm's name in CloudWatch. It is fixed, because `pause` recognises the spend alarms by it. */
export function alarmName(service: string, environment: string, alarm: AlarmName): string {
  return `${service}-${environment}-${alarm}`;
}
