/**
 * Runs a synthesized stack on this machine: its template, its bundles, on a virtual clock. Life of an engine:
 * started from an assembly, moved on by `runUntil` (or by the wall clock), changed by `deploy`, ended by `stop`.
 * Events run one after the other; an invocation is one event that knows its own beginning and end, so what it did in
 * between is in place before a later beginning is looked at.
 */
import { REGION } from "./account.ts";
import { readAssembly } from "./assembly.ts";
import { type Access, createAccess } from "./aws/access.ts";
import { type Alarms, createAlarms } from "./aws/alarms.ts";
import { type Call, callLog } from "./aws/calls.ts";
import { createCloudFormation } from "./aws/cloudformation.ts";
import { type CloudWatch, createCloudWatch } from "./aws/cloudwatch.ts";
import { type CodeDeploy, createCodeDeploy } from "./aws/codedeploy.ts";
import { createDynamoDb } from "./aws/dynamodb.ts";
import { startEndpoint } from "./aws/endpoint.ts";
import { createEvents, type Events } from "./aws/events.ts";
import { createFaults, type Faults } from "./aws/faults.ts";
import { createLambda } from "./aws/lambda.ts";
import type { LambdaService } from "./aws/lambda-service.ts";
import { createSns, type Sns } from "./aws/sns.ts";
import { createSqs, type Sqs } from "./aws/sqs.ts";
import { createSsm, type Ssm } from "./aws/ssm.ts";
import { stsHandlers } from "./aws/sts.ts";
import { createJournal, type Journal } from "./journal.ts";
import { createMetricStore } from "./metric-store.ts";
import { followWallClock, type RealTimeOptions } from "./real-time.ts";
import { type ResolvedTemplate, resolveTemplate } from "./template.ts";
import { eventQueue, rank, virtualClock } from "./virtual-clock.ts";

const MINUTE_MS = 60_000;
/**
 * From the end of a minute to the verdict on it. AWS promises no figure; notifications printed in its documentation
 * show 5 to 43 s (read 2026-11), and an alarm that is judged late is the harder case.
 */
const VERDICT_LAG_MS = 45_000;

export interface EngineOptions {
  /** Directory of the synthesized assembly, for example `cdk.out`. */
  readonly assembly: string;
  /** The stack's artifact name in the assembly. */
  readonly stack: string;
  /** Virtual instant of the first deploy, milliseconds since the epoch. */
  readonly startAt: number;
  /** What decides chance: equal seeds give equal runs. */
  readonly seed: string;
  /** Base URL of the provider, for example of the simulated one. */
  readonly providerUrl: string;
  /** Values of the template's own parameters. @default - each parameter's `Default` */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Whether e-mail addresses count as confirmed from the start. @default false */
  readonly confirmSubscriptions?: boolean;
}

export interface Engine {
  /** The value of AWS_ENDPOINT_URL for everything that is to talk to this engine. */
  readonly url: string;
  readonly journal: Journal;
  /** Every request that reached the endpoint, the latest 100000. */
  readonly calls: readonly Call[];
  readonly faults: Faults;
  /** What the template's policies let through, and what they refused. */
  readonly access: Access;
  readonly ssm: Ssm;
  readonly codedeploy: CodeDeploy;
  readonly cloudwatch: CloudWatch;
  readonly alarms: Alarms;
  readonly sns: Sns;
  readonly sqs: Sqs;
  readonly events: Events;
  readonly lambda: LambdaService;
  /** Virtual now, milliseconds since the epoch. */
  now(): number;
  /** The template that is deployed. */
  template(): ResolvedTemplate;
  /**
   * Plans what a test, a demo or an operator does at an instant, before anything that AWS does at the same one. A run
   * that spans the instant sees nothing of it, but of a parameter that `ssm.put` has planned.
   */
  at(instant: number, action: () => Promise<void> | void): void;
  /** Lets everything happen that is due up to and including `instant`. */
  runUntil(instant: number): Promise<void>;
  /** Lets virtual time run `speed` times as fast as the wall clock until the signal aborts. */
  runRealTime(options: RealTimeOptions): Promise<void>;
  /** Updates the running stack: keeps tables, parameters, messages and alarm states, restarts functions. */
  deploy(assembly: string): Promise<void>;
  /** Ends processes and server. */
  stop(): Promise<void>;
}

/** @throws for everything in the template that is not modelled; then nothing is left running. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const clock = virtualClock(options.startAt);
  const queue = eventQueue(clock);
  const journal = createJournal();
  const log = callLog();
  const defects: Error[] = [];
  let url = "";
  let current: ResolvedTemplate;

  const faults = createFaults(({ kind, service, operation }, state) => {
    const fault = `${service}${operation === undefined ? "" : `:${operation}`} ${kind}`;
    journal.write({ at: clock.now(), kind: "fault", fault, state });
  });
  const access = createAccess();
  const metrics = createMetricStore();
  const sqs = createSqs({ journal });
  const lambda = createLambda({
    seed: options.seed,
    journal,
    queue,
    sqs,
    now: clock.now,
    record: log.record,
    access,
    count: (metric, functionName, value, at) =>
      metrics.put([
        { namespace: "AWS/Lambda", metric, dimensions: { FunctionName: functionName }, value, at },
      ]),
    environment: () => ({
      AWS_ENDPOINT_URL: url,
      ANTHROPIC_BASE_URL: options.providerUrl,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    }),
  });
  const events = createEvents({ seed: options.seed, journal, queue, lambda, sqs });
  const sns = createSns({ journal, lambda, confirmSubscriptions: options.confirmSubscriptions ?? false });
  const planOutside: Engine["at"] = (instant, run) =>
    queue.schedule({ at: instant, rank: rank.outside, label: "", run });
  const ssm = createSsm({ journal, emit: events.emit, now: clock.now, at: planOutside });
  const codedeploy = createCodeDeploy({ journal });
  const alarms = createAlarms({ journal, metrics, emit: events.emit, sns, lambda });
  const cloudwatch = createCloudWatch({ alarms, metrics });
  const cloudformation = createCloudFormation();
  const dynamodb = createDynamoDb();
  const endpoint = await startEndpoint({
    services: {
      ssm: ssm.handlers,
      cloudwatch: cloudwatch.handlers,
      sns: sns.handlers,
      cloudformation: cloudformation.handlers,
      sts: stsHandlers,
      lambda: lambda.handlers,
      codedeploy: codedeploy.handlers,
    },
    dynamodb,
    access,
    known: codedeploy,
    faults,
    now: clock.now,
    record: log.record,
    onDefect: (error) => defects.push(error),
  });
  url = endpoint.url;

  const deploy = async (directory: string) => {
    const assembly = readAssembly(directory, options.stack);
    const template = resolveTemplate(assembly.template, options);
    const at = clock.now();
    access.deploy(template);
    await dynamodb.deploy(template, url);
    await lambda.deploy(template, assembly);
    sqs.deploy(template);
    sns.deploy(template);
    events.deploy(template, at);
    alarms.deploy(template, at);
    ssm.deploy(template, at);
    cloudformation.deploy(template, at);
    current = template;
    journal.write({ at, kind: "deployed", stack: options.stack, resources: template.resources.length });
  };

  const beginMinute = (at: number) => {
    for (const { queue: name, visible } of sqs.depths(at)) {
      const metric = { namespace: "AWS/SQS", metric: "ApproximateNumberOfMessagesVisible" };
      // A depth belongs to the minute at whose end it was read.
      metrics.put([{ ...metric, dimensions: { QueueName: name }, value: visible, at: at - 1 }]);
    }
    events.planMinute(at);
    planMinute(at + MINUTE_MS);
  };
  const planMinute = (at: number) => {
    const judgedAt = at + VERDICT_LAG_MS;
    const plan = (instant: number, label: string, run: () => void) =>
      queue.schedule({ at: instant, rank: rank.housekeeping, label, run });
    plan(at, "minute", () => beginMinute(at));
    plan(judgedAt, "alarms", () => alarms.evaluate(judgedAt));
  };

  const runDue = async (until: number) => {
    for (let event = queue.takeDue(until); event !== undefined; event = queue.takeDue(until)) {
      clock.advanceTo(event.at);
      await event.run();
      const [defect] = defects.splice(0);
      if (defect !== undefined) throw defect;
    }
  };

  const stop = async () => {
    await lambda.stop();
    await endpoint.close();
    await dynamodb.close();
  };

  try {
    await deploy(options.assembly);
  } catch (error) {
    await stop();
    throw error;
  }
  planMinute((Math.floor(options.startAt / MINUTE_MS) + 1) * MINUTE_MS);

  return {
    url,
    journal,
    calls: log.calls,
    faults,
    access,
    ssm,
    codedeploy,
    cloudwatch,
    alarms,
    sns,
    sqs,
    events,
    lambda,
    now: clock.now,
    template: () => current,
    at: planOutside,
    runUntil: async (instant) => {
      await runDue(instant);
      clock.advanceTo(instant);
    },
    runRealTime: (options) => followWallClock({ clock, queue, runDue }, options),
    deploy,
    stop,
  };
}
