import { GetParameterCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { KeyUnreadable } from "../app/errors.ts";
import type { ApiKeySource, Clock } from "../app/ports.ts";

/** A rotated key is picked up within a minute, or at once when the old one is refused. */
const CACHED_MS = 60_000;

/** The provider's API key from an SSM SecureString. It is never logged, and errors name only the parameter. */
export class SsmApiKey implements ApiKeySource {
  readonly #ssm: SSMClient;
  readonly #name: string;
  readonly #clock: Pick<Clock, "now">;
  #cached: { readonly key: string; readonly readAt: number } | undefined;

  constructor(ssm: SSMClient, name: string, clock: Pick<Clock, "now">) {
    this.#ssm = ssm;
    this.#name = name;
    this.#clock = clock;
  }

  async key(fresh: boolean): Promise<string> {
    const now = this.#clock.now();
    if (!fresh && this.#cached !== undefined && now - this.#cached.readAt < CACHED_MS)
      return this.#cached.key;
    try {
      const { Parameter: parameter } = await this.#ssm.send(
        new GetParameterCommand({ Name: this.#name, WithDecryption: true }),
      );
      const key = parameter?.Value?.trim() ?? "";
      if (key === "") throw new KeyUnreadable(`${this.#name} is empty; put the provider's API key there`);
      this.#cached = { key, readAt: now };
      return key;
    } catch (error) {
      if (error instanceof KeyUnreadable) throw error;
      throw new KeyUnreadable(
        `${this.#name} could not be read: ${error instanceof Error ? error.name : "unknown error"}`,
      );
    }
  }
}
