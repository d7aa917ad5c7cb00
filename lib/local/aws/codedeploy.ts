/**
 * CodeDeploy, as far as a deployment's lifecycle hooks reach: what a hook's function answers.
 * https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_PutLifecycleEventHookExecutionStatus.html
 * (read 2026-11). That a deployment fails by itself when no answer comes within the hour is not modelled: whether
 * one came, and when, is in `callbacks`.
 */
import type {
  PutLifecycleEventHookExecutionStatusInput as Input,
  PutLifecycleEventHookExecutionStatusOutput as Output,
} from "@aws-sdk/client-codedeploy";
import { arn } from "../account.ts";
import type { Journal } from "../journal.ts";
import { AwsError } from "./aws-error.ts";
import { type Handlers, handler } from "./handler.ts";

/** One run of one lifecycle hook, as CodeDeploy names it in the event that the hook's function gets. */
export interface HookExecution {
  readonly deploymentId: string;
  readonly executionId: string;
  /**
   * ARN of the deployment group, which a policy may name.
   * @default - the group `group` of the application `application`
   */
  readonly deploymentGroupArn?: string;
}

/** An answer that was accepted. */
export interface HookCallback {
  readonly deploymentId: string;
  readonly lifecycleEventHookExecutionId: string;
  readonly status: "Succeeded" | "Failed";
  /** Virtual instant of the request, milliseconds since the epoch. */
  readonly at: number;
  /** Logical id of the function, else the access key id. */
  readonly caller: string;
}

export interface CodeDeploy {
  readonly handlers: Handlers;
  /** Accepted answers in the order in which they came. */
  readonly callbacks: readonly HookCallback[];
  /** Lets a deployment wait for an answer of this hook. @throws if it was registered before */
  expect(execution: HookExecution): void;
  /** ARN of a deployment's group; of a deployment that nobody waits for, that of any group. */
  groupOf(deploymentId: string): string;
}

const SOME_GROUP = arn("codedeploy", "deploymentgroup:application/group");

export function createCodeDeploy(deps: { readonly journal: Journal }): CodeDeploy {
  const expected: HookExecution[] = [];
  const callbacks: HookCallback[] = [];

  const checkOpen = (deploymentId: string, executionId: string) => {
    const hooks = expected.filter((hook) => hook.deploymentId === deploymentId);
    if (hooks.length === 0)
      throw new AwsError(
        "DeploymentDoesNotExistException",
        `The deployment ${deploymentId} could not be found.`,
      );
    if (!hooks.some((hook) => hook.executionId === executionId))
      throw new AwsError(
        "InvalidLifecycleEventHookExecutionIdException",
        `The lifecycle event hook execution id ${executionId} is not valid for deployment ${deploymentId}.`,
      );
    if (callbacks.some((callback) => callback.lifecycleEventHookExecutionId === executionId))
      throw new AwsError(
        "LifecycleEventAlreadyCompletedException",
        `The lifecycle event hook execution ${executionId} has already completed.`,
      );
  };

  return {
    callbacks,
    expect: (execution) => {
      if (expected.some(({ executionId }) => executionId === execution.executionId))
        throw new Error(
          `executionId: each hook execution has its own, but ${execution.executionId} was registered before. Give this one another.`,
        );
      expected.push(execution);
    },
    groupOf: (deploymentId) =>
      expected.find((hook) => hook.deploymentId === deploymentId)?.deploymentGroupArn ?? SOME_GROUP,
    handlers: {
      PutLifecycleEventHookExecutionStatus: handler<Input, Output>(
        ["deploymentId", "lifecycleEventHookExecutionId", "status"],
        ({ deploymentId = "", lifecycleEventHookExecutionId = "", status }, { at, caller }) => {
          if (deploymentId === "")
            throw new AwsError("DeploymentIdRequiredException", "A deployment id must be specified.");
          // The API's type has six values; only these two can be sent, says its reference.
          if (status !== "Succeeded" && status !== "Failed")
            throw new AwsError(
              "InvalidLifecycleEventHookExecutionStatusException",
              `The status of a lifecycle event hook must be Succeeded or Failed, got: ${status}.`,
            );
          checkOpen(deploymentId, lifecycleEventHookExecutionId);
          callbacks.push({ deploymentId, lifecycleEventHookExecutionId, status, at, caller });
          deps.journal.write({
            at,
            kind: "hook_status",
            deploymentId,
            executionId: lifecycleEventHookExecutionId,
            status,
            by: caller,
          });
          return { lifecycleEventHookExecutionId };
        },
      ),
    },
  };
}
