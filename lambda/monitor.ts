import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { SNSClient } from "@aws-sdk/client-sns";
import { SSMClient } from "@aws-sdk/client-ssm";
import { deployedVersion } from "../lib/app/automatic-marks.ts";
import { eventWidget } from "../lib/app/event-widget.ts";
import { type MonitorReport, monitorCycle } from "../lib/app/monitor-cycle.ts";
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

const { config, tableName } = functionEnvironment(process.env);
const table = openTable(tableName);
const ssm = new SSMClient({ maxAttempts: 3 });
const ports = {
  clock: systemClock,
  liveColor: new SsmLiveColor(ssm, config.liveColorParameter),
  advice: new SsmTtlAdvice(ssm, config.ttlAdviceParameter),
  plan: new DynamoPlan(table),
  control: new DynamoControl(table),
  prefixes: new DynamoPrefixes(table),
  manifests: new DynamoManifests(table),
  metrics: new CloudWatchMetrics(new CloudWatchClient({}), config.service, config.environment, (error) => {
    // The gauges are this function's whole work: without them it has failed.
    throw error;
  }),
  incidents: new DynamoIncidents(table),
  history: new DynamoHistory(table),
  usage: new DynamoUsage(table),
  events: new DynamoKnownEvents(table),
  version: deployedVersion(config, codeEnvironment(process.env)),
  notifier: new SnsNotifier(new SNSClient({}), topicEnvironment(process.env), (error) =>
    logger.warn("notice_waits", { cause: error instanceof Error ? error.name : "unknown" }),
  ),
};

/**
 * Publishes the dense gauges from state, once a minute, whatever happens to `warm`. A dashboard that somebody looks at
 * asks for flips and known events instead: nothing is published then.
 */
export async function handler(event: unknown): Promise<MonitorReport | string> {
  const widget = await eventWidget(ports.events, event);
  if (widget !== undefined) return widget;
  return ending(async () => {
    const report = await monitorCycle(ports, config, runId());
    logReport(report, report.healthy);
    if (!report.healthy) throw new UnhealthyRun(report);
    return report;
  });
}
