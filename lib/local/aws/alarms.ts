/**
 * The alarms of the stack: their states, and what a change of state sets off. Life of an alarm: it begins at
 * INSUFFICIENT_DATA, is judged every minute, and keeps its state through a new deploy. Actions run on a change
 * only, and whatever an action cannot reach is written to the journal, since AWS would say nothing.
 */
import { evaluationRangeMs, judgeAlarm } from "../alarm-evaluation.ts";
import { checkAlarmRule, INITIAL_STATE } from "../alarm-rule.ts";
import type { Journal } from "../journal.ts";
import type { MetricStore } from "../metric-store.ts";
import type { ResolvedTemplate } from "../template.ts";
import {
  type AlarmChange,
  type AlarmResource,
  type AlarmState,
  lambdaActionEvent,
  stateChangeDetail,
  topicMessage,
} from "./alarm-payloads.ts";
import type { BusEvent } from "./events.ts";
import type { LambdaService } from "./lambda-service.ts";
import type { Sns } from "./sns.ts";

/** Kept beyond what the alarms look at, for alarms that a later deploy adds. */
const SLACK_MS = 3600_000;

/** The verdict on one alarm at one instant. */
export type Verdict = Pick<AlarmState, "value" | "reason" | "reasonData">;

export interface StandingAlarm {
  readonly resource: AlarmResource;
  readonly state: AlarmState;
  /** When its configuration was last deployed. */
  readonly configuredAt: number;
}

export interface Alarms {
  /** @throws RangeError for an alarm that CloudWatch refuses, or judges at another pace than every minute. */
  deploy(template: ResolvedTemplate, at: number): void;
  /** In the order of their logical ids. */
  all(): readonly StandingAlarm[];
  /** Oldest first. */
  history(): readonly AlarmChange[];
  /** Judges every alarm on the minutes that have ended, and forgets data that none looks at. */
  evaluate(at: number): void;
  /** Sets a state by hand, as SetAlarmState does. @returns false when there is no such alarm. */
  set(name: string, verdict: Verdict, at: number): boolean;
  /** Whether alarms are judged at all. */
  setAlive(alive: boolean): void;
}

export function createAlarms(deps: {
  readonly journal: Journal;
  readonly metrics: Pick<MetricStore, "query" | "prune">;
  readonly emit: (event: BusEvent) => void;
  readonly sns: Pick<Sns, "publishAsService">;
  readonly lambda: Pick<LambdaService, "invokeAsService">;
}): Alarms {
  let alarms: readonly { -readonly [K in keyof StandingAlarm]: StandingAlarm[K] }[] = [];
  const history: AlarmChange[] = [];
  let alive = true;

  const move = (alarm: (typeof alarms)[number], verdict: Verdict, at: number) => {
    if (verdict.value === alarm.state.value) return;
    const change = { alarm: alarm.resource, from: alarm.state, to: { ...verdict, at } };
    alarm.state = change.to;
    history.push(change);
    deps.journal.write({
      at,
      kind: "alarm",
      alarm: alarm.resource.name,
      from: change.from.value,
      to: change.to.value,
      reason: change.to.reason,
    });
    deps.emit({
      at,
      source: "aws.cloudwatch",
      detailType: "CloudWatch Alarm State Change",
      resources: [alarm.resource.identity["Arn"] ?? ""],
      detail: stateChangeDetail(change),
    });
    for (const action of actionsOf(change)) act(action, change);
  };

  const act = (action: string, change: AlarmChange) => {
    const { at } = change.to;
    const sourceArn = change.alarm.identity["Arn"] ?? "";
    const trigger = `alarm ${change.alarm.logicalId}`;
    if (action.startsWith("arn:aws:sns:"))
      deps.sns.publishAsService(
        { at, topicArn: action, ...topicMessage(change) },
        "cloudwatch.amazonaws.com",
        sourceArn,
      );
    else if (action.startsWith("arn:aws:lambda:"))
      deps.lambda.invokeAsService({
        at,
        function: action,
        principal: "lambda.alarms.cloudwatch.amazonaws.com",
        sourceArn,
        trigger,
        payload: lambdaActionEvent(change),
      });
    else
      throw new Error(`${trigger}: the local engine models actions on topics and functions, got: ${action}.`);
  };

  return {
    all: () => alarms,
    history: () => history,
    setAlive: (next) => {
      alive = next;
    },
    deploy: (template, at) => {
      const before = alarms;
      const resources = template.ofType("AWS::CloudWatch::Alarm");
      for (const { properties } of resources) checkAlarmRule(properties);
      alarms = resources.map((resource) => ({
        resource,
        configuredAt: at,
        state: before.find((alarm) => alarm.resource.name === resource.name)?.state ?? {
          value: INITIAL_STATE,
          reason: "Unchecked: Initial alarm creation",
          at,
        },
      }));
    },
    evaluate: (at) => {
      if (!alive) return;
      for (const alarm of alarms) {
        const { resource, state } = alarm;
        move(alarm, judgeAlarm(resource.properties, deps.metrics, at, state.value), at);
      }
      const range = Math.max(0, ...alarms.map(({ resource }) => evaluationRangeMs(resource.properties)));
      deps.metrics.prune(at - range - SLACK_MS);
    },
    set: (name, verdict, at) => {
      const alarm = alarms.find(({ resource }) => resource.name === name);
      if (alarm === undefined) return false;
      move(alarm, verdict, at);
      return true;
    },
  };
}

function actionsOf({ alarm: { properties }, to }: AlarmChange): readonly string[] {
  if (!properties.ActionsEnabled) return [];
  switch (to.value) {
    case "ALARM":
      return properties.AlarmActions;
    case "OK":
      return properties.OKActions;
    case "INSUFFICIENT_DATA":
      return properties.InsufficientDataActions;
  }
}
