import type { TestProject } from "vitest/node";
import { synthesize } from "../../bin/synthesize.ts";
import { TEST_OPTIONS } from "./options.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The real stack, synthesized and bundled once for all tests. */
    assembly: { readonly directory: string; readonly stack: string };
  }
}

export default function setup(project: TestProject): () => void {
  const { directory, stack, remove } = synthesize(TEST_OPTIONS);
  project.provide("assembly", { directory, stack });
  return remove;
}
