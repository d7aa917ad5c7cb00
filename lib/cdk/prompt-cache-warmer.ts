import type { Alarm, Dashboard, Metric, MetricOptions } from "aws-cdk-lib/aws-cloudwatch";
import type { ITable } from "aws-cdk-lib/aws-dynamodb";
import type { Grant, IGrantable } from "aws-cdk-lib/aws-iam";
import type { IFunction, Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Stack } from "aws-cdk-lib/core";
import { Construct } from "constructs";
import type { AlarmName } from "../core/alarms.ts";
import type { WarmerConfig } from "../core/config.ts";
import type { MetricName } from "../core/metrics.ts";
import { configOf, configsOf } from "../core/partitions.ts";
import { allowAlarms, createTopic, subscribe } from "./alarm-topic.ts";
import { createAlarms, warmerMetric } from "./alarms.ts";
import { createDashboard } from "./dashboard.ts";
import { environmentConfig } from "./environment-config.ts";
import { createFailureQueue } from "./failure-queue.ts";
import { permit } from "./function-permissions.ts";
import { createFunctions, type WarmFunction } from "./functions.ts";
import { createOutputs } from "./outputs.ts";
import { grantAll, invoke, readParameter } from "./permission.ts";
import { type PromptCacheWarmerProps, topicsOfLevels } from "./prompt-cache-warmer-props.ts";
import { resolveProps } from "./resolve-props.ts";
import { createRules } from "./rules.ts";
import { stateAccess } from "./state-access.ts";
import { createStateTable } from "./state-table.ts";

/**
 * Keeps the prompt cache of an LLM application warm on whichever color is live.
 *
 * It never owns the value of the live-color parameter: a deployment would set it back. It takes its name, and
 * the functions read it at every run. `warmer init` creates it once.
 */
export class PromptCacheWarmer extends Construct {
  /** The configuration with its defaults, as the functions have it. */
  readonly config: WarmerConfig;
  /** The one table of state. */
  readonly table: ITable;
  /**
   * Touches the due prefixes of the live color; every minute, and at once when the live color changes. With partitions
   * that of the first.
   */
  readonly warmFunction: IFunction;
  /** The warm functions of all partitions, in their order; one without a name for a warmer that has none. */
  readonly warmFunctions: readonly WarmFunction[];
  /** Publishes the gauges from state, every minute. */
  readonly monitorFunction: IFunction;
  /** Pauses the warmer when a spend alarm calls it. */
  readonly pauseFunction: IFunction;
  /** Answers whether a color is warm enough to take traffic: for `CodeDeployGate`, `EcsGate` and the CLI. */
  readonly gateFunction: LambdaFunction;
  /** Where events end up that could not be handled; an alarm watches its depth. */
  readonly failureQueue: IQueue;
  /** What every alarm notifies. */
  readonly alarmTopic: ITopic;
  /** What the spend alarms also notify; only with `costGuardrails.notifyOnLimit`. */
  readonly limitTopic?: ITopic;
  /** The alarms, by their names in the alarm table. */
  readonly alarms: Readonly<Record<AlarmName, Alarm>>;

  /** One page of what matters, top to bottom; none with `dashboard: false`. */
  readonly dashboard?: Dashboard;

  readonly #liveColorArn: string;
  /** Names of the partitions; one that is `undefined` for a warmer without any. */
  readonly #partitions: readonly (string | undefined)[];

  /** @throws an error that names this construct and every fault of the configuration */
  constructor(scope: Construct, id: string, props: PromptCacheWarmerProps) {
    super(scope, id);
    const { table, alarmTopic, apiKeyEncryptionKey, logRetention, dashboard = true } = props;
    this.config = resolveProps(this.node.path, props);
    const { service, environment, liveColorParameter, guardrails } = this.config;
    this.#liveColorArn = this.#parameterArn(liveColorParameter);
    this.#partitions = configsOf(this.config).map(({ partition }) => partition);

    this.table = table ?? createStateTable(this);
    this.failureQueue = createFailureQueue(this);
    this.alarmTopic =
      alarmTopic ?? createTopic(this, "Topic", `${service} ${environment}: prompt cache warmer`);
    allowAlarms(this, this.alarmTopic);
    subscribe(this, "Notify", this.alarmTopic, this.config.notify);
    if (guardrails.notifyOnLimit !== undefined) {
      // A topic of its own: a filter on the first one would depend on how CloudWatch words its messages.
      this.limitTopic = createTopic(this, "LimitTopic", `${service} ${environment}: warmer spend limit`);
      allowAlarms(this, this.limitTopic);
      subscribe(this, "NotifyOnLimit", this.limitTopic, [guardrails.notifyOnLimit]);
    }
    const levelTopics = topicsOfLevels(props);
    const topics = new Set([this.alarmTopic, ...Object.values(levelTopics)]);
    for (const topic of topics) if (topic !== this.alarmTopic) allowAlarms(this, topic);
    if (this.limitTopic !== undefined) topics.add(this.limitTopic);
    const functions = createFunctions(this, {
      configJson: environmentConfig(this, this.config),
      partitions: this.#partitions,
      table: this.table,
      failureQueue: this.failureQueue,
      logRetention: logRetention ?? RetentionDays.ONE_MONTH,
      topics: { alarms: this.alarmTopic, limit: this.limitTopic, ...levelTopics },
    });
    this.warmFunction = functions.warms[0].function;
    this.warmFunctions = functions.warms;
    this.monitorFunction = functions.monitor;
    this.pauseFunction = functions.pause;
    this.gateFunction = functions.gate;
    permit(functions, {
      table: this.table,
      liveColorArn: this.#liveColorArn,
      ttlAdviceArns: this.#ttlAdviceArns(this.#partitions),
      apiKeyArns: configsOf(this.config).map((part) => this.#parameterArn(part.apiKeyParameter)),
      apiKeyEncryptionKey,
      topics: [...topics],
    });
    createRules(this, { config: this.config, functions, failureQueue: this.failureQueue });

    const alarms = createAlarms(this, {
      config: this.config,
      functions,
      failureQueue: this.failureQueue,
      topic: this.alarmTopic,
      levelTopics,
      limitTopic: this.limitTopic,
    });
    this.alarms = alarms.byName;
    if (dashboard) {
      const { monitor } = functions;
      this.dashboard = createDashboard(this, { config: this.config, alarms: alarms.all, monitor });
    }
  }

  /**
   * Lets a release pipeline run `warmer flip`: ask the gate, look at what the color serves and whether it is a
   * rollback, overwrite the live color, and keep the reason of a forced flip. It cannot create the parameter, which
   * happens once, cannot delete it, and can change nothing else of the warmer's state.
   */
  grantFlip(grantee: IGrantable): Grant {
    return grantAll(grantee, [
      ...stateAccess("flipper", this.table, this.#partitions),
      invoke(this.gateFunction.functionArn),
      this.#findStack(),
      readParameter(this.#liveColorArn),
      {
        actions: ["ssm:PutParameter"],
        resourceArns: [this.#liveColorArn],
        conditions: { StringEquals: { "ssm:Overwrite": "true" } },
      },
    ]);
  }

  /**
   * Lets an operator pause, throttle and resume, and read what `warmer status`, `incidents` and `doctor` show. It does
   * not let them make the warmer spend: `warmer warm`, and what `doctor` asks the function itself, need
   * `grantInvoke` of `warmFunction`, or of each in `warmFunctions`.
   */
  grantOperate(grantee: IGrantable): Grant {
    return grantAll(grantee, [
      ...stateAccess("operator", this.table, this.#partitions),
      readParameter(this.#liveColorArn),
      ...this.#ttlAdviceArns(this.#partitions).map(readParameter),
      {
        actions: ["sns:ListSubscriptionsByTopic", "sns:GetTopicAttributes"],
        resourceArns: [this.alarmTopic.topicArn],
      },
      // Both list; neither can be held to a resource.
      { actions: ["cloudwatch:DescribeAlarms", "dynamodb:ListTables"], resourceArns: ["*"] },
      this.#findStack(),
    ]);
  }

  /** Lets a release pipeline store the manifest and the prompts of a release, and compare them with the live ones. */
  grantPublish(grantee: IGrantable): Grant {
    return grantAll(grantee, [
      ...stateAccess("publisher", this.table, this.#partitions),
      readParameter(this.#liveColorArn),
      this.#findStack(),
    ]);
  }

  /** Lets a release pipeline ask whether a color is warm enough. An open gate warms its color, within the limits. */
  grantGate(grantee: IGrantable): Grant {
    return grantAll(grantee, [invoke(this.gateFunction.functionArn), this.#findStack()]);
  }

  /**
   * Lets the application store what it used, and nothing else: it cannot even read that again.
   *
   * @param partition whose use it records @default - any
   */
  grantRecord(grantee: IGrantable, partition?: string): Grant {
    return grantAll(grantee, stateAccess("application", this.table, this.#those(partition)));
  }

  /**
   * Lets the application read which TTL to write optional prefixes with, from `config.ttlAdviceParameter`.
   *
   * @param partition whose advice it reads @default - that of all
   */
  grantReadAdvice(grantee: IGrantable, partition?: string): Grant {
    return grantAll(grantee, this.#ttlAdviceArns(this.#those(partition)).map(readParameter));
  }

  /**
   * One of the warmer's metrics, with the dimensions that it is sent with.
   *
   * @param props.statistic @default - the one that the metric table gives it
   * @param props.period @default Duration.minutes(1)
   */
  metric(name: MetricName, props?: MetricOptions): Metric {
    return warmerMetric(this.config, name, props);
  }

  /** Tokens read of all prefix tokens, over the warmer's own touches; 0 to 1. */
  metricHitRate(props?: MetricOptions): Metric {
    return this.metric("HitRate", props);
  }

  /** USD spent on cache writes in the UTC hour so far: a gauge, so a sum over periods means nothing. */
  metricFillCost(props?: MetricOptions): Metric {
    return this.metric("FillCost", props);
  }

  /**
   * Writes the outputs of {@link STACK_OUTPUTS} to this construct's stack, once per stack; `WarmerStack` does it.
   * The CLI looks for them in the stack that `warmerStackName` names.
   */
  createOutputs(): void {
    createOutputs(this);
  }

  /** The CLI finds everything through the stack's outputs. */
  #findStack() {
    return { actions: ["cloudformation:DescribeStacks"], resourceArns: [Stack.of(this).stackId] };
  }

  /** @throws RangeError for a name that is none of the configured ones */
  #those(partition: string | undefined): readonly (string | undefined)[] {
    return partition === undefined ? this.#partitions : [configOf(this.config, partition).partition];
  }

  #ttlAdviceArns(partitions: readonly (string | undefined)[]): string[] {
    return partitions.map((name) => this.#parameterArn(configOf(this.config, name).ttlAdviceParameter));
  }

  #parameterArn(name: string): string {
    return Stack.of(this).formatArn({ service: "ssm", resource: "parameter", resourceName: name.slice(1) });
  }
}
