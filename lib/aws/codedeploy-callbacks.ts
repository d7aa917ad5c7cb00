import {
  type CodeDeployClient,
  LifecycleEventAlreadyCompletedException,
  PutLifecycleEventHookExecutionStatusCommand,
} from "@aws-sdk/client-codedeploy";
import { CallbackFailed } from "../app/errors.ts";
import type { GateCallbacks } from "../app/ports.ts";
import type { GateCallback } from "../core/release/gate.ts";

/** Tells CodeDeploy how a validation hook ended. */
export class CodeDeployCallbacks implements GateCallbacks {
  readonly #client: CodeDeployClient;

  constructor(client: CodeDeployClient) {
    this.#client = client;
  }

  async tell({ deploymentId, hookExecutionId }: GateCallback, passed: boolean): Promise<void> {
    try {
      await this.#client.send(
        new PutLifecycleEventHookExecutionStatusCommand({
          deploymentId,
          lifecycleEventHookExecutionId: hookExecutionId,
          status: passed ? "Succeeded" : "Failed",
        }),
      );
    } catch (error) {
      // An earlier answer arrived although its reply was lost, or the deployment has been stopped meanwhile.
      if (error instanceof LifecycleEventAlreadyCompletedException) return;
      const name = error instanceof Error ? error.name : "unknown error";
      throw new CallbackFailed(`CodeDeploy could not be told about deployment ${deploymentId}: ${name}`, {
        cause: error,
      });
    }
  }
}
