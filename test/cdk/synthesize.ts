import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Template } from "aws-cdk-lib/assertions";
import { App, type Stack } from "aws-cdk-lib/core";
import { inject } from "vitest";
import type { PromptCacheWarmerProps } from "../../lib/cdk/prompt-cache-warmer-props.ts";
import { WarmerStack, type WarmerStackProps } from "../../lib/cdk/warmer-stack.ts";
import type { WarmerOptions } from "../../lib/core/config.ts";

export const OPTIONS: WarmerOptions = {
  service: "support",
  environment: "prod",
  colors: ["blue", "green"],
  expected: { prefixes: 2, tokensPerPrefix: 12_000, model: "claude-sonnet-5-5", ttl: "1h" },
  costGuardrails: { maxHourlyFillCost: 2, maxDailyFillCost: 10 },
};

const { context } = JSON.parse(readFileSync(new URL("../../cdk.json", import.meta.url), "utf8"));

/** The flags that a deployment is synthesized with, without bundling: these tests look at the template. */
export function newApp(): App {
  return new App({
    outdir: mkdtempSync(join(inject("scratch"), "app-")),
    context: { ...context, "aws:cdk:bundling-stacks": [] },
  });
}

export function newStack(
  options: Partial<PromptCacheWarmerProps> = {},
  props: Omit<WarmerStackProps, "warmer"> = {},
): WarmerStack {
  return new WarmerStack(newApp(), "support-prod-warmer", { ...props, warmer: { ...OPTIONS, ...options } });
}

/** The template of a stack. The built-in validation is left out; checks.test.ts has it. */
export function templateOf(stack: Stack): SynthesizedTemplate {
  process.env["CDK_VALIDATION"] = "false";
  return plain(Template.fromStack(stack).toJSON()) as SynthesizedTemplate;
}

export function synthesize(options: Partial<PromptCacheWarmerProps> = {}): SynthesizedTemplate {
  return templateOf(newStack(options));
}

export interface SynthesizedTemplate {
  readonly Parameters: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, SynthesizedResource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: string }>>;
}

export interface SynthesizedResource {
  readonly Type: string;
  readonly Properties: unknown;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** What these tests read of each type's properties. Lists of one may be written as their element. */
interface PropertiesByType {
  "AWS::CloudWatch::Alarm": {
    AlarmName: string;
    AlarmDescription: string;
    AlarmActions: string[];
    OKActions: string[];
    Namespace: string;
    MetricName: string;
    Dimensions: { Name: string; Value: string }[];
    Statistic: string;
    Period: number;
    EvaluationPeriods: number;
    DatapointsToAlarm: number;
    Threshold: number;
    ComparisonOperator: string;
    TreatMissingData: string;
  };
  "AWS::DynamoDB::Table": Readonly<Record<string, unknown>>;
  "AWS::Events::Rule": {
    ScheduleExpression?: string;
    EventPattern?: unknown;
    Targets: { Arn: string; DeadLetterConfig?: unknown; RetryPolicy?: unknown }[];
  };
  "AWS::IAM::Policy": { Roles: string[]; PolicyDocument: { Statement: Statement[] } };
  "AWS::IAM::Role": { ManagedPolicyArns?: string[] };
  "AWS::Lambda::EventInvokeConfig": { FunctionName: string; [property: string]: unknown };
  "AWS::Lambda::Function": {
    Role: string;
    Environment: { Variables: Record<string, string> };
    LoggingConfig: { LogGroup: string; LogFormat: string };
    [property: string]: unknown;
  };
  "AWS::Lambda::Permission": {
    FunctionName: string;
    Principal: string;
    SourceArn?: string;
    SourceAccount?: string;
  };
  "AWS::Logs::LogGroup": { RetentionInDays?: number; LogGroupName?: string };
  "AWS::SNS::Subscription": { TopicArn: string; Protocol: string; Endpoint: string };
  "AWS::SNS::Topic": { TopicName?: string };
  "AWS::SNS::TopicPolicy": { Topics: string[]; PolicyDocument: { Statement: Statement[] } };
  "AWS::SQS::Queue": { MessageRetentionPeriod?: number };
}

export interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: unknown;
  readonly Principal?: unknown;
}

/** Properties of all resources of one type, by logical id. */
export function propertiesOf<T extends keyof PropertiesByType>(
  template: SynthesizedTemplate,
  type: T,
): Record<string, PropertiesByType[T]> {
  return Object.fromEntries(
    Object.entries(template.Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([id, resource]) => [id, resource.Properties as PropertiesByType[T]]),
  );
}

/** The only entry whose logical id begins with `start`. */
export function only<T>(entries: Record<string, T>, start = ""): T {
  const found = Object.entries(entries).filter(([id]) => id.startsWith(start));
  const [first] = found;
  if (first === undefined || found.length > 1) {
    throw new Error(`expected one of ${Object.keys(entries).join(", ")} to begin with "${start}"`);
  }
  return first[1];
}

export function listOf<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}

/** Writes the intrinsic functions as text, `<WarmerState.Arn>`, so that a test can say what it expects. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const {
    Ref: ref,
    "Fn::GetAtt": attribute,
    "Fn::Join": join,
  } = value as { Ref?: string; "Fn::GetAtt"?: string[]; "Fn::Join"?: [string, unknown[]] };
  if (ref !== undefined) return `<${ref}>`;
  if (attribute !== undefined) return `<${attribute.join(".")}>`;
  if (join !== undefined) return (plain(join[1]) as string[]).join(join[0]);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
