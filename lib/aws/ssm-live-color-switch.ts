import { ParameterAlreadyExists, PutParameterCommand, type SSMClient } from "@aws-sdk/client-ssm";
import type { LiveColorSwitch } from "../app/ports.ts";

/** Writes the live-color parameter. Only people and release pipelines do; no function of the stack may. */
export class SsmLiveColorSwitch implements LiveColorSwitch {
  readonly #ssm: SSMClient;
  readonly #name: string;

  constructor(ssm: SSMClient, name: string) {
    this.#ssm = ssm;
    this.#name = name;
  }

  async create(color: string): Promise<boolean> {
    try {
      await this.#ssm.send(
        new PutParameterCommand({ Name: this.#name, Value: color, Type: "String", Overwrite: false }),
      );
      return true;
    } catch (error) {
      if (error instanceof ParameterAlreadyExists) return false;
      throw error;
    }
  }

  async write(color: string): Promise<number> {
    const { Version: version = 0 } = await this.#ssm.send(
      new PutParameterCommand({ Name: this.#name, Value: color, Overwrite: true }),
    );
    return version;
  }
}
