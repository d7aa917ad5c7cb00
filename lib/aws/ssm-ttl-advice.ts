import {
  GetParameterCommand,
  ParameterNotFound,
  PutParameterCommand,
  type SSMClient,
} from "@aws-sdk/client-ssm";
import { AdviceFailed } from "../app/errors.ts";
import type { AdviceParameter } from "../app/ports.ts";

/** Reads and writes the parameter of the TTL advice: a String of the standard tier, which costs nothing. */
export class SsmTtlAdvice implements AdviceParameter {
  readonly #ssm: SSMClient;
  readonly #name: string;

  constructor(ssm: SSMClient, name: string) {
    this.#ssm = ssm;
    this.#name = name;
  }

  async read() {
    try {
      const { Parameter: parameter } = await this.#ssm.send(new GetParameterCommand({ Name: this.#name }));
      return {
        value: parameter?.Value ?? "",
        modifiedAt: parameter?.LastModifiedDate?.getTime() ?? 0,
      };
    } catch (error) {
      if (error instanceof ParameterNotFound) return undefined;
      throw this.#failed("read", error);
    }
  }

  async write(value: string): Promise<void> {
    try {
      await this.#ssm.send(
        new PutParameterCommand({
          Name: this.#name,
          Value: value,
          Type: "String",
          Tier: "Standard",
          Overwrite: true,
        }),
      );
    } catch (error) {
      throw this.#failed("written", error);
    }
  }

  #failed(what: "read" | "written", error: unknown): AdviceFailed {
    const name = error instanceof Error ? error.name : "unknown error";
    return new AdviceFailed(`${this.#name} could not be ${what}: ${name}`, { cause: error });
  }
}
