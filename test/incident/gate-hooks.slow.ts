/** The hooks of a deployment with the real bundles: CodeDeploy's and ECS's recorded events, and what they hear. */
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { GateReply } from "../../lib/app/deployment-gate.ts";
import { CodeDeployGate } from "../../lib/cdk/codedeploy-gate.ts";
import type { InvocationEvent } from "../../lib/local/journal.ts";
import { TEST_OPTIONS } from "../support/options.ts";
import { aPrompt } from "../support/prompts.ts";
import { MINUTE, World } from "../support/world.ts";
import { standing } from "./fault.ts";
import { withOptions } from "./other-options.ts";

const SECOND = 1_000;
const GROUP = "arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:support/live";

let world: World;
beforeAll(async () => {
  const assembly = withOptions(inject("assembly"), TEST_OPTIONS, (stack) => {
    new CodeDeployGate(stack, "Gate", {
      warmer: stack.warmer,
      deploymentGroup: { deploymentGroupArn: GROUP },
    });
  });
  world = await World.live([aPrompt("blue")], { assembly });
  await world.pass(2 * MINUTE);
});
afterAll(() => world.stop());

async function gate(payload: unknown): Promise<InvocationEvent> {
  const invocation = { at: world.engine.now(), trigger: "a deployment", payload };
  const event = await world.engine.lambda.invoke(world.functionOf("WarmerGate").name, invocation);
  if (event === undefined) throw new Error("the invocation was throttled");
  return event;
}

/** The event of CodeDeploy's hook `BeforeAllowTraffic`, of a deployment that now waits. */
function aDeployment(deploymentId: string) {
  // Real ones are encrypted texts of this kind, some hundred characters long.
  const executionId = Buffer.from(JSON.stringify({ encryptedData: deploymentId.repeat(40) })).toString(
    "base64",
  );
  world.engine.codedeploy.expect({ deploymentId, executionId, deploymentGroupArn: GROUP });
  return { DeploymentId: deploymentId, LifecycleEventHookExecutionId: executionId };
}

/** The event of an ECS hook (AWS News Blog, 2025-07-10). */
function aLook(deployment: string, hookDetails: object = {}) {
  const arn = (kind: string, last: string) =>
    `arn:aws:ecs:us-west-2:123456789012:${kind}/agents/support${last}`;
  return {
    executionDetails: {
      testTrafficWeights: {},
      productionTrafficWeights: {},
      serviceArn: arn("service", ""),
      targetServiceRevisionArn: arn("service-revision", "/9386398427419951854"),
    },
    executionId: "a635edb5-a66b-4f44-bf3f-fcee4b3641a5",
    lifecycleStage: "POST_TEST_TRAFFIC_SHIFT",
    resourceArn: arn("service-deployment", `/${deployment}`),
    hookDetails,
  };
}

/** What a deployment was told, and by which function. */
function told(deploymentId: string): string[] {
  return world.engine.codedeploy.callbacks
    .filter((callback) => callback.deploymentId === deploymentId)
    .map(({ status, caller }) => `${status} by ${caller.replace(/^Warmer(Warm|Gate).*/, "$1")}`);
}

/** Looks as often as ECS is told to, until it is told something else. */
async function deployOnEcs(look: object): Promise<{ readonly looks: number; readonly reply: GateReply }> {
  for (let looks = 1; ; looks++) {
    const { result, error } = await gate(look);
    if (error !== undefined) throw new Error(error.errorMessage);
    const reply = result as { hookStatus: string; callBackDelay?: number };
    if (reply.hookStatus !== "IN_PROGRESS") return { looks, reply: reply as GateReply };
    await world.pass((reply.callBackDelay ?? 30) * SECOND);
  }
}

const quiet = () => expect(standing(world)).toEqual([]);

describe("a deployment whose candidate becomes warm", () => {
  it("by CodeDeploy goes on within ten seconds, told by the tick that proved it", async () => {
    await world.publish("green", "2", [aPrompt("green"), aPrompt("triage")]);
    const { result, error } = await gate(aDeployment("d-WARM"));
    expect(error).toBeUndefined();
    expect(result).toMatchObject({ color: "green", openedBy: "CodeDeploy d-WARM" });
    expect(told("d-WARM")).toEqual([]);
    await world.pass(10 * SECOND);
    expect(told("d-WARM")).toEqual(["Succeeded by Warm"]);
  });

  it("by ECS goes on at the second look", async () => {
    await world.publish("green", "3", [aPrompt("green", { words: "another" })]);
    expect(await deployOnEcs(aLook("warm"))).toEqual({ looks: 2, reply: { hookStatus: "SUCCEEDED" } });
    quiet();
  });
});

describe("a deployment without the right to be answered", () => {
  it("is told by the next tick that may, and WarmErrors fires until then", async () => {
    await world.publish("green", "4", [aPrompt("green", { words: "yet another" })]);
    const from = world.engine.now();
    const mend = world.engine.faults.inject({ kind: "denied", service: "codedeploy" });
    await gate(aDeployment("d-DENIED"));
    await world.pass(4 * MINUTE);
    expect(told("d-DENIED")).toEqual([]);
    expect(world.ran(from).map(({ outcome }) => outcome)).toContain("callback_failed");
    expect(world.fired("WarmErrors", from)).toHaveLength(1);
    mend();
    await world.pass(MINUTE);
    expect(told("d-DENIED")).toEqual(["Succeeded by Warm"]);
    await world.pass(4 * MINUTE);
    quiet();
  });
});

describe("a gate function that crashes", () => {
  it("lets the deployment go on without proof and fires GateErrors", async () => {
    const from = world.engine.now();
    const caller = world.functionOf("WarmerGate").logicalId;
    const mend = world.engine.faults.inject({ kind: "unavailable", service: "dynamodb", caller });
    const { error } = await gate(aDeployment("d-CRASH"));
    expect(error?.errorMessage).toMatch(/^state_unreadable: .*; CodeDeploy d-CRASH goes on without proof$/);
    expect(told("d-CRASH")).toEqual(["Succeeded by Gate"]);
    expect((await gate(aLook("crash"))).result).toEqual({ hookStatus: "SUCCEEDED" });
    expect((await gate(aLook("crash", { failDeployment: true }))).result).toEqual({ hookStatus: "FAILED" });
    mend();
    await world.pass(2 * MINUTE);
    expect(world.fired("GateErrors", from)).toHaveLength(1);
    expect(world.fired("WarmErrors", from)).toEqual([]);
  });

  it("and may not answer either says both, and GateErrors stands until the errors are over", async () => {
    const caller = world.functionOf("WarmerGate").logicalId;
    const { faults } = world.engine;
    const mends = [
      faults.inject({ kind: "denied", service: "dynamodb", caller }),
      faults.inject({ kind: "denied", service: "codedeploy", caller }),
    ];
    const { error } = await gate(aDeployment("d-MUTE"));
    expect(error?.errorMessage).toMatch(
      /^callback_failed: CodeDeploy could not be told about deployment d-MUTE: AccessDenied.*; no gate was opened: /,
    );
    expect(told("d-MUTE")).toEqual([]);
    for (const mend of mends) mend();
    await world.pass(2 * MINUTE);
    expect(standing(world)).toEqual(["GateErrors"]);
    await world.pass(4 * MINUTE);
    quiet();
  });
});

describe("a gate that ends", () => {
  it("without an answer from the provider lets CodeDeploy go on, and stops what is strict", async () => {
    await world.publish("green", "5", [aPrompt("green", { words: "unheard" })]);
    const calm = world.provider.faults.add({ kind: "overloaded", endpoint: "messages" });
    await gate(aDeployment("d-LATE"));
    const strict = await deployOnEcs(aLook("late", { timeoutSeconds: 120, failDeployment: true }));
    expect(strict.reply).toEqual({ hookStatus: "FAILED" });
    expect(told("d-LATE")).toEqual([]);
    await world.pass(10 * MINUTE);
    calm();
    expect(told("d-LATE")).toEqual(["Succeeded by Warm"]);
    await world.pass(MINUTE);
    const mails = world.engine.journal.events.flatMap((event) =>
      event.kind === "notified" ? [event.subject] : [],
    );
    expect(mails.filter((subject) => subject.endsWith("gate on green: inconclusive"))).toHaveLength(2);
  });

  it("with a candidate that the provider cannot cache stops CodeDeploy at once", async () => {
    await world.publish("green", "6", [aPrompt("green", { tokens: 300 })]);
    await gate(aDeployment("d-COLD"));
    await world.pass(MINUTE);
    expect(told("d-COLD")).toEqual(["Failed by Warm"]);
  });
});
