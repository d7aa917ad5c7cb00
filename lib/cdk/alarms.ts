import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  Metric,
  type MetricOptions,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { LambdaAction, SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Duration } from "aws-cdk-lib/core";
import { Construct } from "constructs";
import {
  ALARMS,
  type AlarmDefinition,
  type AlarmName,
  alarmNames,
  type FunctionName,
  type MissingData,
  SUBJECT_STATISTIC,
} from "../core/alarms.ts";
import type { WarmerConfig } from "../core/config.ts";
import { type Level, RESPONSE_TIME } from "../core/fill-cost/spike.ts";
import { type DIMENSIONS, METRICS, type MetricName, NAMESPACE } from "../core/metrics.ts";
import type { WarmerFunctions } from "./functions.ts";

const COMPARISON: Readonly<Record<AlarmDefinition["comparison"], ComparisonOperator>> = {
  ">=": ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  ">": ComparisonOperator.GREATER_THAN_THRESHOLD,
  "<": ComparisonOperator.LESS_THAN_THRESHOLD,
};

const MISSING: Readonly<Record<MissingData, TreatMissingData>> = {
  breaching: TreatMissingData.BREACHING,
  notBreaching: TreatMissingData.NOT_BREACHING,
  ignore: TreatMissingData.IGNORE,
  missing: TreatMissingData.MISSING,
};

const PERIOD = Duration.minutes(1);

export interface AlarmContext {
  readonly config: WarmerConfig;
  readonly functions: WarmerFunctions;
  readonly failureQueue: IQueue;
  readonly topic: ITopic;
  /** What hears of the alarms of a level instead of `topic`. */
  readonly levelTopics: LevelTopics;
  /** Hears of the spend alarms only. */
  readonly limitTopic?: ITopic | undefined;
}

export type LevelTopics = Readonly<Partial<Record<Level, ITopic>>>;

/** The alarms by the table's names, and all of them: partitions have some of their own. */
export interface WarmerAlarms {
  readonly byName: Readonly<Record<AlarmName, Alarm>>;
  readonly all: readonly Alarm[];
}

/** Every alarm of the one table, and for the spend alarms the call of `pause`. */
export function createAlarms(scope: Construct, context: AlarmContext): WarmerAlarms {
  const group = new Construct(scope, "Alarms");
  const created = (Object.entries(ALARMS) as [AlarmName, AlarmDefinition][]).map(([name, definition]) => {
    const alarms = alarmNames(context.config, name).map((one) =>
      createAlarm(group, name, one, definition, context),
    );
    return { name, alarms };
  });
  return {
    byName: Object.fromEntries(created.map(({ name, alarms: [first] }) => [name, first])) as Record<
      AlarmName,
      Alarm
    >,
    all: created.flatMap(({ alarms }) => alarms),
  };
}

/** A metric of the warmer with the dimensions that it is sent with; anything else would be another series. */
export function warmerMetric(config: WarmerConfig, name: MetricName, options: MetricOptions = {}): Metric {
  const dimensionsMap: Record<(typeof DIMENSIONS)[number], string> = {
    Service: config.service,
    Environment: config.environment,
  };
  return new Metric({
    namespace: NAMESPACE,
    metricName: name,
    statistic: METRICS[name].statistic,
    period: PERIOD,
    ...options,
    dimensionsMap,
  });
}

function createAlarm(
  scope: Construct,
  name: AlarmName,
  { name: alarmName, partition }: { readonly name: string; readonly partition?: string },
  definition: AlarmDefinition,
  context: AlarmContext,
): Alarm {
  const { guardrails, runbooks } = context.config;
  const alarm = new Alarm(scope, partition === undefined ? name : `${name}-${partition}`, {
    alarmName,
    alarmDescription: describe(definition, runbooks),
    metric: subjectMetric(definition.subject, context, partition),
    comparisonOperator: COMPARISON[definition.comparison],
    threshold: thresholdOf(name, definition, context.config),
    evaluationPeriods: definition.periods,
    datapointsToAlarm: definition.datapoints,
    treatMissingData: MISSING[definition.missing],
  });
  const { level } = definition;
  const topic = (level === undefined ? undefined : context.levelTopics[level]) ?? context.topic;
  const heard: IAlarmAction[] = [new SnsAction(topic)];
  if (definition.pauses && name !== "Drill" && context.limitTopic !== undefined)
    heard.push(new SnsAction(context.limitTopic));
  alarm.addAlarmAction(...heard);
  alarm.addOkAction(...heard);
  if (definition.missing === "missing") alarm.addInsufficientDataAction(...heard);
  // `alert_only` and `throttle` go on past a limit, up to the absolute maximum, which the ledger alone enforces.
  if (definition.pauses && guardrails.actionOnLimit === "pause_warmer") {
    // Unique ids: two alarms on one function would otherwise claim the same permission.
    alarm.addAlarmAction(new LambdaAction(context.functions.pause, { useUniquePermissionId: true }));
  }
  return alarm;
}

/** The levels of a spike begin where the configuration says. */
function thresholdOf(name: AlarmName, { threshold }: AlarmDefinition, { spikes }: WarmerConfig): number {
  switch (name) {
    case "FillCostInfo":
      return spikes.factors.info;
    case "FillCostWarning":
      return spikes.factors.warning;
    case "FillCostCritical":
      return spikes.factors.critical;
    default:
      return threshold;
  }
}

/**
 * In ASCII: CloudFormation gives a stored template back with `?` for anything else (the CDK's own diff, aws-cdk
 * 2.1148.1, allows for that), so other tools would see a change for ever.
 */
function describe({ meaning, runbook, nextCommand, level }: AlarmDefinition, runbooks: string): string {
  const respond = level === undefined ? "" : `\nRespond: ${RESPONSE_TIME[level]}`;
  const text = `${meaning}\nRunbook: ${runbooks}/${runbook}.md\nNext: ${nextCommand}${respond}`;
  return text.replaceAll("…", "...");
}

function subjectMetric(
  subject: AlarmDefinition["subject"],
  context: AlarmContext,
  partition: string | undefined,
): Metric {
  switch (subject.kind) {
    case "own":
      return warmerMetric(context.config, subject.metric);
    case "errors":
      return functionOf(context.functions, subject.function, partition).metricErrors({
        statistic: SUBJECT_STATISTIC.errors,
        period: PERIOD,
      });
    case "failureQueueDepth":
      return context.failureQueue.metricApproximateNumberOfMessagesVisible({
        statistic: SUBJECT_STATISTIC.failureQueueDepth,
        period: PERIOD,
      });
  }
}

function functionOf(
  functions: WarmerFunctions,
  name: FunctionName,
  partition: string | undefined,
): IFunction {
  if (name !== "warm") return functions[name];
  const { warms } = functions;
  return (warms.find((warm) => warm.partition === partition) ?? warms[0]).function;
}
