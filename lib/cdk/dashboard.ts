import {
  type Alarm,
  AlarmStatusWidget,
  CustomWidget,
  Dashboard,
  GraphWidget,
  type GraphWidgetProps,
  type HorizontalAnnotation,
  type IWidget,
  MathExpression,
  type Metric,
  PeriodOverride,
  TextWidget,
  type YAxisProps,
} from "aws-cdk-lib/aws-cloudwatch";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Duration } from "aws-cdk-lib/core";
import type { Construct } from "constructs";
import { ALARMS } from "../core/alarms.ts";
import type { WarmerConfig } from "../core/config.ts";
import { LEVELS } from "../core/fill-cost/spike.ts";
import type { MetricName } from "../core/metrics.ts";
import { toUsd } from "../core/money.ts";
import { warmerMetric } from "./alarms.ts";

export interface DashboardContext {
  readonly config: WarmerConfig;
  readonly alarms: readonly Alarm[];
  /** Answers the widget of flips and known events. */
  readonly monitor: IFunction;
}

const WHOLE = 24;
const SHARE: YAxisProps = { min: 0, max: 1, showUnits: false };
const PLAIN: YAxisProps = { min: 0, showUnits: false };

/**
 * One page for one warmer, in the order in which somebody asks: is the live color warm, is it hit, what does it cost,
 * what happened, is it paused, is it alive, what next. It names no color and no fingerprint: what is live changes, and
 * this page does not.
 *
 * Metric math is used here and in no alarm: other CloudWatch implementations refuse it there.
 */
export function createDashboard(scope: Construct, context: DashboardContext): Dashboard {
  const { service, environment } = context.config;
  return new Dashboard(scope, "Dashboard", {
    dashboardName: `${service}-${environment}-warmer`,
    defaultInterval: Duration.hours(6),
    periodOverride: PeriodOverride.AUTO,
    widgets: [
      warm(context),
      hits(context),
      money(context),
      events(context),
      ages(context),
      [new AlarmStatusWidget({ title: "Alarms", alarms: [...context.alarms], width: WHOLE, height: 4 })],
      causes(context),
    ],
  });
}

function warm({ config }: DashboardContext): IWidget[] {
  return [
    text(
      2,
      `# ${config.service} ${config.environment}: is the live color warm?`,
      "`warmer status` names the live color and each prefix with its proof.",
    ),
    graph("Warm share of the live color's required prefixes", {
      left: metrics(config, "WarmShare"),
      leftYAxis: SHARE,
      leftAnnotations: [line(ALARMS.NotWarm.threshold, "NotWarm below")],
    }),
    graph("Seconds unproven since a flip, and overdue", {
      left: metrics(config, "SecondsFlipUnproven", "SecondsOverdue"),
      leftYAxis: PLAIN,
      leftAnnotations: [line(ALARMS.FlipUnproven.threshold, "FlipUnproven, PrefixOverdue above")],
    }),
    graph("Live color unresolved, or state unreadable", {
      left: metrics(config, "TargetUnresolved", "StateUnreadable"),
      leftYAxis: SHARE,
    }),
  ];
}

function hits({ config }: DashboardContext): IWidget[] {
  return [
    graph("Hit rate: the warmer's own touches", { left: metrics(config, "HitRate"), leftYAxis: SHARE }),
    graph("Hit rate: the application", {
      left: metrics(config, "OrganicHitRate", "FirstRequestHitRate"),
      leftYAxis: SHARE,
      leftAnnotations: [line(config.organic.minHitRate, "minHitRate")],
    }),
    graph("Writes where reads were due", { left: metrics(config, "UnexpectedFills"), leftYAxis: PLAIN }),
  ];
}

function money({ config }: DashboardContext): IWidget[] {
  const { guardrails, spikes } = config;
  return [
    graph("Fill cost: USD an hour, and times normal", {
      left: metrics(config, "FillRate"),
      right: metrics(config, "SpikeRatio"),
      leftYAxis: { ...PLAIN, label: "USD an hour" },
      rightYAxis: { ...PLAIN, label: "times normal" },
      leftAnnotations: [line(toUsd(guardrails.hourly), "hourly limit")],
      rightAnnotations: LEVELS.map((level) => line(spikes.factors[level], level)),
    }),
    graph("Share of the limits, and fill cost of this UTC hour", {
      left: [
        percent(config, "HourlyLimitUsed", "of the hourly limit, %"),
        percent(config, "DailyLimitUsed", "of the daily limit, %"),
      ],
      right: metrics(config, "FillCost"),
      leftYAxis: PLAIN,
      rightYAxis: { ...PLAIN, label: "USD" },
      leftAnnotations: [line(100, "limit")],
    }),
    graph("Net saving", {
      left: metrics(config, "NetSaving"),
      leftYAxis: { showUnits: false, label: "USD" },
      leftAnnotations: [line(0, "costs more than it saves below")],
    }),
  ];
}

/** Annotations of a graph stand in its definition; these are drawn from state whenever somebody looks. */
function events({ monitor }: DashboardContext): IWidget[] {
  return [
    new CustomWidget({
      title: "Flips and known events",
      functionArn: monitor.functionArn,
      width: WHOLE,
      height: 6,
      updateOnRefresh: true,
      updateOnResize: true,
      updateOnTimeRangeChange: true,
    }),
  ];
}

function ages({ config }: DashboardContext): IWidget[] {
  const days = new MathExpression({
    expression: "seconds / 86400",
    usingMetrics: { seconds: warmerMetric(config, "SecondsSinceDrill") },
    label: "days since a drill",
    period: Duration.minutes(1),
  });
  return [
    graph("Paused", { left: metrics(config, "Paused"), leftYAxis: SHARE }),
    graph("Seconds since a warm cycle", {
      left: metrics(config, "SecondsSinceCycle"),
      leftYAxis: PLAIN,
      leftAnnotations: [line(ALARMS.WarmerSilent.threshold, "WarmerSilent above")],
    }),
    graph("Days since a fire drill", {
      left: [days],
      leftYAxis: PLAIN,
      leftAnnotations: [line(ALARMS.DrillOverdue.threshold / 86_400, "DrillOverdue above")],
    }),
  ];
}

function causes({ config }: DashboardContext): IWidget[] {
  return [
    text(
      4,
      "## What next",
      "- Why is fill cost high? `warmer diagnose` names the cause, the evidence and the next command.",
      "- What was announced? `warmer mark --list`; announce with `warmer mark onboarding --to +2h --expected-cost 5`.",
      '- Stop it: `warmer pause --reason "…"`; slow it down: `warmer throttle --max-fills-per-minute 10`.',
      `- Step by step: [runbook](${config.runbooks}/fill-cost.md)`,
    ),
  ];
}

function text(height: number, ...lines: readonly string[]): TextWidget {
  return new TextWidget({ markdown: lines.join("\n"), width: WHOLE, height });
}

/** A third of a row. */
function graph(title: string, props: Omit<GraphWidgetProps, "title" | "width">): GraphWidget {
  return new GraphWidget({ title, width: WHOLE / 3, ...props });
}

function metrics(config: WarmerConfig, ...names: readonly MetricName[]): Metric[] {
  return names.map((name) => warmerMetric(config, name));
}

function percent(config: WarmerConfig, name: MetricName, label: string): MathExpression {
  // The id must be the only one in its graph, and begin with a small letter.
  const id = name.toLowerCase();
  return new MathExpression({
    expression: `100 * ${id}`,
    usingMetrics: { [id]: warmerMetric(config, name) },
    label,
    period: Duration.minutes(1),
  });
}

function line(value: number, label: string): HorizontalAnnotation {
  return { value, label };
}
