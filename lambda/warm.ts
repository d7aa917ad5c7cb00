import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CodeDeployClient } from "@aws-sdk/client-codedeploy";
import { SSMClient } from "@aws-sdk/client-ssm";
import { CallbackOfPartitions } from "../lib/app/callback-of-partitions.ts";
import { KeyUnreadable } from "../lib/app/errors.ts";
import type { SelfCheck } from "../lib/app/ports.ts";
import { type WarmReport, warmCycle } from "../lib/app/warm-cycle.ts";
import { CloudWatchMetrics } from "../lib/aws/cloudwatch-metrics.ts";
import { CodeDeployCallbacks } from "../lib/aws/codedeploy-callbacks.ts";
import { DynamoControl } from "../lib/aws/dynamo-control.ts";
import { DynamoGates } from "../lib/aws/dynamo-gates.ts";
import { DynamoManifests } from "../lib/aws/dynamo-manifests.ts";
import { DynamoPlan } from "../lib/aws/dynamo-plan.ts";
import { DynamoPrefixes } from "../lib/aws/dynamo-prefixes.ts";
import { DynamoUsage } from "../lib/aws/dynamo-usage.ts";
import { functionEnvironment } from "../lib/aws/environment.ts";
import { ending, logger, logReport, UnhealthyRun } from "../lib/aws/report.ts";
import { runId } from "../lib/aws/run-id.ts";
import { SsmApiKey } from "../lib/aws/ssm-api-key.ts";
import { SsmLiveColor } from "../lib/aws/ssm-live-color.ts";
import { systemClock } from "../lib/aws/system-clock.ts";
import { openTable } from "../lib/aws/table.ts";
import { DOCTOR_SOURCE, MANUAL_SOURCE } from "../lib/core/trigger.ts";
import { AnthropicProvider } from "../lib/provider/anthropic.ts";

const { config, partitions, tableName } = functionEnvironment(process.env);
const table = { ...openTable(tableName), partition: config.partition };
const ssm = new SSMClient({ maxAttempts: 3 });
const keys = new SsmApiKey(ssm, config.apiKeyParameter, systemClock);
const callbacks = new CodeDeployCallbacks(new CodeDeployClient({ maxAttempts: 3 }));
const siblings = partitions?.map((partition) => ({
  partition,
  gates: new DynamoGates({ ...table, partition }),
}));
const ports = {
  clock: systemClock,
  liveColor: new SsmLiveColor(ssm, config.liveColorParameter),
  control: new DynamoControl(table),
  prefixes: new DynamoPrefixes(table),
  plan: new DynamoPlan(table),
  manifests: new DynamoManifests(table),
  gates: new DynamoGates(table),
  callbacks: siblings === undefined ? callbacks : new CallbackOfPartitions(callbacks, siblings),
  usage: new DynamoUsage(table),
  provider: new AnthropicProvider(keys),
  metrics: new CloudWatchMetrics(new CloudWatchClient({}), config.service, config.environment, (error) =>
    logger.warn("metric_publish_failed", { cause: error instanceof Error ? error.name : "unknown" }),
  ),
};

interface Invocation {
  getRemainingTimeInMillis(): number;
}

/**
 * One warm cycle for one event. An operator's own call gets the report; an unhealthy tick ends as an error.
 * `warmer doctor` asks for a self-check instead: nothing is sent then.
 */
export async function handler(event: unknown, context: Invocation): Promise<WarmReport | SelfCheck> {
  const source = (event as { source?: unknown } | null)?.source;
  if (source === DOCTOR_SOURCE) return selfCheck();
  return ending(() => warm(event, source, context));
}

async function warm(event: unknown, source: unknown, context: Invocation): Promise<WarmReport> {
  const run = {
    id: runId(),
    deadlineAt: systemClock.now() + context.getRemainingTimeInMillis(),
  };
  const report = await warmCycle(ports, config, event, run);
  logReport(report, report.healthy);
  if (!report.healthy && source !== MANUAL_SOURCE) throw new UnhealthyRun(report);
  return report;
}

async function selfCheck(): Promise<SelfCheck> {
  const now = systemClock.now();
  try {
    await keys.key(true);
    return { key: "readable", now };
  } catch (error) {
    return {
      key: { problem: error instanceof KeyUnreadable ? error.message : "the key could not be read" },
      now,
    };
  }
}
