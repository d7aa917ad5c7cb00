import { type PauseReport, pauseOnAlarm } from "../lib/app/pause.ts";
import { DynamoControl } from "../lib/aws/dynamo-control.ts";
import { functionEnvironment } from "../lib/aws/environment.ts";
import { ending, logReport } from "../lib/aws/report.ts";
import { runId } from "../lib/aws/run-id.ts";
import { systemClock } from "../lib/aws/system-clock.ts";
import { openTable } from "../lib/aws/table.ts";

const { config, tableName } = functionEnvironment(process.env);
const control = new DynamoControl(openTable(tableName));

/** Pauses on a spend alarm of this warmer; throws only if the state cannot be written, so that Lambda tries again. */
export async function handler(
  event: unknown,
  context: { readonly invokedFunctionArn: string },
): Promise<PauseReport> {
  return ending(async () => {
    const [, , , region = "", account = ""] = context.invokedFunctionArn.split(":");
    const ports = { clock: systemClock, control };
    const report = await pauseOnAlarm(ports, config, event, { account, region }, runId());
    logReport(report, true);
    return report;
  });
}
