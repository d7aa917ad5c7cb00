/**
 * The state of a metric alarm at an instant, as CloudWatch judges it. Pure: data and the current state go in.
 *
 * Written from "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data"
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html and
 * alarms-and-missing-data.html, read 2026-11): judged every minute, on windows that end at that minute, so that two
 * verdicts of a longer period overlap; data beyond the evaluation periods is looked at when some is missing; missing
 * data is filled in only where real data does not suffice.
 */
import { explain } from "./alarm-reason.ts";
import {
  type AlarmRule,
  type AlarmStateValue,
  breaches,
  checkAlarmRule,
  type Datapoint,
  datapointsToAlarm,
} from "./alarm-rule.ts";
import {
  type MetricMinute,
  type MetricSeries,
  type MetricStore,
  merge,
  type StatisticValues,
} from "./metric-store.ts";

export { type AlarmRule, type AlarmStateValue, INITIAL_STATE } from "./alarm-rule.ts";

export interface AlarmVerdict {
  readonly value: AlarmStateValue;
  /** As CloudWatch words it. */
  readonly reason: string;
  /** JSON text. */
  readonly reasonData: string;
}

/**
 * How many periods beyond the evaluation periods are looked at. AWS says that it depends on the length of the period
 * and gives no formula (asked in awsdocs/amazon-cloudwatch-user-guide issue 102, closed without an answer); its one
 * figure is a range of 5 for 3 evaluation periods. A wider range delays alarms on missing data, a narrower one lets
 * missing data speak too early.
 */
const EXTRA_PERIODS = 2;
const MINUTE_MS = 60_000;

/** How far back an alarm looks, in milliseconds: data older than that can be pruned. */
export function evaluationRangeMs({ Period, EvaluationPeriods }: AlarmRule): number {
  return (EvaluationPeriods + EXTRA_PERIODS) * Period * 1000;
}

/**
 * @param minutes the series' data; minutes outside the range are ignored. The minute under way at `at` is not
 *   judged yet.
 * @param at milliseconds since the epoch
 * @throws RangeError for an alarm that CloudWatch judges at another pace than every minute, or refuses
 */
export function evaluateAlarm(
  alarm: AlarmRule,
  minutes: readonly MetricMinute[],
  at: number,
  current: AlarmStateValue,
): AlarmVerdict {
  const evaluated = evaluatedOf(alarm, minutes, at);
  const value = stateOf(alarm, evaluated, current);
  return { value, ...explain(alarm, value, evaluated, at) };
}

/** The value of `evaluateAlarm` alone, in a fraction of its time: for whoever judges all day and reads no reasons. */
export function alarmState(
  alarm: AlarmRule,
  minutes: readonly MetricMinute[],
  at: number,
  current: AlarmStateValue,
): AlarmStateValue {
  return stateOf(alarm, evaluatedOf(alarm, minutes, at), current);
}

/** `evaluateAlarm` on what the store holds of the alarm's series. */
export function judgeAlarm(
  alarm: AlarmRule,
  store: Pick<MetricStore, "query">,
  at: number,
  current: AlarmStateValue,
): AlarmVerdict {
  return evaluateAlarm(
    alarm,
    store.query(seriesOf(alarm), at - evaluationRangeMs(alarm) - MINUTE_MS, at),
    at,
    current,
  );
}

// --- internal ---

/** The newest real datapoints, at most as many as there are evaluation periods, newest first. */
function evaluatedOf(alarm: AlarmRule, minutes: readonly MetricMinute[], at: number): Datapoint[] {
  checkAlarmRule(alarm);
  return datapointsOf(alarm, minutes, at).slice(0, alarm.EvaluationPeriods);
}

/** @param evaluated as `evaluatedOf` gives them */
function stateOf(
  alarm: AlarmRule,
  evaluated: readonly Datapoint[],
  current: AlarmStateValue,
): AlarmStateValue {
  const needed = datapointsToAlarm(alarm);
  const breaching = evaluated.filter(({ value }) => breaches(alarm, value));
  const filled = alarm.EvaluationPeriods - evaluated.length;
  if (breaching.length >= needed) return "ALARM";
  if (filled === 0 || alarm.TreatMissingData === "notBreaching") return "OK";
  if (alarm.TreatMissingData === "breaching") return breaching.length + filled >= needed ? "ALARM" : "OK";
  // One good datapoint settles it, as the published rows "0 - X - -" and "- - - - 0" of 2 out of 3 do.
  if (breaching.length < evaluated.length) return "OK";
  if (alarm.TreatMissingData === "ignore") return current;
  // Nothing but breaching datapoints, fewer than needed. Once the oldest is as old as it would take to collect the
  // needed ones, nothing good can come before it any more. Until then the page says only that there is no alarm; its
  // former version has the row "- - - - X", which is INSUFFICIENT_DATA.
  const oldest = breaching.at(-1);
  return oldest !== undefined && oldest.age >= needed ? "ALARM" : "INSUFFICIENT_DATA";
}

/** The windows of the evaluation range that have data, newest first. */
function datapointsOf(alarm: AlarmRule, minutes: readonly MetricMinute[], at: number): Datapoint[] {
  const periodMs = alarm.Period * 1000;
  const end = Math.floor(at / MINUTE_MS) * MINUTE_MS;
  const windows: (StatisticValues | undefined)[] = Array.from({
    length: alarm.EvaluationPeriods + EXTRA_PERIODS,
  });
  for (const minute of minutes) {
    const age = Math.ceil((end - minute.at) / periodMs);
    if (age < 1 || age > windows.length) continue;
    const window = windows[age - 1];
    windows[age - 1] = window === undefined ? minute : merge(window, minute);
  }
  return windows.flatMap((window, i) =>
    window === undefined
      ? []
      : [
          {
            at: end - (i + 1) * periodMs,
            age: i + 1,
            value: statisticOf(alarm, window),
            sampleCount: window.sampleCount,
          },
        ],
  );
}

function statisticOf(
  { Statistic }: AlarmRule,
  { sampleCount, sum, minimum, maximum }: StatisticValues,
): number {
  switch (Statistic) {
    case "SampleCount":
      return sampleCount;
    case "Average":
      return sum / sampleCount;
    case "Sum":
      return sum;
    case "Minimum":
      return minimum;
    case "Maximum":
      return maximum;
  }
}

function seriesOf({ Namespace, MetricName, Dimensions }: AlarmRule): MetricSeries {
  const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
  return { namespace: Namespace, metric: MetricName, dimensions };
}
