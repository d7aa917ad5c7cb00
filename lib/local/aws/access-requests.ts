/**
 * What a call asks for, in the words of policies: action, resource, condition keys.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html,
 * read 2026-11
 */
import { arn, nameFromArn } from "../account.ts";
import { stackId } from "../template.ts";
import { arnOf, parameterNameOf } from "./parameter-reads.ts";
import type { AccessRequest } from "./role-policy.ts";

/** Members of a call, by name. */
type Input = Readonly<Record<string, unknown>>;
type Ask = (input: Input, known: Known) => Omit<AccessRequest, "action"> & { readonly action?: string };

/** What is known beside the call. */
export interface Known {
  /** ARN of a deployment's group. */
  groupOf(deploymentId: string): string;
}

const on = (resource: string, context: AccessRequest["context"] = {}) => ({ resource, context });
const textOf = (value: unknown) => (typeof value === "string" ? value : "");
const parameter: Ask = ({ Name }) => on(arnOf(parameterNameOf(textOf(Name))));
const topic: Ask = ({ TopicArn }) => on(textOf(TopicArn));
const alarm: Ask = ({ AlarmName }) =>
  on(arn("cloudwatch", `alarm:${AlarmName === undefined ? "*" : AlarmName}`));
// CloudFormation looks a name up before it asks: a stack that exists is judged by its whole ARN.
const stack: Ask = ({ StackName }) => {
  const asked = textOf(StackName);
  return on(asked === "" ? "*" : asked.startsWith("arn:") ? asked : stackId(asked));
};

/** By service and operation. An action is named where it is not the operation's own name. */
const ASKS: Readonly<Record<string, Ask>> = {
  "ssm:GetParameter": parameter,
  "ssm:GetParameterHistory": parameter,
  "ssm:PutParameter": (input, known) => ({
    ...parameter(input, known),
    context: { "ssm:overwrite": [String(input["Overwrite"] === true)] },
  }),
  "ssm:DeleteParameter": parameter,
  "cloudwatch:PutMetricData": ({ Namespace }) => on("*", { "cloudwatch:namespace": [textOf(Namespace)] }),
  "cloudwatch:DescribeAlarms": () => on(arn("cloudwatch", "alarm:*")),
  "cloudwatch:DescribeAlarmHistory": alarm,
  "cloudwatch:SetAlarmState": alarm,
  "sns:Publish": topic,
  "sns:ListSubscriptionsByTopic": topic,
  "sns:GetTopicAttributes": topic,
  "cloudformation:DescribeStacks": stack,
  "cloudformation:DescribeStackResources": stack,
  "lambda:Invoke": ({ FunctionName }) => ({
    action: "lambda:InvokeFunction",
    ...on(arn("lambda", `function:${nameFromArn(textOf(FunctionName))}`)),
  }),
  "codedeploy:PutLifecycleEventHookExecutionStatus": ({ deploymentId }, { groupOf }) =>
    on(groupOf(textOf(deploymentId))),
};

/** Anybody may ask who they are, whatever a policy says. */
const FREE = new Set(["sts:GetCallerIdentity"]);

/** @throws for an operation of which it is not known what it asks for. */
export function requestsOf(service: string, operation: string, input: Input, known: Known): AccessRequest[] {
  const name = `${service}:${operation}`;
  if (FREE.has(name)) return [];
  const ask = ASKS[name];
  if (ask === undefined)
    throw new Error(
      `What ${name} asks of a policy is not known here. Add it in lib/local/aws/access-requests.ts.`,
    );
  return [{ action: name, ...ask(input, known) }];
}
