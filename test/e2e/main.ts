/**
 * Deploys the real stack with the real CDK into an AWS emulator that this project did not write, and operates it
 * with the real CLI against the simulated provider. Everything listens on 127.0.0.1 and ends with this process.
 *
 * Run it with `npm run test:e2e`. What it shows, and what the emulator cannot show, is in README.md beside it.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { resolveConfig } from "../../lib/core/config.ts";
import { startSimulatedProvider } from "../../lib/local/provider/server.ts";
import options from "../../warmer.config.ts";
import { openClients } from "./clients.ts";
import { Commands } from "./commands.ts";
import { startEmulator } from "./emulator.ts";
import { installation } from "./installation.ts";
import { operation } from "./operation.ts";
import { installEmulator, makeCertificate, Unavailable } from "./prerequisites.ts";
import { lastLines } from "./processes.ts";
import { runSteps } from "./steps.ts";
import { World } from "./world.ts";

const CACHE = fileURLToPath(new URL("../../.warmer/e2e/", import.meta.url));
const README = fileURLToPath(new URL("README.md", import.meta.url));

/** Each wait has its own bound; this one holds whatever they add up to. */
const MOST_MS = 600_000;

const API_KEY = "not-a-key-end-to-end";

// Its advice about Node's version is not this run's subject.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

async function main(directory: string): Promise<boolean> {
  const startedAt = performance.now();
  const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  const python = await installEmulator(CACHE);
  const certificate = await makeCertificate(directory);
  console.log(`ready          the emulator is installed (${seconds()})`);

  const provider = await startSimulatedProvider({
    keys: [{ key: API_KEY, workspace: "e2e", caller: "warmer" }],
    now: Date.now,
  });
  const emulator = await startEmulator({ python, certificate, directory, providerUrl: provider.url });
  console.log(`running        emulator ${emulator.url}, provider ${provider.url} (${seconds()})`);

  const world = new World({
    config: resolveConfig(options),
    provider,
    clients: openClients(emulator.url, certificate.certFile),
    commands: new Commands(directory, emulator.url, certificate.certFile),
    directory,
    apiKey: API_KEY,
  });
  const passed = await runSteps([...installation(world), ...operation(world)], console.log);
  if (!passed) console.log(`\nThe end of the emulator's log:\n${lastLines(emulator.log(), 40)}\n`);
  await emulator.stop();
  await provider.close();

  console.log(`\nWhat the emulator cannot show:\n${limits()}\n`);
  console.log(`end-to-end: ${passed ? "PASSED" : "FAILED"} in ${seconds()}`);
  return passed;
}

/** The table in README.md. */
function limits(): string {
  const lines = readFileSync(README, "utf8").split("\n");
  return lines.filter((line) => line.startsWith("|")).join("\n");
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
  leave((await main(directory)) ? 0 : 1);
} catch (error) {
  if (error instanceof Unavailable) {
    console.log(`end-to-end: SKIPPED, nothing was deployed: ${error.message}`);
    leave(0);
  }
  console.log(`end-to-end: FAILED: ${error instanceof Error ? error.message : String(error)}`);
  leave(1);
}
