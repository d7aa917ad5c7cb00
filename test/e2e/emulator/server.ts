import { readFileSync } from "node:fs";
import { request } from "node:https";
import { type AddressInfo, createServer } from "node:net";
import { dirname } from "node:path";
import { eventually, lastLines, start } from "../processes.ts";
import type { Certificate } from "./prerequisites.ts";
import type { Product } from "./product.ts";

export interface Emulator {
  /** `https://127.0.0.1:<port>` */
  readonly url: string;
  /** Its log, for whoever looks into a failure. */
  log(): string;
  stop(): Promise<void>;
}

/** LocalEmu loads a lot, which a busy machine makes ten times as long. */
const START_MS = 180_000;
const HEALTH_MS = 2_000;

/**
 * Starts an emulator on this machine's loopback address. With TLS, because the deployed policies refuse plain HTTP.
 *
 * @param options.providerUrl reaches the functions as `ANTHROPIC_BASE_URL`: they inherit the emulator's own
 *   environment, so neither the stack nor the deployed functions have to be changed for the simulated provider
 */
export async function startEmulator(
  product: Product,
  options: {
    readonly python: string;
    readonly certificate: Certificate;
    readonly directory: string;
    readonly providerUrl: string;
  },
): Promise<Emulator> {
  const { python, certificate, directory, providerUrl } = options;
  const port = await freePort();
  const { args, env } = product.command({ port, certificate, directory });
  const emulator = start(python, args, {
    cwd: directory,
    env: {
      PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
      HOME: directory,
      TMPDIR: directory,
      DOCKER_HOST: "unix:///nonexistent",
      ANTHROPIC_BASE_URL: providerUrl,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
      ...env,
    },
  });
  const { output: log, stop, ended } = emulator;
  let over = false;
  const end = () => {
    over = true;
  };
  void ended.then(end, end);
  const url = `https://127.0.0.1:${port}`;
  const ca = readFileSync(certificate.certFile, "utf8");
  await eventually("the emulator's health check", START_MS, async () => {
    if (over) throw new Error(`the emulator ended:\n${lastLines(log(), 10)}`);
    return (await isHealthy(`${url}${product.healthPath}`, ca)) ? true : undefined;
  });
  return { url, log, stop };
}

// --- internal ---

/** It may be taken before the emulator binds it; then the start fails and says so. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function isHealthy(url: string, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    request(url, { ca, signal: AbortSignal.timeout(HEALTH_MS) }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    })
      .once("error", () => resolve(false))
      .end();
  });
}
