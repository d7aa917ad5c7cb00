/**
 * CloudWatch as seen from the wire: metrics come in, alarms are asked about. What was published is also kept by
 * series, so that a test can hold every alarm against the series that were really sent.
 */
import type {
  DescribeAlarmHistoryInput,
  DescribeAlarmHistoryOutput,
  DescribeAlarmsInput,
  DescribeAlarmsOutput,
  MetricAlarm,
  MetricDatum,
  PutMetricDataInput,
  SetAlarmStateInput,
} from "@aws-sdk/client-cloudwatch";
import type { AlarmStateValue } from "../alarm-rule.ts";
import type { MetricSeries, MetricStore } from "../metric-store.ts";
import type { AlarmChange } from "./alarm-payloads.ts";
import type { Alarms, StandingAlarm } from "./alarms.ts";
import { AwsError } from "./aws-error.ts";
import { type Handlers, handler } from "./handler.ts";
import { readPutMetricData } from "./put-metric-data.ts";

/** A series that was published, and what came with it. */
export interface PublishedSeries extends MetricSeries {
  /** Every unit that was sent with it. More than one is a mistake of the sender. */
  readonly units: ReadonlySet<string>;
  /** Logical ids of the functions, or access key ids, that sent it. */
  readonly callers: ReadonlySet<string>;
  /** How many data were sent. */
  readonly data: number;
}

export interface CloudWatch {
  readonly handlers: Handlers;
  /** The series that callers published over the wire, ordered by namespace, name and dimensions. */
  published(): readonly PublishedSeries[];
}

export function createCloudWatch(deps: {
  readonly alarms: Pick<Alarms, "all" | "history" | "set">;
  readonly metrics: Pick<MetricStore, "put">;
}): CloudWatch {
  const published = new Map<
    string,
    MetricSeries & { units: Set<string>; callers: Set<string>; data: number }
  >();

  const note = (
    { namespace, metric, dimensions }: MetricSeries,
    { Unit: unit = "None" }: MetricDatum,
    caller: string,
  ) => {
    const key = JSON.stringify([namespace, metric, dimensions]);
    const series = published.get(key) ?? {
      namespace,
      metric,
      dimensions,
      units: new Set(),
      callers: new Set(),
      data: 0,
    };
    published.set(key, series);
    series.data += 1;
    series.units.add(unit);
    series.callers.add(caller);
  };

  return {
    published: () =>
      [...published.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, series]) => series),
    handlers: {
      PutMetricData: handler<PutMetricDataInput, object>(["Namespace", "MetricData"], (input, call) => {
        const data = readPutMetricData(input, call.at);
        deps.metrics.put(data.flatMap(({ samples }) => samples));
        for (const { series, datum } of data) note(series, datum, call.caller);
        return {};
      }),
      DescribeAlarms: handler<DescribeAlarmsInput, DescribeAlarmsOutput>(
        ["AlarmNames", "AlarmNamePrefix", "StateValue", "AlarmTypes", "MaxRecords"],
        ({ AlarmNames: names, AlarmNamePrefix: prefix = "", StateValue: state }) => ({
          // All alarms of one stack fit on one page, so there is no token.
          MetricAlarms: deps.alarms
            .all()
            .filter(
              ({ resource }) => (names?.includes(resource.name) ?? true) && resource.name.startsWith(prefix),
            )
            .filter((alarm) => state === undefined || alarm.state.value === state)
            .map(describe),
          CompositeAlarms: [],
        }),
      ),
      DescribeAlarmHistory: handler<DescribeAlarmHistoryInput, DescribeAlarmHistoryOutput>(
        ["AlarmName", "HistoryItemType", "StartDate", "EndDate", "MaxRecords", "ScanBy"],
        (input) => historyOf(deps.alarms.history(), input),
      ),
      SetAlarmState: handler<SetAlarmStateInput, object>(
        ["AlarmName", "StateValue", "StateReason", "StateReasonData"],
        ({ AlarmName: name = "", StateValue, StateReason: reason = "", StateReasonData }, call) => {
          const reasonData = StateReasonData === undefined ? {} : { reasonData: StateReasonData };
          const verdict = { value: StateValue as AlarmStateValue, reason, ...reasonData };
          if (!deps.alarms.set(name, verdict, call.at))
            throw new AwsError("ResourceNotFound", "Unknown", 404);
          return {};
        },
      ),
    },
  };
}

function describe({ resource, state, configuredAt }: StandingAlarm): MetricAlarm {
  const { Tags: _unmodelled, ...properties } = resource.properties;
  return {
    ...properties,
    AlarmName: resource.name,
    AlarmArn: resource.identity["Arn"],
    AlarmConfigurationUpdatedTimestamp: new Date(configuredAt),
    StateValue: state.value,
    StateReason: state.reason,
    StateReasonData: state.reasonData,
    StateUpdatedTimestamp: new Date(state.at),
    StateTransitionedTimestamp: new Date(state.at),
  };
}

function historyOf(
  changes: readonly AlarmChange[],
  input: DescribeAlarmHistoryInput,
): DescribeAlarmHistoryOutput {
  const { AlarmName: name, HistoryItemType: type, StartDate, EndDate, MaxRecords: limit = 100 } = input;
  if (type !== undefined && type !== "StateUpdate") return { AlarmHistoryItems: [] };
  const items = changes
    .filter(({ alarm }) => name === undefined || alarm.name === name)
    .filter(({ to }) => to.at >= (StartDate?.getTime() ?? 0) && to.at <= (EndDate?.getTime() ?? Infinity))
    .map(({ alarm, from, to }) => ({
      AlarmName: alarm.name,
      AlarmType: "MetricAlarm" as const,
      Timestamp: new Date(to.at),
      HistoryItemType: "StateUpdate" as const,
      HistorySummary: `Alarm updated from ${from.value} to ${to.value}`,
      HistoryData: JSON.stringify({
        version: "1.0",
        oldState: { stateValue: from.value, stateReason: from.reason },
        newState: { stateValue: to.value, stateReason: to.reason },
      }),
    }));
  const ordered = input.ScanBy === "TimestampAscending" ? items : items.reverse();
  return { AlarmHistoryItems: ordered.slice(0, limit) };
}
