import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";
import { deployedVersion } from "../lib/app/automatic-marks.ts";
import { eventsOfAll, eventWidget } from "../lib/app/event-widget.ts";
import type { MonitorReport } from "../lib/app/monitor-cycle.ts";
import { type MonitoredPartition, monitorPartitions } from "../lib/app/monitor-partitions.ts";
import { CloudWatchMetrics } from "../lib/aws/cloudwatch-metrics.ts";
import { DynamoControl } from "../lib/aws/dynamo-control.ts";
import { DynamoHistory } from "../lib/aws/dynamo-history.ts";
import { DynamoIncidents } from "../lib/aws/dynamo-incidents.ts";
import { DynamoKnownEvents } from "../lib/aws/dynamo-known-events.ts";
import { DynamoManifests } from "../lib/aws/dynamo-manifests.ts";
import { DynamoPlan } from "../lib/aws/dynamo-plan.ts";
import { DynamoPrefixes } from "../lib/aws/dynamo-prefixes.ts";
import { DynamoUsage } from "../lib/aws/dynamo-usage.ts";
import { codeEnvironment, functionEnvironment, topicEnvironment } from "../lib/aws/environment.ts";
import { ending, logger, logReport, UnhealthyRun } from "../lib/aws/report.ts";
import { runId } from "../lib/aws/run-id.ts";
import { SnsNotifier } from "../lib/aws/sns-notifier.ts";
import { SsmLiveColor } from "../lib/aws/ssm-live-color.ts";
import { SsmTtlAdvice } from "../lib/aws/ssm-ttl-advice.ts";
import { systemClock } from "../lib/aws/system-clock.ts";
import { openTable } from "../lib/aws/table.ts";
import type { WarmerConfig } from "../lib/core/config.ts";
import { configsOf } from "../lib/core/partitions.ts";

const { config, tableName } = functionEnvironment(process.env);
const table = openTable(tableName);
const ssm = new SSMClient({ maxAttempts: 3 });
const liveColor = new SsmLiveColor(ssm, config.liveColorParameter);
const metrics = new CloudWatchMetrics(
  new CloudWatchClient({}),
  config.service,
  config.environment,
  (error) => {
    // The gauges are this function's whole work: without them it has failed.
    throw error;
  },
);
const notifier = new SnsNotifier(new SNSClient({}), topicEnvironment(process.env), (error) =>
  logger.warn("notice_waits", { cause: error instanceof Error ? error.name : "unknown" }),
);
const partitions = configsOf(config).map(monitored);

function monitored(part: WarmerConfig): MonitoredPartition {
  const own = { ...table, partition: part.partition };
  return {
    config: part,
    ports: {
      clock: systemClock,
      liveColor,
      advice: new SsmTtlAdvice(ssm, part.ttlAdviceParameter),
      plan: new DynamoPlan(own),
      control: new DynamoControl(own),
      prefixes: new DynamoPrefixes(own),
      manifests: new DynamoManifests(own),
      incidents: new DynamoIncidents(own),
      history: new DynamoHistory(own),
      usage: new DynamoUsage(own),
      events: new DynamoKnownEvents(own),
      version: deployedVersion(part, codeEnvironment(process.env)),
      notifier,
    },
  };
}

/**
 * Publishes the dense gauges from state, once a minute, whatever happens to `warm`. A dashboard that somebody looks at
 * asks for flips and known events instead: nothing is published then.
 */
export async function handler(event: unknown): Promise<MonitorReport | string> {
  const widget = await eventWidget(eventsOfAll(partitions.map(({ ports }) => ports.events)), event);
  if (widget !== undefined) return widget;
  return ending(async () => {
    const report = await monitorPartitions(metrics, partitions, runId());
    logReport(report, report.healthy);
    if (!report.healthy) throw new UnhealthyRun(report);
    return report;
  });
}
