import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RINGS, type Ring } from "./groups.ts";
import type { Report } from "./score.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const HERE = fileURLToPath(new URL(".", import.meta.url));
const SCRATCH = ".warmer/mutation";

export interface Choice {
  /** Paths of the files to mutate, from the root; all are of one ring. */
  readonly files: readonly string[];
  /** Paths of the test files to run. @default those of the ring */
  readonly tests?: readonly string[];
  /** Run one of this many mutants; 1 runs all. */
  readonly sample: number;
  readonly concurrency: number;
  /** Use results of earlier runs where neither the code nor its tests have changed. */
  readonly incremental: boolean;
}

/** TypeScript files below a folder, as paths from the root, in order. */
export function filesIn(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .sort();
}

/** Stryker has a folder of its own, since it is large and nothing else needs it: installed where it is missing. */
export function installStryker(): void {
  const pinned = (JSON.parse(readFileSync(join(HERE, "package.json"), "utf8")) as Manifest).dependencies;
  const installed = join(HERE, "node_modules/@stryker-mutator/core/package.json");
  const isThere =
    existsSync(installed) &&
    (JSON.parse(readFileSync(installed, "utf8")) as Manifest).version === pinned?.["@stryker-mutator/core"];
  if (!isThere) execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: HERE, stdio: "inherit" });
}

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Runs Stryker on files of one ring with that ring's tests, and reads its report. */
export function runStryker(ring: Ring, choice: Choice): Report {
  const scope = choice.tests === undefined ? ring : `${ring}-groups`;
  const name = choice.sample === 1 ? scope : `${scope}-sample-${choice.sample}`;
  const config = join(SCRATCH, `${name}.config.json`);
  const report = join(SCRATCH, `${name}.json`);
  mkdirSync(join(ROOT, SCRATCH), { recursive: true });
  writeFileSync(join(ROOT, config), JSON.stringify(configOf(ring, choice, name, report), null, 2));
  const { status } = spawnSync(
    process.execPath,
    [join(HERE, "node_modules/@stryker-mutator/core/bin/stryker.js"), "run", config],
    // Its workers load the plugins, which are TypeScript.
    { cwd: ROOT, stdio: ["ignore", 2, 2], env: { ...process.env, NODE_OPTIONS: "--import tsx" } },
  );
  if (status !== 0) throw new Error(`Stryker ended with ${status} on ${ring}; it says why above`);
  return JSON.parse(readFileSync(join(ROOT, report), "utf8")) as Report;
}

function configOf(ring: Ring, choice: Choice, name: string, report: string) {
  const { tests, without } = RINGS[ring];
  const left: readonly string[] = without;
  return {
    mutate: choice.files,
    tests: (choice.tests ?? filesIn(tests, ".test.ts")).filter((file) => !left.includes(file)),
    without,
    plugins: [join(HERE, "stryker-runner.ts"), join(HERE, "sample.ts")],
    testRunner: "in-process",
    checkers: choice.sample === 1 ? [] : ["sample"],
    sample: choice.sample,
    coverageAnalysis: "perTest",
    concurrency: choice.concurrency,
    incremental: choice.incremental,
    incrementalFile: join(SCRATCH, `${name}.incremental.json`),
    reporters: ["json", "progress-append-only"],
    jsonReporter: { fileName: report },
    tempDirName: join(SCRATCH, `${name}.tmp`),
    ignorePatterns: ["/.warmer", "/cdk.out"],
    // The files run as they are; Stryker would rewrite the configuration with a TypeScript that has a JavaScript API.
    tsconfigFile: "none",
    disableTypeChecks: false,
    // It does not know the options of the plugins here.
    warnings: false,
    // A busy machine is no endless loop: a mutant has the time of its tests, four times over, and a minute.
    timeoutFactor: 4,
    timeoutMS: 60_000,
    dryRunTimeoutMinutes: 60,
    maxTestRunnerReuse: 0,
  };
}
