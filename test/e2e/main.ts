/**
 * Runs the scenario against a target, by default ministack: the real CDK deploys the real stack into an AWS emulator
 * that this project did not write. Everything listens on 127.0.0.1 and ends with this process.
 *
 * Run it with `npm run test:e2e`, or `npm run test:e2e -- localemu` or `local-engine`. What a target cannot show is in README.md.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { capabilityTable } from "./capabilities.ts";
import { Unavailable } from "./emulator/prerequisites.ts";
import { startEmulatorTarget } from "./emulator/target.ts";
import { startLocalEngine } from "./local-engine/target.ts";
import { LOCALEMU } from "./localemu/product.ts";
import { MINISTACK } from "./ministack/product.ts";
import { lastLines } from "./processes.ts";
import { scenario } from "./scenario/scenario.ts";
import { runSteps } from "./steps.ts";
import type { Target } from "./target.ts";

const CACHE = fileURLToPath(new URL("../../.warmer/e2e/", import.meta.url));

/** Each wait has its own bound; this one holds whatever they add up to. */
const MOST_MS = 1_800_000;

const TARGETS: Readonly<Record<string, (directory: string) => Target | Promise<Target>>> = {
  ministack: (directory) => startEmulatorTarget(MINISTACK, directory, CACHE),
  localemu: (directory) => startEmulatorTarget(LOCALEMU, directory, CACHE),
  "local-engine": startLocalEngine,
};

// Its advice about Node's version is not this run's subject.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

async function main(directory: string, name: string): Promise<boolean> {
  const start = TARGETS[name];
  if (start === undefined)
    throw new Error(`the target must be one of ${Object.keys(TARGETS).join(", ")}, got ${name}`);
  const startedAt = performance.now();
  const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  const target = await start(directory);
  console.log(`ready          ${target.name} (${seconds()})`);
  const { passed, failed, leftOut, notRun } = await runSteps(target.name, scenario(target), console.log);
  if (failed > 0) console.log(`\nThe end of the log of ${target.name}:\n${lastLines(target.log(), 40)}\n`);
  await target.stop();

  console.log(`\nWhat each target can show:\n${capabilityTable()}\n`);
  const counts = `${passed} passed, ${failed} failed, ${leftOut} left out, ${notRun} not run`;
  console.log(
    `end-to-end on ${target.name}: ${failed === 0 ? "PASSED" : "FAILED"} in ${seconds()}: ${counts}`,
  );
  return failed === 0;
}

const directory = mkdtempSync(join(tmpdir(), "warmer-e2e-"));
const leave = (code: number) => {
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  // What is still running ends with this process.
  process.exit(code);
};
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => leave(1));
setTimeout(() => {
  console.log(`end-to-end: FAILED, not over within ${MOST_MS / 1000} s`);
  leave(1);
}, MOST_MS).unref();

try {
  leave((await main(directory, process.argv[2] ?? "ministack")) ? 0 : 1);
} catch (error) {
  if (error instanceof Unavailable) {
    console.log(`end-to-end: SKIPPED, nothing was deployed: ${error.message}`);
    leave(0);
  }
  console.log(`end-to-end: FAILED: ${error instanceof Error ? error.message : String(error)}`);
  leave(1);
}
