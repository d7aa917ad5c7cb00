/** The release before this one, built from history: its bundles are too large to keep. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { WarmerOptions } from "../../lib/core/config.ts";

/**
 * What was deployed before. Move it on with each release: a table must survive one step, forth and back, and a
 * difference of two releases is made of steps.
 */
export const PREVIOUS_RELEASE = "c76c03d8f1ffead4780539173e1862e88cc38d86";

const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

/** A release on disk: what `cdk deploy` would take, and its command line. */
export interface Release {
  readonly assembly: { readonly directory: string; readonly stack: string };
  /** Path of its `warmer.mjs`. */
  readonly warmer: string;
  remove(): void;
}

/** Whether the commit is in this clone: a shallow one, or an archive, has no history. */
export function hasHistory(): boolean {
  try {
    git("cat-file", "-e", `${PREVIOUS_RELEASE}^{commit}`);
    return true;
  } catch {
    return false;
  }
}

/** Builds the previous release, with the packages of this one. */
export function buildPreviousRelease(options: WarmerOptions): Release {
  const directory = mkdtempSync(join(tmpdir(), "warmer-previous-"));
  const archive = join(directory, "release.tar");
  git("archive", "--output", archive, PREVIOUS_RELEASE);
  execFileSync("tar", ["-xf", archive, "-C", directory]);
  rmSync(archive);
  symlinkSync(join(REPOSITORY, "node_modules"), join(directory, "node_modules"));
  // Its own synthesis, in a process of its own: two releases of the CDK part do not share one.
  const script = join(directory, "build.mjs");
  writeFileSync(
    script,
    `import { synthesize } from "./bin/synthesize.ts";
     const { directory, stack } = synthesize(JSON.parse(process.argv[2]));
     process.stdout.write(JSON.stringify({ directory, stack }));`,
  );
  const printed = execFileSync(process.execPath, ["--import", "tsx", script, JSON.stringify(options)], {
    cwd: directory,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const assembly = JSON.parse(printed) as Release["assembly"];
  return {
    assembly,
    warmer: join(directory, "bin/warmer.mjs"),
    remove: () => {
      for (const path of [assembly.directory, directory]) rmSync(path, { recursive: true, force: true });
    },
  };
}

// --- internal ---

function git(...args: readonly string[]): void {
  execFileSync("git", ["-C", REPOSITORY, ...args], { stdio: "ignore" });
}
