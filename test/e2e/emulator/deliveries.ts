/** What CloudWatch and SNS do about an alarm: what an emulator does not do is done here, as documented. */
import assert from "node:assert/strict";
import { GetPolicyCommand } from "@aws-sdk/client-lambda";
import { ConfirmSubscriptionCommand, type SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { readAlarm } from "../alarms.ts";
import { can, type TargetName } from "../capabilities.ts";
import type { Clients } from "../clients.ts";
import { invokeFunction, outcomeOf } from "../functions.ts";
import { eventually } from "../processes.ts";
import { ACCOUNT, REGION } from "./account.ts";
import type { Subscriber } from "./subscriber.ts";

/** Who invokes a function for an alarm (alarms-and-actions-Lambda.html, read 2026-11). */
const INVOKER = "lambda.alarms.cloudwatch.amazonaws.com";

const SOON_MS = 30_000;

/** Subscribes an endpoint to a topic, and confirms as its owner would. */
export async function subscribe(sns: SNSClient, topicArn: string, { url, posts }: Subscriber): Promise<void> {
  await sns.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: "http", Endpoint: url }));
  const { Token: token } = await eventually("SNS asks to confirm the subscription", SOON_MS, () =>
    posts.find(({ Type }) => Type === "SubscriptionConfirmation"),
  );
  await sns.send(new ConfirmSubscriptionCommand({ TopicArn: topicArn, Token: token }));
}

/** How many posts say that an alarm fired. */
export function tellsOf(name: string, { posts }: Subscriber): number {
  return posts.filter(({ Type, Message: message }) => {
    if (Type !== "Notification") return false;
    const { AlarmName, NewStateValue } = parsed(message);
    return AlarmName === name && NewStateValue === "ALARM";
  }).length;
}

/**
 * Invokes the function among the actions of an alarm in state ALARM by those paths that the emulator does not go:
 * with the event of its direct action, if the function's policy lets this alarm do so, and with that of a change of
 * state. That the rule's pattern matches the second event is shown on the local engine.
 */
export async function deliver(emulator: TargetName, clients: Clients, name: string): Promise<void> {
  const { AlarmArn: arn, AlarmActions: actions = [], ...alarm } = await readAlarm(clients.cloudWatch, name);
  assert.equal(alarm.StateValue, "ALARM", `state of ${name}`);
  const functions = actions.filter((action) => action.startsWith("arn:aws:lambda:"));
  const [action = ""] = functions;
  assert.equal(functions.length, 1, `functions among the actions of ${name}`);
  await assertPermitted(clients, action, arn);
  const time = new Date().toISOString();
  const state = { value: "ALARM", reason: alarm.StateReason, timestamp: time.replace("Z", "+0000") };
  const place = { accountId: ACCOUNT, account: ACCOUNT, region: REGION, source: "aws.cloudwatch", time };
  const data = { alarmName: name, state };
  const direct = { ...place, alarmArn: arn, alarmData: data };
  const change = { "detail-type": "CloudWatch Alarm State Change", resources: [arn], detail: data };
  const events = [
    ...(can(emulator, "lambdaActions") ? [] : [direct]),
    ...(can(emulator, "alarmEvents") ? [] : [{ ...place, ...change }]),
  ];
  for (const event of events) {
    const outcome = outcomeOf(await invokeFunction(clients.lambda, action, event));
    assert.ok(HEARD.has(outcome), `outcome of the pause function: ${outcome}`);
  }
}

// --- internal ---

/** How the pause function ends that was told of one of its alarms. */
const HEARD = new Set(["paused", "already_paused", "drilled"]);

async function assertPermitted({ lambda }: Clients, action: string, arn: string | undefined): Promise<void> {
  const { Policy: policy = "{}" } = await lambda.send(new GetPolicyCommand({ FunctionName: action }));
  const { Statement: statements } = JSON.parse(policy) as {
    Statement: { Principal: unknown; Condition: unknown }[];
  };
  const permitted = statements.some(
    ({ Principal: principal, Condition: condition }) =>
      JSON.stringify(principal).includes(INVOKER) && JSON.stringify(condition).includes(JSON.stringify(arn)),
  );
  assert.ok(permitted, `the policy of ${action} does not let ${arn} invoke it`);
}

/** The warmer's own notices are no JSON. */
function parsed(message: string): Record<string, unknown> {
  try {
    return JSON.parse(message) as Record<string, unknown>;
  } catch {
    return {};
  }
}
