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
  #reading: Promise<string> | undefined;
  #refreshing: Promise<string> | undefined;

  constructor(ssm: SSMClient, name: string, clock: Pick<Clock, "now">) {
    this.#ssm = ssm;
    this.#name = name;
    this.#clock = clock;
  }

  /** Requests that begin together share one read: SSM takes 40 a second, and a flip begins with all prefixes at once. */
  key(fresh: boolean): Promise<string> {
    const cached = this.#cached;
    if (!fresh && cached !== undefined && this.#clock.now() - cached.readAt < CACHED_MS)
      return Promise.resolve(cached.key);
    const pending = fresh ? this.#refreshing : (this.#refreshing ?? this.#reading);
    if (pending !== undefined) return pending;
    const read = this.#read();
    if (fresh) this.#refreshing = read;
    else this.#reading = read;
    const over = () => {
      if (this.#refreshing === read) this.#refreshing = undefined;
      if (this.#reading === read) this.#reading = undefined;
    };
    read.then(over, over);
    return read;
  }

  async #read(): Promise<string> {
    const now = this.#clock.now();
    try {
      const { Parameter: parameter } = await this.#ssm.send(
        new GetParameterCommand({ Name: this.#name, WithDecryption: true }),
      );
      const key = parameter?.Value?.trim() ?? "";
      if (key === "") throw new KeyUnreadable(`${this.#name} is empty; put the provider's API key there`);
      // A slower read that began before must not bring an old key back.
      if ((this.#cached?.readAt ?? 0) <= now) this.#cached = { key, readAt: now };
      return key;
    } catch (error) {
      if (error instanceof KeyUnreadable) throw error;
      throw new KeyUnreadable(
        `${this.#name} could not be read: ${error instanceof Error ? error.name : "unknown error"}`,
      );
    }
  }
}
