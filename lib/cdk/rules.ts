import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Duration } from "aws-cdk-lib/core";
import type { Construct } from "constructs";
import type { FunctionName } from "../core/alarms.ts";
import { MAX_EVENT_AGE } from "./functions.ts";

export interface RuleContext {
  readonly functions: Record<FunctionName, IFunction>;
  readonly liveColorParameter: string;
  readonly failureQueue: IQueue;
}

/**
 * What makes the functions run. `warm` and `monitor` have a schedule each, so that one stopped schedule is seen
 * by the other function. The targets get the raw event: its id and time are what duplicates and late deliveries
 * are recognised by. No rule is ever disabled to pause the warmer; a pause lives in state.
 */
export function createRules(
  scope: Construct,
  { functions, liveColorParameter, failureQueue }: RuleContext,
): void {
  const target = (fn: IFunction) =>
    new LambdaFunction(fn, { maxEventAge: MAX_EVENT_AGE, retryAttempts: 0, deadLetterQueue: failureQueue });
  const everyMinute = Schedule.rate(Duration.minutes(1));

  new Rule(scope, "WarmTick", {
    description: "Every minute: touch what is due",
    schedule: everyMinute,
    targets: [target(functions.warm)],
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
      detail: { name: [liveColorParameter], operation: ["Create", "Update", "Delete"] },
    },
    targets: [target(functions.warm)],
  });
}
