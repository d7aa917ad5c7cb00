import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { synthesize } from "../../bin/synthesize.ts";
import { TEST_OPTIONS } from "./options.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The real stack, synthesized and bundled once for all tests. */
    assembly: { readonly directory: string; readonly stack: string };
    /** A directory for what tests write and nobody needs afterwards. */
    scratch: string;
  }
}

export default function setup(project: TestProject): () => void {
  const { directory, stack, remove } = synthesize(TEST_OPTIONS);
  const scratch = mkdtempSync(join(tmpdir(), "warmer-tests-"));
  project.provide("assembly", { directory, stack });
  project.provide("scratch", scratch);
  return () => {
    remove();
    rmSync(scratch, { recursive: true, force: true });
  };
}
