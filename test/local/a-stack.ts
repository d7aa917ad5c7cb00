import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

/** A cloud assembly as `cdk synth` leaves it: one template, the probe as its only asset. */
export interface AssemblyDirectory {
  readonly path: string;
  /** Writes the template of stack "S". */
  write(resources: object, outputs?: object): void;
  remove(): void;
}

/** Bundles the probe once; the directory is the caller's to remove. */
export async function anAssembly(): Promise<AssemblyDirectory> {
  const path = mkdtempSync(join(tmpdir(), "engine-test-"));
  await build({
    entryPoints: [join(import.meta.dirname, "probe.ts")],
    outfile: join(path, "asset.probe", "index.js"),
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    mainFields: ["module", "main"],
  });
  const asset = { source: { path: "asset.probe" }, destinations: { here: { objectKey: "probe.zip" } } };
  writeFileSync(join(path, "S.assets.json"), JSON.stringify({ version: "55.0.0", files: { probe: asset } }));
  return {
    path,
    write: (Resources, Outputs = {}) =>
      writeFileSync(join(path, "S.template.json"), JSON.stringify({ Resources, Outputs })),
    remove: () => rmSync(path, { recursive: true }),
  };
}

// --- resources ---

const arnOf = (logicalId: string) => ({ "Fn::GetAtt": [logicalId, "Arn"] });
export const ref = (logicalId: string) => ({ Ref: logicalId });

export const fn = (more: object = {}) => ({
  Type: "AWS::Lambda::Function",
  Properties: {
    Code: { S3Bucket: { "Fn::Sub": `assets-\${AWS::Region}` }, S3Key: "probe.zip" },
    Handler: "index.handler",
    Role: "arn:aws:iam::123456789012:role/r",
    Timeout: 30,
    Environment: { Variables: { OWN: "variable" } },
    ...more,
  },
});

export const permission = (target: string, Principal: string, source: object | string) => ({
  Type: "AWS::Lambda::Permission",
  Properties: { Action: "lambda:InvokeFunction", FunctionName: arnOf(target), Principal, SourceArn: source },
});

export const rule = (target: string, what: object, more: object = {}) => ({
  Type: "AWS::Events::Rule",
  Properties: { State: "ENABLED", Targets: [{ Id: "Target0", Arn: arnOf(target), ...more }], ...what },
});

/** A rule every minute that lets a function measure the value of a parameter, with the permission it needs. */
export const measuring = (target: string, parameter: string) => ({
  Tick: rule(
    target,
    { ScheduleExpression: "rate(1 minute)" },
    { Input: JSON.stringify({ measure: parameter }) },
  ),
  TickPermission: permission(target, "events.amazonaws.com", arnOf("Tick")),
});

/** Fires when two of three minutes have a Level of at least 5. */
export const alarm = (actions: readonly object[], more: object = {}) => ({
  Type: "AWS::CloudWatch::Alarm",
  Properties: {
    AlarmName: "level",
    AlarmDescription: "The level is high.",
    Namespace: "Test",
    MetricName: "Level",
    Dimensions: [{ Name: "S", Value: "t" }],
    Statistic: "Maximum",
    Period: 60,
    EvaluationPeriods: 3,
    DatapointsToAlarm: 2,
    Threshold: 5,
    ComparisonOperator: "GreaterThanOrEqualToThreshold",
    TreatMissingData: "notBreaching",
    AlarmActions: actions,
    ...more,
  },
});

export const topicPolicy = (...statements: object[]) => ({
  Type: "AWS::SNS::TopicPolicy",
  Properties: { Topics: [ref("Ops")], PolicyDocument: { Version: "2012-10-17", Statement: statements } },
});

export const allowCloudWatch = {
  Effect: "Allow",
  Principal: { Service: "cloudwatch.amazonaws.com" },
  Action: "sns:Publish",
  Resource: ref("Ops"),
};

export const demandTls = {
  Effect: "Deny",
  Principal: { AWS: "*" },
  Action: "sns:Publish",
  Resource: ref("Ops"),
  Condition: { Bool: { "aws:SecureTransport": "false" } },
};

export { arnOf };
