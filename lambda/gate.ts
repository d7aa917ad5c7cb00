import { CodeDeployClient } from "@aws-sdk/client-codedeploy";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SSMClient } from "@aws-sdk/client-ssm";
import { type GateReply, runGateAt } from "../lib/app/deployment-gate.ts";
import { deskOf, type GatedPartition } from "../lib/app/gate-of-partitions.ts";
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
import type { WarmerConfig } from "../lib/core/config.ts";
import { OUTCOMES } from "../lib/core/outcome.ts";
import { configsOf } from "../lib/core/partitions.ts";
import { warmFunctionName } from "../lib/core/stack-outputs.ts";

const { config, tableName } = functionEnvironment(process.env);
const { warmFunctions, codeDeploy } = gateEnvironment(process.env);
const table = openTable(tableName);
const liveColor = new SsmLiveColor(new SSMClient({ maxAttempts: 3 }), config.liveColorParameter);
const lambda = new LambdaClient({ maxAttempts: 3 });
const ports = {
  clock: systemClock,
  callbacks: new CodeDeployCallbacks(new CodeDeployClient({ maxAttempts: 3 })),
  desk: deskOf(configsOf(config).map(gated)),
};

function gated(part: WarmerConfig): GatedPartition {
  const own = { ...table, partition: part.partition };
  const warm = warmFunctionName(warmFunctions, part.partition);
  return {
    config: part,
    ports: {
      clock: systemClock,
      liveColor,
      control: new DynamoControl(own),
      manifests: new DynamoManifests(own),
      gates: new DynamoGates(own),
      events: new DynamoKnownEvents(own),
      warm: new LambdaFunction(lambda, warm, "warm"),
    },
  };
}

/** Opens a gate for a hook of CodeDeploy or ECS, or for whoever invokes it, and says how it stands. */
export async function handler(event: unknown): Promise<GateReply> {
  return ending(async () => {
    const { report, reply } = await runGateAt(ports, config, event, { id: runId(), codeDeploy });
    logReport(report, OUTCOMES[report.outcome].healthy);
    if (reply === undefined) throw new UnhealthyRun(report);
    return reply;
  });
}
