import { join } from "node:path";
import { runWell, type Where } from "../processes.ts";
import { REPOSITORY } from "../repository.ts";

const CDK = join(REPOSITORY, "node_modules/aws-cdk/bin/cdk");

/** Most of it is the synthesis, which a busy machine makes three times as long. */
const CDK_MS = 240_000;

/** Runs the CDK's own command line in this repository. @throws Error with the end of what it printed */
export async function cdk(args: readonly string[], env: Where["env"]): Promise<void> {
  await runWell(process.execPath, [CDK, ...args], { cwd: REPOSITORY, env, timeoutMs: CDK_MS });
}
