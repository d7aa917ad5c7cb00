import { GetParameterCommand, ParameterNotFound, type SSMClient } from "@aws-sdk/client-ssm";
import { TargetUnreadable } from "../app/errors.ts";
import type { LiveColorParameter } from "../app/ports.ts";

/** Reads the live-color parameter, fresh each time: a cached color is the founding incident again. */
export class SsmLiveColor implements LiveColorParameter {
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
        version: parameter?.Version ?? 0,
        modifiedAt: parameter?.LastModifiedDate?.getTime() ?? 0,
      };
    } catch (error) {
      if (error instanceof ParameterNotFound) return undefined;
      const name = error instanceof Error ? error.name : "unknown error";
      throw new TargetUnreadable(`${this.#name} could not be read: ${name}`, { cause: error });
    }
  }
}
