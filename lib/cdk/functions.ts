import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { ITable } from "aws-cdk-lib/aws-dynamodb";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Architecture, type IFunction, LoggingFormat, Runtime } from "aws-cdk-lib/aws-lambda";
import { LogLevel, NodejsFunction, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Asset } from "aws-cdk-lib/aws-s3-assets";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Duration, RemovalPolicy } from "aws-cdk-lib/core";
import type { Construct } from "constructs";
import type { FunctionName } from "../core/alarms.ts";
import { warmFunctionsText } from "../core/stack-outputs.ts";
import type { LevelTopics } from "./alarms.ts";
import { failuresTo } from "./failure-queue.ts";

/** An invocation that waited longer is dropped: the next tick supersedes it. */
export const MAX_EVENT_AGE = Duration.seconds(60);

/** How each function is sized, and what becomes of an event that it cannot handle. */
const SETTINGS: Readonly<
  Record<
    FunctionName,
    {
      readonly does: string;
      readonly memoryMiB: number;
      readonly timeout: Duration;
      readonly maxEventAge: Duration;
      readonly retryAttempts: number;
      /** Whether a lost event is kept. A lost tick is not: another one follows, and Errors is alarmed. */
      readonly keepsFailures: boolean;
    }
  >
> = {
  warm: {
    does: "touches the due prefixes of the live color",
    memoryMiB: 1024,
    timeout: Duration.seconds(120),
    maxEventAge: MAX_EVENT_AGE,
    retryAttempts: 0,
    keepsFailures: false,
  },
  monitor: {
    does: "publishes the gauges from state, whatever happens to warm",
    memoryMiB: 256,
    timeout: Duration.seconds(30),
    maxEventAge: MAX_EVENT_AGE,
    retryAttempts: 0,
    keepsFailures: false,
  },
  pause: {
    does: "pauses the warmer when a spend alarm fires",
    memoryMiB: 256,
    timeout: Duration.seconds(30),
    maxEventAge: Duration.hours(6),
    retryAttempts: 2,
    keepsFailures: true,
  },
  gate: {
    does: "asks whether a color is warm enough to take traffic",
    memoryMiB: 256,
    timeout: Duration.seconds(30),
    // A deployment waits for it: whoever asks late asks again.
    maxEventAge: MAX_EVENT_AGE,
    retryAttempts: 0,
    keepsFailures: false,
  },
};

export interface FunctionContext {
  /** JSON of the resolved configuration. */
  readonly configJson: string;
  /** Names of the partitions, of which each gets a warm function; `undefined` for a warmer without any. */
  readonly partitions: readonly (string | undefined)[];
  readonly table: ITable;
  readonly failureQueue: IQueue;
  readonly logRetention: RetentionDays;
  /** What the monitor sends notices to. */
  readonly topics: { readonly alarms: ITopic; readonly limit?: ITopic | undefined } & LevelTopics;
}

/** The functions of a warmer. */
export interface WarmerFunctions extends Record<Exclude<FunctionName, "warm">, NodejsFunction> {
  /** One, or one for each partition, in their order. */
  readonly warms: readonly [WarmFunction<NodejsFunction>, ...WarmFunction<NodejsFunction>[]];
}

/** A warm function, and the partition that it warms; none for a warmer without partitions. */
export interface WarmFunction<F extends IFunction = IFunction> {
  readonly partition?: string | undefined;
  readonly function: F;
}

/** Each function gets a role and a log group of its own. */
export function createFunctions(scope: Construct, context: FunctionContext): WarmerFunctions {
  const { alarms, limit, info, warning, critical } = context.topics;
  const [first, ...others] = context.partitions;
  const warm = (partition: string | undefined) => ({
    partition,
    function: createFunction(scope, "warm", context, {}, partition),
  });
  const warms = [warm(first), ...others.map(warm)] as const;
  const functions: WarmerFunctions = {
    warms,
    monitor: createFunction(scope, "monitor", context, {
      TOPIC_ARN: alarms.topicArn,
      ...(limit !== undefined && { LIMIT_TOPIC_ARN: limit.topicArn }),
      ...(info !== undefined && { INFO_TOPIC_ARN: info.topicArn }),
      ...(warning !== undefined && { WARNING_TOPIC_ARN: warning.topicArn }),
      ...(critical !== undefined && { CRITICAL_TOPIC_ARN: critical.topicArn }),
    }),
    pause: createFunction(scope, "pause", context),
    gate: createFunction(scope, "gate", context, { WARM_FUNCTION_NAME: namesOf(warms) }),
  };
  // A function does not see that it was replaced: its version is always $LATEST.
  functions.monitor.addEnvironment("CODE_DIGEST", codeDigest(everyFunction(functions)));
  return functions;
}

export function everyFunction({ warms, monitor, pause, gate }: WarmerFunctions): readonly NodejsFunction[] {
  return [...warms.map((warm) => warm.function), monitor, pause, gate];
}

/** The warm functions' names, as the gate function and the CLI read them. */
export function namesOf(warms: readonly WarmFunction[]): string {
  return warmFunctionsText(
    warms.map(({ partition, function: { functionName: name } }) => ({ partition, name })),
  );
}

/** Digest of what was bundled: the same code gives the same one, wherever and however often it is synthesized. */
function codeDigest(functions: readonly NodejsFunction[]): string {
  const hash = createHash("sha256");
  for (const { node } of functions) hash.update((node.findChild("Code") as Asset).assetHash);
  return hash.digest("hex");
}

const root = new URL("../../", import.meta.url);
const pathOf = (file: string) => fileURLToPath(new URL(file, root));

function createFunction(
  scope: Construct,
  name: FunctionName,
  context: FunctionContext,
  environment: Record<string, string> = {},
  partition?: string,
): NodejsFunction {
  const { does, memoryMiB, timeout, maxEventAge, retryAttempts, keepsFailures } = SETTINGS[name];
  const id = name.charAt(0).toUpperCase() + name.slice(1);
  const suffix = partition === undefined ? "" : `-${partition}`;
  const logGroup = new LogGroup(scope, `${id}Log${suffix}`, {
    retention: context.logRetention,
    // What must survive the stack is in the table.
    removalPolicy: RemovalPolicy.DESTROY,
  });
  // Without the managed policy of the default role, which may write to every log group.
  const role = new Role(scope, `${id}Role${suffix}`, {
    assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
  });
  logGroup.grantWrite(role);
  return new NodejsFunction(scope, `${id}${suffix}`, {
    description: `Prompt cache warmer: ${does}${partition === undefined ? "" : ` (partition ${partition})`}`,
    entry: pathOf(`lambda/${name}.ts`),
    // Given, so that synth does not depend on the directory it is started in.
    projectRoot: pathOf("."),
    depsLockFilePath: pathOf("package-lock.json"),
    // Pinned: NODEJS_LATEST would change the runtime with an upgrade of the CDK.
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: memoryMiB,
    timeout,
    role,
    logGroup,
    loggingFormat: LoggingFormat.JSON,
    environment: {
      WARMER_CONFIG: context.configJson,
      TABLE_NAME: context.table.tableName,
      ...(partition !== undefined && { PARTITION: partition }),
      ...environment,
    },
    maxEventAge,
    retryAttempts,
    ...(keepsFailures && { onFailure: failuresTo(context.failureQueue) }),
    bundling: {
      // CommonJS starts about 13 ms faster than ESM, `module` first saves 300 kB (measured 2026-11-21, Node 24).
      format: OutputFormat.CJS,
      mainFields: ["module", "main"],
      minify: true,
      // The runtime's own SDK loads slower than a bundled one, and its version is not ours to test.
      bundleAwsSDK: true,
      // Sizes of bundles are no news to whoever deploys.
      logLevel: LogLevel.ERROR,
      // The same file also runs on a developer's Node 20.
      target: "node20",
    },
  });
}
