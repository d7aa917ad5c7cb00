import { join, relative } from "node:path";
import { type File, type Suite, startTests, type Task, type Test, type VitestRunner } from "@vitest/runner";
import { isLeftOut } from "./groups.ts";
import type { Load } from "./test-bundle.ts";

export interface RanTest {
  /** The file's path from the root, `#`, and the names of suites and test. */
  readonly id: string;
  readonly file: string;
  readonly name: string;
  readonly ms: number;
  /** Why it failed. */
  readonly failure?: string;
}

export interface RunOptions {
  readonly root: string;
  readonly files: readonly string[];
  readonly load: Load;
  /** Tests that are left out: see `isLeftOut`. */
  readonly without: readonly string[];
  /** How long a test may take, ms. @default for ever */
  readonly timeoutMs?: number;
  /** Run only these tests; all of the files where it is left out. */
  readonly only?: ReadonlySet<string>;
  /** Go on after a failure. @default false */
  readonly all?: boolean;
  /** Told the test that begins, and undefined when it has ended. */
  readonly onTest?: (id: string | undefined) => void;
}

/** As long as a timer can be. */
const NO_TIMEOUT = 2 ** 31 - 1;

/** Runs test files one after the other in this process, with Vitest's own collector and runner; a failure ends it. */
export async function runTests(options: RunOptions): Promise<readonly RanTest[]> {
  const { root, only, timeoutMs = NO_TIMEOUT, all = false } = options;
  const ran: RanTest[] = [];
  for (const file of options.files) {
    const failed = () => !all && ran.some(({ failure }) => failure !== undefined);
    if (failed()) break;
    const idOf = (test: Task) => `${file}#${fullName(test)}`;
    const note = (task: Task) =>
      ran.push({
        id: idOf(task),
        file,
        name: fullName(task),
        ms: task.result?.duration ?? 0,
        ...(task.result?.state === "fail" && { failure: task.result.errors?.[0]?.message ?? "failed" }),
      });
    const runner: VitestRunner = {
      config: configOf(root, timeoutMs),
      importFile: (path) => options.load(relative(root, path)),
      onCollected: (files) => {
        const isOut = (test: Test) =>
          isLeftOut(options.without, file, fullName(test)) || only?.has(idOf(test)) === false;
        for (const task of files) leaveOut(task, isOut);
      },
      onBeforeRunTask: (test) => {
        if (failed()) test.mode = "skip";
        options.onTest?.(idOf(test));
      },
      onAfterRunTask: (test) => {
        options.onTest?.(undefined);
        if (test.mode === "run") note(test);
      },
    };
    for (const task of await startTests([join(root, file)], runner)) {
      // A file that does not load, or a hook that throws, fails no test of its own.
      for (const suite of suitesOf(task)) if (suite.result?.errors?.length) note(suite);
    }
  }
  return ran;
}

function fullName(task: Task): string {
  const names: string[] = [];
  for (let at: Task | undefined = task; at !== undefined && at.type !== undefined; at = at.suite) {
    if (at.name !== "" && !("filepath" in at)) names.unshift(at.name);
  }
  return names.join(" ");
}

function suitesOf(suite: Suite | File): Suite[] {
  return [suite, ...suite.tasks.flatMap((task) => (task.type === "suite" ? suitesOf(task) : []))];
}

/** Leaves tests out, and suites without any, so that their hooks do not run. */
function leaveOut(suite: Suite, isOut: (test: Test) => boolean): void {
  for (const task of suite.tasks) {
    if (task.type === "suite") leaveOut(task, isOut);
    else if (isOut(task)) task.mode = "skip";
  }
  if (suite.tasks.every(({ mode }) => mode === "skip")) suite.mode = "skip";
}

function configOf(root: string, timeoutMs: number): VitestRunner["config"] {
  return {
    root,
    name: undefined,
    setupFiles: [],
    passWithNoTests: true,
    testNamePattern: undefined,
    allowOnly: false,
    sequence: { seed: 1, hooks: "stack", setupFiles: "list" },
    chaiConfig: undefined,
    maxConcurrency: 1,
    testTimeout: timeoutMs,
    hookTimeout: timeoutMs,
    retry: 0,
    includeTaskLocation: false,
    tags: [],
    tagsFilter: undefined,
    strictTags: false,
  };
}
