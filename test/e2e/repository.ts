import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Change } from "./target.ts";

export const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

/** Path of one of the example prompts. */
export function examplePrompt(name: string): string {
  return join(REPOSITORY, "examples/support-agent/prompts", name);
}

/**
 * Makes a copy of `bin/` whose `warmer.config.ts` differs from the repository's in some options; the rest of the
 * repository is linked.
 *
 * @returns the app for `cdk --app`, and the configuration for `warmer --config`
 */
export function changedApp(
  directory: string,
  change: Change,
): { readonly app: string; readonly config: string } {
  mkdirSync(directory);
  cpSync(join(REPOSITORY, "bin"), join(directory, "bin"), { recursive: true });
  for (const name of ["lib", "lambda", "node_modules", "cdk.json", "package.json"]) {
    symlinkSync(join(REPOSITORY, name), join(directory, name));
  }
  const config = join(directory, "warmer.config.ts");
  writeFileSync(
    config,
    `import base from ${JSON.stringify(join(REPOSITORY, "warmer.config.ts"))};\n` +
      `export default { ...base, ...${JSON.stringify(change)} };\n`,
  );
  return { app: `npx tsx ${join(directory, "bin/app.ts")}`, config };
}
