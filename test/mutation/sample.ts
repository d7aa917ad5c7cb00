import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { relative } from "node:path";

interface Position {
  readonly line: number;
  readonly column: number;
}

/** A mutant as Stryker's checker API 9.6.1 gives it. */
export interface Mutant {
  readonly id: string;
  readonly fileName: string;
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly location: { readonly start: Position; readonly end: Position };
}

/** Why a mutant that is not in the sample was not run, as the report shows it. */
export const NOT_SAMPLED = "not in the sample";

/**
 * Whether one of `n` mutants is taken: by a hash of what it is and not of where, so that a line put in above it, or
 * another file, changes nothing about it.
 */
export function isSampled(mutant: Mutant, file: string, line: string, n: number): boolean {
  const identity = [file, line.trim(), mutant.mutatorName, mutant.replacement ?? ""];
  return createHash("sha256").update(JSON.stringify(identity)).digest().readUInt32BE(0) % n === 0;
}

/** Stryker asks a checker for each mutant whether it is worth a run: here one of n is. */
class Sample {
  static readonly inject = ["options"] as const;
  readonly #n: number;

  constructor(options: { readonly sample: number }) {
    this.#n = options.sample;
  }

  async init(): Promise<void> {}

  async check(mutants: readonly Mutant[]) {
    return Object.fromEntries(mutants.map((mutant) => [mutant.id, this.#verdict(mutant)]));
  }

  #verdict(mutant: Mutant) {
    const line = readFileSync(mutant.fileName, "utf8").split("\n")[mutant.location.start.line - 1] ?? "";
    const file = relative(process.cwd(), mutant.fileName);
    return isSampled(mutant, file, line, this.#n)
      ? { status: "passed" }
      : { status: "compileError", reason: NOT_SAMPLED };
  }

  group(mutants: readonly Mutant[]): Promise<string[][]> {
    return Promise.resolve([mutants.map(({ id }) => id)]);
  }
}

export const strykerPlugins = [{ kind: "Checker", name: "sample", injectableClass: Sample }];
