import { type AlarmName, alarmName, pausingAlarms } from "./alarms.ts";
import { shown } from "./received.ts";

/** What an event told `pause`: a spend alarm that fired, or why it is none of its business. */
export type AlarmEvent =
  | {
      readonly kind: "pause";
      readonly alarm: AlarmName;
      readonly alarmArn: string;
      readonly reason: string;
      readonly at: number;
    }
  | { readonly kind: "drill"; readonly path: AlarmPath }
  | { readonly kind: "ignored"; readonly why: string };

/** How an alarm reached the function: as its direct action, by the state-change rule, or by the topic. */
export type AlarmPath = "action" | "rule" | "topic";

/** Where this function itself runs; an alarm of another account or region is not ours. */
export interface Place {
  readonly account: string;
  readonly region: string;
}

/**
 * Reads a CloudWatch alarm action, an alarm state-change event, or an SNS message about an alarm.
 * Everything in it may be missing: composite payloads lack fields, and anyone may invoke a function that
 * they have a grant for. Only the spend alarms of this service and environment can pause.
 */
export function parseAlarmEvent(
  event: unknown,
  service: string,
  environment: string,
  place: Place,
): AlarmEvent {
  const alarm = readAlarm(event);
  if (alarm === undefined) return { kind: "ignored", why: `not an alarm: ${shown(event)}` };
  const { name, arn, state, reason, at } = alarm;
  const ours = pausingAlarms().find((candidate) => alarmName(service, environment, candidate) === name);
  if (ours === undefined)
    return { kind: "ignored", why: `${shown(name)} is not a spend alarm of this warmer` };
  const [, , , region, account] = arn.split(":");
  if (account !== place.account || region !== place.region) {
    return {
      kind: "ignored",
      why: `the alarm is of account and region ${shown(`${account}/${region}`)}, not of this one`,
    };
  }
  if (state !== "ALARM") return { kind: "ignored", why: `its state is ${shown(state)}; only ALARM pauses` };
  if (ours === "Drill") return { kind: "drill", path: alarm.path };
  return { kind: "pause", alarm: ours, alarmArn: arn, reason, at };
}

interface AlarmFields {
  readonly name: string;
  readonly arn: string;
  readonly state: string;
  readonly reason: string;
  readonly at: number;
  readonly path: AlarmPath;
}

function readAlarm(event: unknown): AlarmFields | undefined {
  const root = object(event);
  const sns = object(object(first(root["Records"]))["Sns"]);
  if (typeof sns["Message"] === "string") return fromSns(sns["Message"]);
  if (root["source"] !== "aws.cloudwatch") return undefined;
  // A direct action carries alarmData and alarmArn; a state-change event carries detail and resources.
  const data = object(root["alarmData"] ?? root["detail"]);
  const state = object(data["state"]);
  return fields(
    root["alarmData"] === undefined ? "rule" : "action",
    data["alarmName"],
    root["alarmArn"] ?? first(root["resources"]),
    state["value"],
    state["reason"],
    state["timestamp"] ?? root["time"],
  );
}

function fromSns(message: string): AlarmFields | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(message);
  } catch {
    return undefined;
  }
  const alarm = object(parsed);
  return fields(
    "topic",
    alarm["AlarmName"],
    alarm["AlarmArn"],
    alarm["NewStateValue"],
    alarm["NewStateReason"],
    alarm["StateChangeTime"],
  );
}

function fields(
  path: AlarmPath,
  name: unknown,
  arn: unknown,
  state: unknown,
  reason: unknown,
  at: unknown,
): AlarmFields | undefined {
  if (typeof name !== "string" || typeof arn !== "string" || typeof state !== "string") return undefined;
  const instant = typeof at === "string" ? Date.parse(at) : Number.NaN;
  return {
    name,
    arn,
    state,
    reason: typeof reason === "string" ? reason.slice(0, 500) : "no reason given",
    at: Number.isFinite(instant) ? instant : 0,
    path,
  };
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function first(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}
