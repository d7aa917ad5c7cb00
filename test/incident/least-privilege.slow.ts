/**
 * What the template allows, against what is done with it: everything that a warmer and its people do in their lives,
 * each with no right but its own.
 */
import { CloudWatchClient, SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, expect, it } from "vitest";
import { askGate } from "../../lib/app/ask-gate.ts";
import { closeIncident } from "../../lib/app/close-incident.ts";
import { diagnose } from "../../lib/app/diagnose.ts";
import { examine } from "../../lib/app/doctor.ts";
import { requestDrill } from "../../lib/app/drill.ts";
import { estimatePlans } from "../../lib/app/estimate-plan.ts";
import { flip } from "../../lib/app/flip.ts";
import { listMarks, markEvent } from "../../lib/app/mark.ts";
import { pauseByOperator } from "../../lib/app/pause.ts";
import { publishRelease } from "../../lib/app/publish.ts";
import { readReport } from "../../lib/app/report.ts";
import { resumeByOperator } from "../../lib/app/resume.ts";
import { readStatus } from "../../lib/app/status.ts";
import { throttleByOperator } from "../../lib/app/throttle.ts";
import type { OperatorPorts } from "../../lib/aws/operator.ts";
import { dynamoUsageWriter } from "../../lib/client/index.ts";
import { fromUsd } from "../../lib/core/money.ts";
import { cutPrefix, isPrefix } from "../../lib/core/prefix.ts";
import { toUsageItem } from "../../lib/core/usage/usage-record.ts";
import { REGION } from "../../lib/local/account.ts";
import { aPrompt } from "../support/prompts.ts";
import { CONFIG, MINUTE, World } from "../support/world.ts";
import { accessOf, GRANTEES, GROUP, type Grantee, grantText, portsOf, withGrantees } from "./grantees.ts";
import { stateTable } from "./state.ts";

let world: World;
/** Whoever has the CLI; the application has the client, and no more. */
const people = GRANTEES.filter((name) => name !== "Application");
let as: Record<Exclude<Grantee, "Application">, OperatorPorts>;

beforeAll(async () => {
  world = await World.deploy({ assembly: withGrantees() });
  await world.init("blue");
  const opened = await Promise.all(people.map(async (name) => [name, await portsOf(world, name)] as const));
  as = Object.fromEntries(opened) as typeof as;
});
afterAll(() => world.stop());

/** A prompt that is not always kept warm. */
const RARELY = aPrompt("rare");

const publish = (color: string, release: string) =>
  publishRelease(as.Publisher, CONFIG, {
    color,
    release,
    prompts: [aPrompt("support", { words: color }), aPrompt("triage"), RARELY],
    optional: ["rare"],
    by: "publisher",
    live: color === "blue",
  });

async function setAlarm(value: "ALARM" | "OK"): Promise<void> {
  const credentials = { accessKeyId: "cloudwatch", secretAccessKey: "local" };
  const client = new CloudWatchClient({ endpoint: world.engine.url, region: REGION, credentials });
  const name = "support-test-HourlySpend";
  await client.send(new SetAlarmStateCommand({ AlarmName: name, StateValue: value, StateReason: "by hand" }));
  client.destroy();
}

async function record(): Promise<void> {
  const access = accessOf(world, "Application");
  const write = dynamoUsageWriter({ tableName: stateTable(world).name, ...access });
  const minute = Math.floor(world.engine.now() / MINUTE) * MINUTE - MINUTE;
  const prefix = cutPrefix({ ...RARELY.body });
  if (!isPrefix(prefix)) throw new Error(prefix.message);
  const use = {
    fingerprint: prefix.fingerprint,
    model: "claude-sonnet-5-5",
    requests: 1,
    cold: 1,
    neither: 0,
    readTokens: 0,
    write5mTokens: 3_000,
    write1hTokens: 0,
    uncachedTokens: 0,
    first: 0,
    firstHits: 0,
  };
  await write(toUsageItem({ minute, writer: "application", part: 0, lost: 0, prefixes: [use] }));
}

/** A deployment of CodeDeploy that waits for the gate. */
async function deploy(deploymentId: string): Promise<void> {
  world.engine.codedeploy.expect({ deploymentId, executionId: deploymentId, deploymentGroupArn: GROUP });
  const payload = { DeploymentId: deploymentId, LifecycleEventHookExecutionId: deploymentId };
  await world.engine.lambda.invoke(world.functionOf("WarmerGate").name, {
    at: world.engine.now(),
    trigger: "deployment",
    payload,
  });
}

async function resume(reason: string): Promise<void> {
  const held = await as.Operator.control.read();
  const request = { reason, by: "operator", generation: held?.control.generation ?? 0 };
  await resumeByOperator(as.Operator, CONFIG, request, `resume-${world.engine.now()}`);
}

it("lets everybody do all that they do, and allows nothing that nobody does", {
  timeout: 600_000,
}, async () => {
  // --- days of work ---
  await publish("blue", "1");
  await world.pass(2 * MINUTE);
  await record();
  await world.pass(2 * MINUTE);
  await publish("green", "2");
  const gate = await askGate(as.Gatekeeper, { color: "green" }, () => {});
  expect(gate.answer?.result).toBe("warm");
  await publish("green", "3");
  await deploy("d-opened");
  await world.pass(MINUTE);
  await flip(as.Flipper, CONFIG, { to: "green", waitMs: MINUTE });
  await flip(as.Flipper, CONFIG, { to: "blue", force: { reason: "back", by: "flipper" } });
  // Somebody writes it again before a tick has seen it: the history says when it began.
  await world.flip("blue");
  await world.pass(2 * MINUTE);

  // --- days of trouble ---
  await setAlarm("ALARM");
  await world.pass(2 * MINUTE);
  await resume("looked into it");
  await setAlarm("OK");
  const fail = (start: string) =>
    world.engine.faults.inject({
      kind: "unavailable",
      service: "dynamodb",
      caller: world.functionOf(start).logicalId,
    });
  const mends = [fail("WarmerPause"), fail("WarmerGate")];
  await deploy("d-unopened");
  await setAlarm("ALARM");
  await world.pass(5 * MINUTE);
  for (const mend of mends) mend();
  await setAlarm("OK");

  // --- an operator's day ---
  const { Operator: operator } = as;
  await readStatus(operator, CONFIG);
  await examine(operator, CONFIG);
  expect(world.engine.access.takeDenials().map(({ action }) => action)).toEqual(["lambda:InvokeFunction"]);
  await diagnose(operator, CONFIG, world.engine.now());
  await estimatePlans(operator, { days: 1, policies: ["always", "adaptive"], lambda: 0.5 });
  await readReport(operator, undefined);
  const [paused] = await operator.incidents.list(10);
  const span = { from: world.engine.now(), to: world.engine.now() + MINUTE, expectedCost: fromUsd(1) };
  await markEvent(operator, { kind: "onboarding", ...span, note: "n", by: "operator", dryRun: false });
  await listMarks(operator);
  await pauseByOperator(operator, { reason: "r", by: "operator" }, "pause");
  await resume("r");
  await throttleByOperator(operator, { reason: "r", by: "operator", maxFillsPerMinute: 5 }, "throttle");
  await resume("r");
  await requestDrill(operator, "drill");
  await world.pass(16 * MINUTE);
  const closing = { id: paused?.id ?? "", cause: "unknown", note: "n", by: "operator" } as const;
  await closeIncident(operator, CONFIG, closing);

  const unused = world.engine.access.grants().filter(({ uses }) => uses === 0);
  expect(unused.map(grantText)).toEqual([]);
  expect(world.engine.access.takeDenials()).toEqual([]);
});
