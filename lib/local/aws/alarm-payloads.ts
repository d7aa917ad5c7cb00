/**
 * One change of an alarm, as its three receivers are told of it. Written from the examples in
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html and
 * cloudwatch-and-eventbridge.html, read 2026-11. Alarm times end in `+0000`, without a colon.
 */
import { ACCOUNT, REGION } from "../account.ts";
import { type AlarmStateValue, datapointsToAlarm } from "../alarm-rule.ts";
import { uuidOf } from "../deterministic.ts";
import type { Resource } from "../template.ts";

export type AlarmResource = Resource<"AWS::CloudWatch::Alarm">;

export interface AlarmState {
  readonly value: AlarmStateValue;
  readonly reason: string;
  /** JSON text; absent when an operator set the state without one. */
  readonly reasonData?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface AlarmChange {
  readonly alarm: AlarmResource;
  readonly from: AlarmState;
  readonly to: AlarmState;
}

/** The event of a Lambda action. */
export function lambdaActionEvent({ alarm, from, to }: AlarmChange): object {
  return {
    source: "aws.cloudwatch",
    alarmArn: alarm.identity["Arn"],
    accountId: ACCOUNT,
    time: alarmTime(to.at),
    region: REGION,
    alarmData: {
      alarmName: alarm.name,
      state: stateOf(to),
      previousState: stateOf(from),
      configuration: configurationOf(alarm),
    },
  };
}

/** The `detail` of the event "CloudWatch Alarm State Change". */
export function stateChangeDetail({ alarm, from, to }: AlarmChange): object {
  return {
    alarmName: alarm.name,
    configuration: configurationOf(alarm),
    previousState: stateOf(from),
    state: stateOf(to),
  };
}

/** Subject and text of the notification to a topic. */
export function topicMessage({ alarm, from, to }: AlarmChange): { subject: string; message: string } {
  const { properties } = alarm;
  return {
    // SNS cuts subjects at 100 characters.
    subject: `${to.value}: "${alarm.name}" in US East (N. Virginia)`.slice(0, 100),
    message: JSON.stringify({
      AlarmName: alarm.name,
      AlarmDescription: properties.AlarmDescription ?? null,
      AWSAccountId: ACCOUNT,
      NewStateValue: to.value,
      NewStateReason: to.reason,
      StateChangeTime: alarmTime(to.at),
      Region: "US East (N. Virginia)",
      AlarmArn: alarm.identity["Arn"],
      OldStateValue: from.value,
      OKActions: properties.OKActions,
      AlarmActions: properties.AlarmActions,
      InsufficientDataActions: properties.InsufficientDataActions,
      Trigger: {
        MetricName: properties.MetricName,
        Namespace: properties.Namespace,
        StatisticType: "Statistic",
        Statistic: properties.Statistic.toUpperCase(),
        Unit: null,
        Dimensions: properties.Dimensions.map(({ Name, Value }) => ({ value: Value, name: Name })),
        Period: properties.Period,
        EvaluationPeriods: properties.EvaluationPeriods,
        DatapointsToAlarm: datapointsToAlarm(properties),
        ComparisonOperator: properties.ComparisonOperator,
        Threshold: properties.Threshold,
        TreatMissingData: properties.TreatMissingData,
        EvaluateLowSampleCountPercentile: "",
      },
    }),
  };
}

function stateOf(state: AlarmState): object {
  return {
    value: state.value,
    reason: state.reason,
    ...(state.reasonData === undefined ? {} : { reasonData: state.reasonData }),
    timestamp: alarmTime(state.at),
  };
}

function configurationOf({ name, properties }: AlarmResource): object {
  const { Namespace, MetricName, Dimensions, Period, Statistic, AlarmDescription } = properties;
  return {
    ...(AlarmDescription === undefined ? {} : { description: AlarmDescription }),
    metrics: [
      {
        id: uuidOf("alarm metric", name),
        metricStat: {
          metric: {
            namespace: Namespace,
            name: MetricName,
            dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value])),
          },
          period: Period,
          stat: Statistic,
        },
        returnData: true,
      },
    ],
  };
}

function alarmTime(at: number): string {
  return new Date(at).toISOString().replace("Z", "+0000");
}
