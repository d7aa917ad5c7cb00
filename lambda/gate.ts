import { CodeDeployClient } from "@aws-sdk/client-codedeploy";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SSMClient } from "@aws-sdk/client-ssm";
import { type GateReply, runGate } from "../lib/app/deployment-gate.ts";
import { CodeDeployCallbacks } from "../lib/aws/codedeploy-callbacks.ts";
import { DynamoControl } from "../lib/aws/dynamo-control.ts";
import { DynamoGates } from "../lib/aws/dynamo-gates.ts";
import { DynamoKnownEvents } from "../lib/aws/dynamo-known-events.ts";
import { DynamoManifests } from "../lib/aws/dynamo-manifests.ts";
import { functionEnvironment, gateEnvironment } from "../lib/aws/environment.ts";
import { LambdaFunction } from "../lib/aws/remote-function.ts";
import { ending, logReport, UnhealthyRun } from "../lib/aws/report.ts";
import { runId } from "../lib/aws/run-id.ts";
import { SsmLiveColor } from "../lib/aws/ssm-live-color.ts";
import { systemClock } from "../lib/aws/system-clock.ts";
import { openTable } from "../lib/aws/table.ts";
import { OUTCOMES } from "../lib/core/outcome.ts";

const { config, tableName } = functionEnvironment(process.env);
const { warmFunctionName, codeDeploy } = gateEnvironment(process.env);
const table = openTable(tableName);
const ports = {
  clock: systemClock,
  liveColor: new SsmLiveColor(new SSMClient({ maxAttempts: 3 }), config.liveColorParameter),
  control: new DynamoControl(table),
  manifests: new DynamoManifests(table),
  gates: new DynamoGates(table),
  events: new DynamoKnownEvents(table),
  warm: new LambdaFunction(new LambdaClient({ maxAttempts: 3 }), warmFunctionName, "warm"),
  callbacks: new CodeDeployCallbacks(new CodeDeployClient({ maxAttempts: 3 })),
};

/** Opens a gate for a hook of CodeDeploy or ECS, or for whoever invokes it, and says how it stands. */
export async function handler(event: unknown): Promise<GateReply> {
  return ending(async () => {
    const { report, reply } = await runGate(ports, config, event, { id: runId(), codeDeploy });
    logReport(report, OUTCOMES[report.outcome].healthy);
    if (reply === undefined) throw new UnhealthyRun(report);
    return reply;
  });
}
