import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import type { RemoteFunction, WarmSoon } from "../app/ports.ts";

/** One of the warmer's deployed functions. The CLI itself never calls the provider. */
export class LambdaFunction implements RemoteFunction, WarmSoon {
  readonly #client: LambdaClient;
  readonly #functionName: string;
  readonly #verb: string;

  /** @param verb what the function is called in messages: `warm`, `gate` */
  constructor(client: LambdaClient, functionName: string, verb: string) {
    this.#client = client;
    this.#functionName = functionName;
    this.#verb = verb;
  }

  /** @throws Error if the function failed, with its own message */
  async invoke(event: unknown): Promise<unknown> {
    const { Payload: payload, FunctionError: failed } = await this.#client.send(
      new InvokeCommand({ FunctionName: this.#functionName, Payload: JSON.stringify(event) }),
    );
    const answer: unknown = JSON.parse(Buffer.from(payload ?? "").toString("utf8") || "null");
    if (failed !== undefined) {
      const { errorMessage } = (answer ?? {}) as { errorMessage?: unknown };
      throw new Error(`the ${this.#verb} function failed: ${String(errorMessage ?? failed)}`);
    }
    return answer;
  }

  async start(event: unknown): Promise<void> {
    await this.#client.send(
      new InvokeCommand({
        FunctionName: this.#functionName,
        InvocationType: "Event",
        Payload: JSON.stringify(event),
      }),
    );
  }
}
