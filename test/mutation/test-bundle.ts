import { createRequire } from "node:module";
import { join } from "node:path";
import { Script } from "node:vm";
import * as runner from "@vitest/runner";
import { build, type Metafile } from "esbuild";
import { createExpect } from "./expect.ts";

/** Loads one test file, by its path from the root; what it imports of the project is loaded with it. */
export type Load = (file: string) => void;

/** `require` gives these as a namespace, whose default export a bundle for Node does not look for: they are bundled. */
const ESM_ONLY = /^p-map$/;

export interface TestBundle {
  /** A life of its own for the code, as a fresh process would give it; packages are loaded once and shared. */
  readonly fresh: () => Load;
  /** Whether a test file loads a file of the project, itself or through others; both as paths from the root. */
  readonly reaches: (test: string, file: string) => boolean;
}

/** Test files with the project's code that they import, as one script that is compiled once. */
export async function bundleTests(root: string, files: readonly string[]): Promise<TestBundle> {
  const entries = files.map((file) => `${JSON.stringify(file)}: () => require("./${file}"),`);
  const fromRoot = createRequire(join(root, "package.json"));
  const { outputFiles, metafile } = await build({
    stdin: { contents: `module.exports = {${entries.join("\n")}}`, resolveDir: root, loader: "js" },
    bundle: true,
    write: false,
    metafile: true,
    absWorkingDir: root,
    format: "cjs",
    platform: "node",
    target: "node20",
    packages: "external",
    plugins: [
      {
        name: "bundle ESM-only packages",
        setup: ({ onResolve }) =>
          onResolve({ filter: ESM_ONLY }, ({ path }) => ({ path: fromRoot.resolve(path) })),
      },
    ],
    logLevel: "error",
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error(`nothing was bundled of ${files.length} test files`);
  const script = new Script(`(function (module, require) {${output.text}\n})`, { filename: "tests.js" });
  const vitest = { ...runner, expect: createExpect() };
  const require = (id: string) => (id === "vitest" ? vitest : fromRoot(id));
  // A property that fails is a killed mutant, small or not; a fixed seed makes the score repeatable.
  fromRoot("fast-check").configureGlobal({ seed: 1, endOnFailure: true });
  const fresh = () => {
    const module: { exports: Readonly<Record<string, () => void>> } = { exports: {} };
    script.runInThisContext()(module, require);
    return (file: string) => {
      const load = module.exports[file];
      if (load === undefined) throw new Error(`${file} is not among the bundled tests`);
      load();
    };
  };
  const loaded = new Map(files.map((file) => [file, loadedBy(file, metafile.inputs)]));
  return { fresh, reaches: (test, file) => loaded.get(test)?.has(file) ?? false };
}

function loadedBy(file: string, inputs: Metafile["inputs"]): ReadonlySet<string> {
  const found = new Set([file]);
  for (const path of found) {
    for (const { path: next, external } of inputs[path]?.imports ?? [])
      if (external !== true) found.add(next);
  }
  return found;
}
