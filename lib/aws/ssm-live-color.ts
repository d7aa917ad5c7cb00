import {
  GetParameterCommand,
  GetParameterHistoryCommand,
  type ParameterHistory,
  ParameterNotFound,
  type SSMClient,
} from "@aws-sdk/client-ssm";
import { TargetUnreadable } from "../app/errors.ts";
import type { LiveColorHistory } from "../app/ports.ts";

/** Most versions that one page of a history holds (API reference of GetParameterHistory, read 2026-11). */
const PAGE = 50;

/** Reads the live-color parameter, fresh each time: a cached color is the founding incident again. */
export class SsmLiveColor implements LiveColorHistory {
  readonly #ssm: SSMClient;
  readonly #name: string;

  constructor(ssm: SSMClient, name: string) {
    this.#ssm = ssm;
    this.#name = name;
  }

  async read() {
    return this.#unlessMissing(async () => {
      const { Parameter: parameter } = await this.#ssm.send(new GetParameterCommand({ Name: this.#name }));
      return {
        value: parameter?.Value ?? "",
        version: parameter?.Version ?? 0,
        modifiedAt: parameter?.LastModifiedDate?.getTime() ?? 0,
      };
    });
  }

  /**
   * One call for each 50 versions. Parameter Store keeps the latest 100: of a longer row the first that is kept is
   * answered.
   */
  async since(value: string) {
    const versions = await this.#unlessMissing(() => this.#history());
    let first: ParameterHistory | undefined;
    for (const version of versions ?? []) {
      if (version.Value !== value) break;
      first = version;
    }
    return first === undefined
      ? undefined
      : { version: first.Version ?? 0, modifiedAt: first.LastModifiedDate?.getTime() ?? 0 };
  }

  /** Newest first. Sorted here, since AWS documents no order of its pages. */
  async #history(): Promise<ParameterHistory[]> {
    const versions: ParameterHistory[] = [];
    let token: string | undefined;
    do {
      const page = await this.#ssm.send(
        new GetParameterHistoryCommand({ Name: this.#name, MaxResults: PAGE, NextToken: token }),
      );
      versions.push(...(page.Parameters ?? []));
      // An absent token and, by the API reference, an empty one both say that this was the last page.
      token = page.NextToken || undefined;
    } while (token !== undefined);
    return versions.sort((a, b) => (b.Version ?? 0) - (a.Version ?? 0));
  }

  /** `undefined` if the parameter does not exist. @throws TargetUnreadable for everything else that fails */
  async #unlessMissing<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof ParameterNotFound) return undefined;
      const name = error instanceof Error ? error.name : "unknown error";
      throw new TargetUnreadable(`${this.#name} could not be read: ${name}`, { cause: error });
    }
  }
}
