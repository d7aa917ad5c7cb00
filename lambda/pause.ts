import type { PauseReport } from "../lib/app/pause.ts";
import { pausePartitions } from "../lib/app/pause-partitions.ts";
import { DynamoControl } from "../lib/aws/dynamo-control.ts";
import { functionEnvironment } from "../lib/aws/environment.ts";
import { ending, logReport } from "../lib/aws/report.ts";
import { runId } from "../lib/aws/run-id.ts";
import { systemClock } from "../lib/aws/system-clock.ts";
import { openTable } from "../lib/aws/table.ts";
import { configsOf } from "../lib/core/partitions.ts";

const { config, tableName } = functionEnvironment(process.env);
const table = openTable(tableName);
const partitions = configsOf(config).map((part) => ({
  config: part,
  control: new DynamoControl({ ...table, partition: part.partition }),
}));

/** Pauses on a spend alarm of this warmer; throws only if the state cannot be written, so that Lambda tries again. */
export async function handler(
  event: unknown,
  context: { readonly invokedFunctionArn: string },
): Promise<PauseReport> {
  return ending(async () => {
    const [, , , region = "", account = ""] = context.invokedFunctionArn.split(":");
    const report = await pausePartitions(systemClock, partitions, event, { account, region }, runId());
    logReport(report, true);
    return report;
  });
}
