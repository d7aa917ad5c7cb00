import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { ArnFormat, Duration, Stack } from "aws-cdk-lib/core";
import type { Construct } from "constructs";
import { type AlarmName, alarmName, pausingAlarms } from "../core/alarms.ts";
import type { WarmerConfig } from "../core/config.ts";
import { MAX_EVENT_AGE, type WarmerFunctions } from "./functions.ts";

/** A lost pause is worse than a late one. */
const PAUSE_EVENT_AGE = Duration.hours(6);

export interface RuleContext {
  readonly functions: WarmerFunctions;
  readonly config: WarmerConfig;
  readonly failureQueue: IQueue;
}

/**
 * What makes the functions run; the warm functions of all partitions are targets of the same rules. `warm` and `monitor` have a schedule each, so that one stopped schedule is seen
 * by the other function. The targets get the raw event: its id and time are what duplicates and late deliveries
 * are recognised by. No rule is ever disabled to pause the warmer; a pause lives in state.
 */
export function createRules(scope: Construct, { config, functions, failureQueue }: RuleContext): void {
  const target = (fn: IFunction) =>
    new LambdaFunction(fn, { maxEventAge: MAX_EVENT_AGE, retryAttempts: 0, deadLetterQueue: failureQueue });
  const warms = functions.warms.map((warm) => target(warm.function));
  const everyMinute = Schedule.rate(Duration.minutes(1));

  new Rule(scope, "WarmTick", {
    description: "Every minute: touch what is due",
    schedule: everyMinute,
    targets: warms,
  });
  new Rule(scope, "MonitorTick", {
    description: "Every minute: publish the gauges",
    schedule: everyMinute,
    targets: [target(functions.monitor)],
  });
  // Parameter Store sends its events best effort: this makes a flip warm sooner, the tick makes it warm for sure.
  new Rule(scope, "LiveColorChange", {
    description: "The live color changed: warm it now",
    eventPattern: {
      source: ["aws.ssm"],
      detailType: ["Parameter Store Change"],
      detail: { name: [config.liveColorParameter], operation: ["Create", "Update", "Delete"] },
    },
    targets: warms,
  });
  // Only where a met limit pauses: the other actions go on past it on purpose.
  if (config.guardrails.actionOnLimit === "pause_warmer")
    createSecondAlarmPath(scope, config, functions.pause, failureQueue);
}

/**
 * The second path from a spend alarm to `pause`, beside the alarm's own action: independent of the alarm's
 * configuration and of the permission that CloudWatch needs. It matches exactly the alarms that pause.
 */
function createSecondAlarmPath(
  scope: Construct,
  config: WarmerConfig,
  pause: IFunction,
  failureQueue: IQueue,
): void {
  const alarmArn = (alarm: AlarmName) =>
    Stack.of(scope).formatArn({
      service: "cloudwatch",
      resource: "alarm",
      resourceName: alarmName(config.service, config.environment, alarm),
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  new Rule(scope, "SpendAlarm", {
    description: "A spend alarm fired: pause, by a second path",
    eventPattern: {
      source: ["aws.cloudwatch"],
      detailType: ["CloudWatch Alarm State Change"],
      resources: pausingAlarms().map(alarmArn),
      detail: { state: { value: ["ALARM"] } },
    },
    targets: [
      new LambdaFunction(pause, {
        maxEventAge: PAUSE_EVENT_AGE,
        retryAttempts: 2,
        deadLetterQueue: failureQueue,
      }),
    ],
  });
}
