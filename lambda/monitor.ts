import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { SSMClient } from "@aws-sdk/client-ssm";
import { type MonitorReport, monitorCycle } from "../lib/app/monitor-cycle.ts";
import { CloudWatchMetrics } from "../lib/aws/cloudwatch-metrics.ts";
import { DynamoControl } from "../lib/aws/dynamo-control.ts";
import { DynamoManifests } from "../lib/aws/dynamo-manifests.ts";
import { DynamoPrefixes } from "../lib/aws/dynamo-prefixes.ts";
import { functionEnvironment } from "../lib/aws/environment.ts";
import { logReport, UnhealthyRun } from "../lib/aws/report.ts";
import { SsmLiveColor } from "../lib/aws/ssm-live-color.ts";
import { systemClock } from "../lib/aws/system-clock.ts";
import { openTable } from "../lib/aws/table.ts";

const { config, tableName } = functionEnvironment(process.env);
const table = openTable(tableName);
const ports = {
  clock: systemClock,
  liveColor: new SsmLiveColor(new SSMClient({ maxAttempts: 3 }), config.liveColorParameter),
  control: new DynamoControl(table),
  prefixes: new DynamoPrefixes(table),
  manifests: new DynamoManifests(table),
  metrics: new CloudWatchMetrics(new CloudWatchClient({}), config.service, config.environment, (error) => {
    // The gauges are this function's whole work: without them it has failed.
    throw error;
  }),
};

/** Publishes the dense gauges from state, once a minute, whatever happens to `warm`. */
export async function handler(): Promise<MonitorReport> {
  const report = await monitorCycle(ports, config);
  logReport(report, report.healthy);
  if (!report.healthy) throw new UnhealthyRun(report);
  return report;
}
