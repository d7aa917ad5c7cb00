import assert from "node:assert/strict";
import { join } from "node:path";
import type { ExitCode } from "../../bin/exit.ts";
import { lastLines, run, type Where } from "./processes.ts";
import { REPOSITORY } from "./repository.ts";

export const WARMER = join(REPOSITORY, "bin/warmer.mjs");
const WARMER_MS = 180_000;

/**
 * Runs `warmer --json …` and returns what it printed.
 *
 * @param warmer path of the command @default - that of this repository
 * @throws Error if it ends with another exit code
 */
export async function runWarmer<T>(
  args: readonly string[],
  expected: ExitCode,
  where: Where,
  warmer = WARMER,
): Promise<T> {
  const command = [warmer, "--json", ...args];
  const { code, stdout, stderr } = await run(process.execPath, command, { ...where, timeoutMs: WARMER_MS });
  const said = lastLines(`${stderr}\n${code === expected ? "" : stdout}`, 8);
  assert.equal(code, expected, `exit code of warmer ${args.join(" ")}: ${said}`);
  return (stdout === "" ? undefined : JSON.parse(stdout)) as T;
}
