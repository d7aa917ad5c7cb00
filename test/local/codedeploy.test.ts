import {
  CodeDeployClient,
  type PutLifecycleEventHookExecutionStatusCommandInput as Input,
  PutLifecycleEventHookExecutionStatusCommand,
} from "@aws-sdk/client-codedeploy";
import { describe, expect, it } from "vitest";
import { credentialsOf } from "../../lib/local/aws/calls.ts";
import { createCodeDeploy } from "../../lib/local/aws/codedeploy.ts";
import { createJournal } from "../../lib/local/journal.ts";
import { anEndpoint, nameOf } from "./an-endpoint.ts";

const NOW = Date.UTC(2026, 10, 21, 3, 44);
const BEFORE = { deploymentId: "d-1", executionId: "before-allow-traffic" };
const AFTER = { deploymentId: "d-1", executionId: "after-allow-traffic" };

async function aDeployment() {
  const journal = createJournal();
  const { handlers, callbacks, expect: register } = createCodeDeploy({ journal });
  const { as, calls, faults, defects } = await anEndpoint({ codedeploy: handlers }, () => NOW);
  register(BEFORE);
  register(AFTER);
  const client = new CodeDeployClient(as(credentialsOf("Warm")));
  const answer = (more: Partial<Input> = {}) =>
    client.send(
      new PutLifecycleEventHookExecutionStatusCommand({
        deploymentId: BEFORE.deploymentId,
        lifecycleEventHookExecutionId: BEFORE.executionId,
        status: "Succeeded",
        ...more,
      }),
    );
  return { answer, register, callbacks, journal, calls, faults, defects };
}

describe("a lifecycle hook of a deployment", () => {
  it.each(["Succeeded", "Failed"] as const)("is told %s once, by whom and when", async (status) => {
    const { answer, callbacks, journal, calls } = await aDeployment();
    expect(await answer({ status })).toMatchObject({ lifecycleEventHookExecutionId: BEFORE.executionId });
    const callback = { deploymentId: "d-1", lifecycleEventHookExecutionId: BEFORE.executionId, status };
    expect(callbacks).toEqual([{ ...callback, at: NOW, caller: "Warm" }]);
    expect(journal.events).toEqual([{ at: NOW, kind: "hook_status", ...BEFORE, status, by: "Warm" }]);
    expect(calls).toMatchObject([
      { service: "codedeploy", operation: "PutLifecycleEventHookExecutionStatus", resource: "d-1" },
    ]);
  });

  it.each<[string, Partial<Input>, string]>([
    ["no deployment", { deploymentId: undefined }, "DeploymentIdRequiredException"],
    ["an unknown deployment", { deploymentId: "d-2" }, "DeploymentDoesNotExistException"],
    [
      "an unknown execution",
      { lifecycleEventHookExecutionId: "other" },
      "InvalidLifecycleEventHookExecutionIdException",
    ],
    ["a status of none", { status: undefined }, "InvalidLifecycleEventHookExecutionStatusException"],
    ...(["Pending", "InProgress", "Skipped", "Unknown"] as const).map(
      (status): [string, Partial<Input>, string] => [
        `the status ${status}`,
        { status },
        "InvalidLifecycleEventHookExecutionStatusException",
      ],
    ),
  ])("refuses %s and keeps waiting", async (_what, more, code) => {
    const { answer, callbacks, journal, defects } = await aDeployment();
    expect(await nameOf(answer(more))).toBe(code);
    expect([callbacks, journal.events, defects]).toEqual([[], [], []]);
    expect(await nameOf(answer())).toBe("answered");
  });

  it("refuses a second answer, whatever it says, and still takes that of the next hook", async () => {
    const { answer, callbacks } = await aDeployment();
    await answer({ status: "Failed" });
    for (const status of ["Failed", "Succeeded"] as const)
      expect(await nameOf(answer({ status }))).toBe("LifecycleEventAlreadyCompletedException");
    await answer({ lifecycleEventHookExecutionId: AFTER.executionId });
    expect(callbacks.map(({ status }) => status)).toEqual(["Failed", "Succeeded"]);
  });

  it("is not registered twice", async () => {
    const { register } = await aDeployment();
    expect(() => register({ ...BEFORE, deploymentId: "d-2" })).toThrow(/executionId: .*before-allow-traffic/);
  });

  it.each([
    ["denied", "AccessDeniedException"],
    ["throttled", "ThrottlingException"],
    ["unavailable", "ServiceUnavailable"],
  ] as const)("hears nothing from a caller that is %s, until that ends", async (kind, code) => {
    const { answer, callbacks, faults } = await aDeployment();
    const operation = "PutLifecycleEventHookExecutionStatus";
    const end = faults.inject({ kind, service: "codedeploy", operation, resource: "d-1", caller: "Warm" });
    expect(await nameOf(answer())).toBe(code);
    expect(callbacks).toEqual([]);
    end();
    expect(await nameOf(answer())).toBe("answered");
  });
});
