/**
 * What the local engine knows of CloudFormation: one entry per resource type, strict down to nested properties.
 * A type or property that is not listed is refused, because a property that is silently ignored makes a local run
 * prove something that is not so. `unmodelled` marks the properties that are known, looked at, and without effect
 * here; the reason stands beside those where it is not plain.
 */
import * as z from "zod/mini";
import { ACCOUNT, arn, REGION } from "./account.ts";
import { dashboardBody } from "./dashboard-type.ts";
import { uuidOf } from "./deterministic.ts";
import { table, tableProperties } from "./table-type.ts";

const unmodelled = z.optional(z.unknown());
const text = z.string();
const optionalText = z.optional(z.string());
const texts = z._default(z.array(z.string()), []);
const policyDocument = z.unknown();

/** What `Ref` and `Fn::GetAtt` answer for a resource of a given physical name. */
export type Identity = { readonly Ref: string; readonly [attribute: string]: string };

interface TypeOptions<P extends z.ZodMiniType> {
  /** The property that sets the physical name. Without it the name is always generated. */
  readonly named?: string;
  readonly identity?: (name: string) => Identity;
  readonly properties: P;
}

function type<P extends z.ZodMiniType>(options: TypeOptions<P>) {
  return { identity: (name: string): Identity => ({ Ref: name }), ...options };
}

/** For types that nothing here depends on. */
const anything = z.record(z.string(), z.unknown());

const keyIdentity = (name: string): Identity => {
  const id = uuidOf("kms", name);
  return { Ref: id, KeyId: id, Arn: arn("kms", `key/${id}`) };
};

export const resourceTypes = {
  "AWS::DynamoDB::Table": type({ ...table, properties: z.strictObject(tableProperties) }),
  "AWS::DynamoDB::GlobalTable": type({
    ...table,
    properties: z.strictObject({ ...tableProperties, Replicas: unmodelled }),
  }),
  "AWS::Lambda::Function": type({
    named: "FunctionName",
    identity: (name) => ({ Ref: name, Arn: arn("lambda", `function:${name}`) }),
    properties: z.strictObject({
      FunctionName: optionalText,
      Code: z.strictObject({ S3Bucket: unmodelled, S3Key: text }),
      Handler: text,
      Environment: z.optional(z.strictObject({ Variables: z.record(z.string(), z.string()) })),
      Timeout: z._default(z.number(), 3),
      MemorySize: z._default(z.number(), 128),
      ReservedConcurrentExecutions: z.optional(z.number()),
      Role: text,
      Runtime: unmodelled,
      Architectures: unmodelled,
      Description: unmodelled,
      LoggingConfig: z.optional(z.looseObject({ LogGroup: optionalText })),
      TracingConfig: unmodelled,
      Tags: unmodelled,
    }),
  }),
  "AWS::Lambda::Permission": type({
    properties: z.strictObject({
      Action: z.literal("lambda:InvokeFunction"),
      FunctionName: text,
      Principal: text,
      SourceArn: optionalText,
      SourceAccount: optionalText,
    }),
  }),
  "AWS::Lambda::EventInvokeConfig": type({
    properties: z.strictObject({
      FunctionName: text,
      Qualifier: z.literal("$LATEST"),
      MaximumEventAgeInSeconds: z.optional(z.number()),
      MaximumRetryAttempts: z.optional(z.number()),
      DestinationConfig: z.optional(
        z.strictObject({ OnFailure: z.optional(z.strictObject({ Destination: text })) }),
      ),
    }),
  }),
  "AWS::Events::Rule": type({
    named: "Name",
    identity: (name) => ({ Ref: name, Arn: arn("events", `rule/${name}`) }),
    properties: z.strictObject({
      Name: optionalText,
      Description: unmodelled,
      ScheduleExpression: optionalText,
      EventPattern: z.optional(z.record(z.string(), z.unknown())),
      State: z._default(z.enum(["ENABLED", "DISABLED"]), "ENABLED"),
      Targets: z._default(
        z.array(
          z.strictObject({
            Id: text,
            Arn: text,
            Input: optionalText,
            DeadLetterConfig: z.optional(z.strictObject({ Arn: text })),
            // The local bus reaches a function always or never: there is nothing to try again.
            RetryPolicy: unmodelled,
          }),
        ),
        [],
      ),
    }),
  }),
  "AWS::SNS::Topic": type({
    named: "TopicName",
    identity: (name) => ({ Ref: arn("sns", name), TopicArn: arn("sns", name), TopicName: name }),
    properties: z.strictObject({ TopicName: optionalText, DisplayName: unmodelled, Tags: unmodelled }),
  }),
  "AWS::SNS::TopicPolicy": type({
    properties: z.strictObject({ Topics: z.array(text), PolicyDocument: policyDocument }),
  }),
  "AWS::SNS::Subscription": type({
    identity: (name) => ({ Ref: arn("sns", name) }),
    properties: z.strictObject({
      TopicArn: text,
      Protocol: z.enum(["email", "email-json", "sms", "https", "lambda"]),
      Endpoint: text,
    }),
  }),
  "AWS::SQS::Queue": type({
    named: "QueueName",
    identity: (name) => {
      const url = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${name}`;
      return { Ref: url, QueueUrl: url, Arn: arn("sqs", name), QueueName: name };
    },
    properties: z.strictObject({
      QueueName: optionalText,
      // A local run lasts hours; the shortest useful retention is days.
      MessageRetentionPeriod: unmodelled,
      VisibilityTimeout: unmodelled,
      SqsManagedSseEnabled: unmodelled,
      Tags: unmodelled,
    }),
  }),
  "AWS::SQS::QueuePolicy": type({
    properties: z.strictObject({ Queues: z.array(text), PolicyDocument: policyDocument }),
  }),
  "AWS::CloudWatch::Alarm": type({
    named: "AlarmName",
    identity: (name) => ({ Ref: name, Arn: arn("cloudwatch", `alarm:${name}`) }),
    properties: z.strictObject({
      AlarmName: optionalText,
      AlarmDescription: optionalText,
      ActionsEnabled: z._default(z.boolean(), true),
      AlarmActions: texts,
      OKActions: texts,
      InsufficientDataActions: texts,
      Namespace: text,
      MetricName: text,
      Dimensions: z._default(z.array(z.strictObject({ Name: text, Value: text })), []),
      Statistic: z.enum(["SampleCount", "Average", "Sum", "Minimum", "Maximum"]),
      Period: z.number(),
      EvaluationPeriods: z.number(),
      DatapointsToAlarm: z.optional(z.number()),
      Threshold: z.number(),
      ComparisonOperator: z.enum([
        "GreaterThanOrEqualToThreshold",
        "GreaterThanThreshold",
        "LessThanThreshold",
        "LessThanOrEqualToThreshold",
      ]),
      TreatMissingData: z._default(z.enum(["missing", "breaching", "notBreaching", "ignore"]), "missing"),
      Tags: unmodelled,
    }),
  }),
  "AWS::CloudWatch::Dashboard": type({
    named: "DashboardName",
    properties: z.strictObject({ DashboardName: optionalText, DashboardBody: dashboardBody }),
  }),
  "AWS::Logs::LogGroup": type({
    named: "LogGroupName",
    identity: (name) => ({ Ref: name, Arn: `${arn("logs", `log-group:${name}`)}:*` }),
    properties: z.strictObject({
      LogGroupName: optionalText,
      RetentionInDays: unmodelled,
      LogGroupClass: unmodelled,
      KmsKeyId: unmodelled,
      Tags: unmodelled,
    }),
  }),
  // Policies are read, and refused for what is not modelled, by aws/role-policy.ts.
  "AWS::IAM::Role": type({
    named: "RoleName",
    identity: (name) => ({ Ref: name, Arn: `arn:aws:iam::${ACCOUNT}:role/${name}`, RoleId: uuidOf(name) }),
    properties: z.strictObject({
      RoleName: optionalText,
      AssumeRolePolicyDocument: policyDocument,
      ManagedPolicyArns: z.optional(z.array(text)),
      Policies: z._default(z.array(z.strictObject({ PolicyName: text, PolicyDocument: policyDocument })), []),
      Description: unmodelled,
      Tags: unmodelled,
    }),
  }),
  "AWS::IAM::Policy": type({
    named: "PolicyName",
    properties: z.strictObject({ PolicyName: text, PolicyDocument: policyDocument, Roles: z.array(text) }),
  }),
  "AWS::SSM::Parameter": type({
    named: "Name",
    properties: z.strictObject({
      Name: optionalText,
      Type: z.enum(["String", "StringList"]),
      Value: text,
      Description: optionalText,
      AllowedPattern: optionalText,
      Tier: unmodelled,
      DataType: unmodelled,
      Tags: unmodelled,
    }),
  }),
  "AWS::KMS::Key": type({ identity: keyIdentity, properties: anything }),
  "AWS::KMS::Alias": type({ named: "AliasName", properties: anything }),
  "AWS::CDK::Metadata": type({ properties: anything }),
};

export type ResourceTypeName = keyof typeof resourceTypes;
/** The checked properties of a resource of type `T`, defaults filled in. */
export type PropertiesOf<T extends ResourceTypeName> = z.infer<(typeof resourceTypes)[T]["properties"]>;
