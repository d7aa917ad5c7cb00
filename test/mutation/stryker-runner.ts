import { basename, relative } from "node:path";
import { type RanTest, type RunOptions, runTests } from "./run-tests.ts";
import { bundleTests, type TestBundle } from "./test-bundle.ts";

/** What Stryker's instrumented code and its runner tell each other, under a global name. */
interface Instrumented {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: unknown;
}

interface StrykerOptions {
  /** Paths of the test files, from the root. */
  readonly tests: readonly string[];
  /** Tests that are left out: see `isLeftOut`. */
  readonly without: readonly string[];
  /** Paths of the files to mutate, from the root. */
  readonly mutate: readonly string[];
}

interface MutantRun {
  readonly testFilter?: readonly string[];
  readonly hitLimit?: number;
  readonly activeMutant: { readonly id: string };
  readonly sandboxFileName: string;
}

/**
 * A mutant that makes a promise wait for ever is found by this time, ms. Long, since a test waits for this processor
 * only, which may be busy with other work. The first run, which is of the code as it is, has no such limit.
 */
const TEST_TIMEOUT_MS = 60_000;

/** Numbers and words of Stryker's test runner API 9.6.1. */
const SUCCESS = 0;
const FAILED = 1;

/**
 * A test runner for Stryker that keeps one process and compiles the tests once. Its own runner for Vitest starts a
 * worker for each mutant, which takes a second of processor time; here it is some hundredths. Each mutant still gets
 * freshly loaded code, so that tables and schemas made at load are tested too.
 */
class InProcessRunner {
  static readonly inject = ["options"] as const;
  readonly #options: StrykerOptions;
  readonly #root = process.cwd();
  readonly #instrumented: Instrumented;
  #bundle: TestBundle | undefined;
  /** The files that load something mutated. */
  #tests: readonly string[] = [];
  readonly #msOf = new Map<string, number>();

  constructor(options: StrykerOptions) {
    this.#options = options;
    const names = globalThis as { __stryker__?: Instrumented };
    names.__stryker__ ??= {};
    this.#instrumented = names.__stryker__;
  }

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init(): Promise<void> {
    const { tests, mutate } = this.#options;
    const bundle = await bundleTests(this.#root, tests);
    this.#tests = tests.filter((test) => mutate.some((file) => bundle.reaches(test, file)));
    this.#bundle = bundle;
  }

  async dryRun() {
    const instrumented = this.#instrumented;
    instrumented.activeMutant = undefined;
    const ran = await this.#run(this.#tests, {
      all: true,
      onTest: (id) => {
        instrumented.currentTestId = id;
      },
    });
    for (const { file, ms } of ran) this.#msOf.set(file, (this.#msOf.get(file) ?? 0) + ms);
    const tests = ran.map(({ id, file, name, ms, failure }) => ({
      id,
      name,
      fileName: file,
      timeSpentMs: ms,
      status: failure === undefined ? SUCCESS : FAILED,
      ...(failure !== undefined && { failureMessage: failure }),
    }));
    return { status: "complete", tests, mutantCoverage: instrumented.mutantCoverage };
  }

  async mutantRun({ testFilter, hitLimit, activeMutant, sandboxFileName }: MutantRun) {
    const instrumented = this.#instrumented;
    Object.assign(instrumented, { activeMutant: activeMutant.id, hitCount: 0, hitLimit });
    // Code that runs at load has no tests of its own: it is what loads it that may fail.
    const mutated = relative(this.#root, sandboxFileName);
    const covering =
      testFilter === undefined
        ? this.#tests.filter((test) => this.#bundle?.reaches(test, mutated) === true)
        : new Set(testFilter.map((id) => id.slice(0, id.indexOf("#"))));
    const files = this.#byPromise([...covering], basename(mutated, ".ts"));
    const ran = await this.#run(files, {
      timeoutMs: TEST_TIMEOUT_MS,
      ...(testFilter !== undefined && { only: new Set(testFilter) }),
    });
    if (hitLimit !== undefined && (instrumented.hitCount ?? 0) > hitLimit) {
      return { status: "timeout", reason: `hit more than ${hitLimit} times` };
    }
    const failed = ran.find(({ failure }) => failure !== undefined);
    return failed === undefined
      ? { status: "survived", nrOfTests: ran.length }
      : { status: "killed", nrOfTests: ran.length, killedBy: [failed.id], failureMessage: failed.failure };
  }

  /** The mutated file's own tests first, then the quick ones: most mutants end there. */
  #byPromise(files: readonly string[], mutated: string): string[] {
    const rank = (file: string) =>
      basename(file, ".test.ts") === mutated ? -1 : (this.#msOf.get(file) ?? 0);
    return files.toSorted((a, b) => rank(a) - rank(b));
  }

  async #run(files: readonly string[], options: Partial<RunOptions>): Promise<readonly RanTest[]> {
    if (this.#bundle === undefined) throw new Error("init was not called");
    const { without } = this.#options;
    return runTests({ root: this.#root, files, without, load: this.#bundle.fresh(), ...options });
  }
}

export const strykerPlugins = [{ kind: "TestRunner", name: "in-process", injectableClass: InProcessRunner }];
