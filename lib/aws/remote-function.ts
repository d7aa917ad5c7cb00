import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import type { WarmFunction } from "../app/ports.ts";

/** Invokes the deployed warm function and waits for its report. The CLI itself never calls the provider. */
export class LambdaWarm implements WarmFunction {
  readonly #client: LambdaClient;
  readonly #functionName: string;

  constructor(client: LambdaClient, functionName: string) {
    this.#client = client;
    this.#functionName = functionName;
  }

  /** @throws Error if the function failed, with its own message */
  async invoke(event: unknown): Promise<unknown> {
    const { Payload: payload, FunctionError: failed } = await this.#client.send(
      new InvokeCommand({ FunctionName: this.#functionName, Payload: JSON.stringify(event) }),
    );
    const answer: unknown = JSON.parse(Buffer.from(payload ?? "").toString("utf8") || "null");
    if (failed !== undefined) {
      const { errorMessage } = (answer ?? {}) as { errorMessage?: unknown };
      throw new Error(`the warm function failed: ${String(errorMessage ?? failed)}`);
    }
    return answer;
  }
}
