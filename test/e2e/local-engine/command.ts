import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LOCAL_FILE, type LocalAccess } from "../../../bin/deployment.ts";
import type { ExitCode } from "../../../bin/exit.ts";
import { REGION } from "../../../lib/local/account.ts";
import type { Engine } from "../../../lib/local/engine.ts";
import { runWarmer, WARMER } from "../warmer-command.ts";

export const OPERATOR = { accessKeyId: "operator", secretAccessKey: "local" };

const SECOND = 1_000;

/** Real time that a waiting command gets for each virtual second, so that it looks often enough. */
const SECOND_TAKES_MS = 20;

/** These wait for what the functions do; every other command finds the clock standing. */
const WAITING = new Set(["flip", "gate"]);

/** The command line of one release, and where it runs. */
export interface CommandLine {
  /** Its working directory. */
  readonly directory: string;
  readonly config: string;
  /** Path of its `warmer.mjs`. @default - that of this repository */
  readonly warmer?: string;
}

/**
 * Runs `warmer --local --json …` in a process of its own, as against `warmer local`. Time stands still meanwhile, but
 * for commands that wait.
 *
 * @throws Error if it ends with another exit code
 */
export async function runLocalWarmer<T>(
  engine: Engine,
  { directory, config, warmer = WARMER }: CommandLine,
  args: readonly string[],
  expected: ExitCode,
): Promise<T> {
  const clock = { startAt: engine.now(), speed: 0 };
  const access: LocalAccess = { endpoint: engine.url, region: REGION, credentials: OPERATOR, clock };
  mkdirSync(join(directory, ".warmer"), { recursive: true });
  writeFileSync(join(directory, LOCAL_FILE), JSON.stringify(access));
  const env = { PATH: process.env["PATH"] ?? "", HOME: directory, WARMER_OPERATOR: "e2e" };
  let over = false;
  const running = runWarmer<T>(
    ["--local", "--config", config, ...args],
    expected,
    { cwd: directory, env },
    warmer,
  );
  const ended = () => {
    over = true;
  };
  running.then(ended, ended);
  while (WAITING.has(args[0] ?? "") && !over) {
    await engine.runUntil(engine.now() + SECOND);
    await sleep(SECOND_TAKES_MS);
  }
  return running;
}
