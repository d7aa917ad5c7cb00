/** What a metric alarm is: its rule in the names of PutMetricAlarm and of the template, its states, its datapoints. */

export type AlarmStateValue = "OK" | "ALARM" | "INSUFFICIENT_DATA";

/** The state in which every alarm begins. */
export const INITIAL_STATE: AlarmStateValue = "INSUFFICIENT_DATA";

/** What an alarm looks at and how, in the names of PutMetricAlarm and of the template. */
export interface AlarmRule {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
  readonly Statistic: "SampleCount" | "Average" | "Sum" | "Minimum" | "Maximum";
  /** Seconds. */
  readonly Period: number;
  readonly EvaluationPeriods: number;
  /** @default EvaluationPeriods */
  readonly DatapointsToAlarm?: number | undefined;
  readonly Threshold: number;
  readonly ComparisonOperator:
    | "GreaterThanOrEqualToThreshold"
    | "GreaterThanThreshold"
    | "LessThanThreshold"
    | "LessThanOrEqualToThreshold";
  readonly TreatMissingData: "missing" | "ignore" | "breaching" | "notBreaching";
}

/** One window with data. */
export interface Datapoint {
  /** Start of the window, milliseconds since the epoch. */
  readonly at: number;
  /** How many periods ago it ended, plus one: the window that has just ended has age 1. */
  readonly age: number;
  readonly value: number;
  readonly sampleCount: number;
}

/** Whether a value breaches the alarm's threshold. */
export function breaches({ ComparisonOperator, Threshold }: AlarmRule, value: number): boolean {
  switch (ComparisonOperator) {
    case "GreaterThanOrEqualToThreshold":
      return value >= Threshold;
    case "GreaterThanThreshold":
      return value > Threshold;
    case "LessThanThreshold":
      return value < Threshold;
    case "LessThanOrEqualToThreshold":
      return value <= Threshold;
  }
}

/** Of M out of N, the M. */
export function datapointsToAlarm({ DatapointsToAlarm, EvaluationPeriods }: AlarmRule): number {
  return DatapointsToAlarm ?? EvaluationPeriods;
}

const MINUTE_SECONDS = 60;
const DAY_SECONDS = 86_400;

/** @throws RangeError for a rule that CloudWatch refuses, or judges at another pace than every minute. */
export function checkAlarmRule(alarm: AlarmRule): void {
  const { Period: period, EvaluationPeriods: periods } = alarm;
  const needed = datapointsToAlarm(alarm);
  const refuse = (rule: string, received: number) => {
    throw new RangeError(`Alarm on ${alarm.MetricName}: ${rule}, got: ${received}.`);
  };
  // Shorter ones are judged every 10 seconds, on data of high resolution.
  if (!(period > 0 && period % MINUTE_SECONDS === 0))
    refuse("Period must be a multiple of 60 seconds", period);
  if (!(Number.isInteger(periods) && periods > 0))
    refuse("EvaluationPeriods must be a whole number above 0", periods);
  // Longer ones are judged once an hour.
  if (period * periods > DAY_SECONDS)
    refuse(`Period x EvaluationPeriods must be at most ${DAY_SECONDS} seconds`, period * periods);
  if (!(Number.isInteger(needed) && needed > 0 && needed <= periods))
    refuse(`DatapointsToAlarm must be 1 to EvaluationPeriods (${periods})`, needed);
}
