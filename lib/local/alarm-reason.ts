/**
 * Why an alarm is in its state, in words and as data. The words follow CloudWatch's own notifications as far as
 * published samples show them (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html,
 * read 2026-11); nothing may be parsed from them, here as there.
 */
import {
  type AlarmRule,
  type AlarmStateValue,
  breaches,
  type Datapoint,
  datapointsToAlarm,
} from "./alarm-rule.ts";

const COMPARISONS: Readonly<Record<AlarmRule["ComparisonOperator"], string>> = {
  GreaterThanOrEqualToThreshold: "greater than or equal to",
  GreaterThanThreshold: "greater than",
  LessThanThreshold: "less than",
  LessThanOrEqualToThreshold: "less than or equal to",
};

/** @param evaluated the real datapoints that were judged, newest first */
export function explain(
  alarm: AlarmRule,
  state: AlarmStateValue,
  evaluated: readonly Datapoint[],
  at: number,
): { reason: string; reasonData: string } {
  const missing = alarm.EvaluationPeriods - evaluated.length;
  const reasonData = {
    version: "1.0",
    queryDate: timestamp(at),
    ...(evaluated.length === 0
      ? {}
      : { startDate: timestamp(Math.min(...evaluated.map((point) => point.at))) }),
    statistic: alarm.Statistic,
    period: alarm.Period,
    recentDatapoints: evaluated.map(({ value }) => value).reverse(),
    threshold: alarm.Threshold,
    evaluatedDatapoints: evaluated.map(({ at: start, sampleCount, value }) => ({
      timestamp: timestamp(start),
      sampleCount,
      value,
    })),
  };
  const reason =
    state === "INSUFFICIENT_DATA"
      ? `Insufficient Data: ${plural(missing, "datapoint")} unknown.`
      : `Threshold Crossed: ${[seen(alarm, state, evaluated), ...filledIn(alarm, missing)].join(" and ")}.`;
  return { reason, reasonData: JSON.stringify(reasonData) };
}

// --- internal ---

function seen(alarm: AlarmRule, state: AlarmStateValue, evaluated: readonly Datapoint[]): string {
  const { EvaluationPeriods: periods } = alarm;
  if (evaluated.length === 0) return `no datapoints were received for ${periods} period${s(periods)}`;
  const alarming = state === "ALARM";
  const count = evaluated.filter(({ value }) => breaches(alarm, value) === alarming).length;
  const needed = alarming ? datapointsToAlarm(alarm) : periods - datapointsToAlarm(alarm) + 1;
  const values = evaluated.map(({ value, at }) => `${decimal(value)} (${dayFirst(at)})`).join(", ");
  const verb = `${count === 1 ? "was" : "were"} ${alarming ? "" : "not "}`;
  const change = alarming ? "OK -> ALARM" : "ALARM -> OK";
  return (
    `${count} out of the last ${evaluated.length} datapoint${s(evaluated.length)} [${values}] ${verb}` +
    `${COMPARISONS[alarm.ComparisonOperator]} the threshold (${decimal(alarm.Threshold)}) ` +
    `(minimum ${needed} datapoint${s(needed)} for ${change} transition)`
  );
}

function filledIn({ TreatMissingData: treatment }: AlarmRule, missing: number): string[] {
  if (missing === 0 || treatment === "missing" || treatment === "ignore") return [];
  const as = treatment === "breaching" ? "Breaching" : "NonBreaching";
  return [`${plural(missing, "missing datapoint")} treated as [${as}]`];
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${s(count)} ${count === 1 ? "was" : "were"}`;
}

function s(count: number): string {
  return count === 1 ? "" : "s";
}

/** As Java prints a double. */
function decimal(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/** `21/11/26 12:00:00` */
function dayFirst(at: number): string {
  const [, year, month, day, time] =
    /^\d\d(\d\d)-(\d\d)-(\d\d)T(.{8})/.exec(new Date(at).toISOString()) ?? [];
  return `${day}/${month}/${year} ${time}`;
}

function timestamp(at: number): string {
  return new Date(at).toISOString().replace("Z", "+0000");
}
