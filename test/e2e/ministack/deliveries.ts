import assert from "node:assert/strict";
import { DescribeAlarmsCommand, type MetricAlarm } from "@aws-sdk/client-cloudwatch";
import { GetPolicyCommand } from "@aws-sdk/client-lambda";
import { ConfirmSubscriptionCommand, SubscribeCommand } from "@aws-sdk/client-sns";
import { ACCOUNT, type Clients, REGION } from "./clients.ts";
import { invoke } from "./functions.ts";
import { eventually } from "./processes.ts";
import type { Posted, Subscriber } from "./subscriber.ts";

/** Who invokes a function for an alarm (alarms-and-actions-Lambda.html, read 2026-11). */
const INVOKER = "lambda.alarms.cloudwatch.amazonaws.com";

const SOON_MS = 15_000;

/** @throws Error if there is no such alarm */
export async function readAlarm({ cloudWatch }: Clients, name: string): Promise<MetricAlarm> {
  const { MetricAlarms: alarms = [] } = await cloudWatch.send(
    new DescribeAlarmsCommand({ AlarmNames: [name] }),
  );
  const [alarm] = alarms;
  if (alarm === undefined) throw new Error(`there is no alarm ${name}`);
  return alarm;
}

/** Subscribes an endpoint to a topic, and confirms as its owner would. */
export async function subscribe(
  { sns }: Clients,
  topicArn: string,
  { url, posts }: Subscriber,
): Promise<void> {
  await sns.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: "http", Endpoint: url }));
  const { Token: token } = await eventually("SNS asks to confirm the subscription", SOON_MS, () =>
    posts.find(({ Type }) => Type === "SubscriptionConfirmation"),
  );
  await sns.send(new ConfirmSubscriptionCommand({ TopicArn: topicArn, Token: token }));
}

/** Waits until a subscriber was told that an alarm fired. */
export function toldOf(name: string, { posts }: Subscriber): Promise<Posted> {
  return eventually(`SNS tells of ${name}`, SOON_MS, () =>
    posts.find(({ Type, Message: message }) => {
      if (Type !== "Notification") return false;
      const { AlarmName, NewStateValue } = JSON.parse(message) as Record<string, unknown>;
      return AlarmName === name && NewStateValue === "ALARM";
    }),
  );
}

/**
 * Does what CloudWatch does and the emulator does not: invokes the function among the actions of an alarm in
 * state ALARM with the documented event, if the function's policy lets this alarm do so.
 *
 * @returns the outcome
 */
export async function deliverLambdaAction(clients: Clients, name: string): Promise<string> {
  const { AlarmArn: arn, AlarmActions: actions = [], ...alarm } = await readAlarm(clients, name);
  assert.equal(alarm.StateValue, "ALARM", `state of ${name}`);
  const functions = actions.filter((action) => action.startsWith("arn:aws:lambda:"));
  const [action = ""] = functions;
  assert.equal(functions.length, 1, `functions among the actions of ${name}`);
  const { Policy: policy = "{}" } = await clients.lambda.send(new GetPolicyCommand({ FunctionName: action }));
  const { Statement: statements } = JSON.parse(policy) as {
    Statement: { Principal: unknown; Condition: unknown }[];
  };
  const permitted = statements.some(
    ({ Principal: principal, Condition: condition }) =>
      JSON.stringify(principal).includes(INVOKER) && JSON.stringify(condition).includes(JSON.stringify(arn)),
  );
  assert.ok(permitted, `the policy of ${action} does not let ${name} invoke it`);
  const time = new Date().toISOString().replace("Z", "+0000");
  return invoke(clients, action, {
    source: "aws.cloudwatch",
    alarmArn: arn,
    accountId: ACCOUNT,
    time,
    region: REGION,
    alarmData: { alarmName: name, state: { value: "ALARM", reason: alarm.StateReason, timestamp: time } },
  });
}
