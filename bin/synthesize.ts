import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib/core";
import cdkJson from "../cdk.json" with { type: "json" };
import { WarmerStack } from "../lib/cdk/warmer-stack.ts";
import type { WarmerOptions } from "../lib/core/config.ts";
import { warmerStackName } from "../lib/core/stack-outputs.ts";

/** A synthesized stack on disk: template and bundles, as `cdk deploy` would take them. */
export interface Assembly {
  readonly directory: string;
  readonly stack: string;
  remove(): void;
}

/** Synthesizes the real stack in this process: no network, no Docker, no account. */
export function synthesize(warmer: WarmerOptions): Assembly {
  // The built-in template validation costs seconds; `cdk synth` and a test of its own run it.
  process.env["CDK_VALIDATION"] = "false";
  const directory = mkdtempSync(join(tmpdir(), "warmer-assembly-"));
  const app = new App({ outdir: directory, context: cdkJson.context, analyticsReporting: false });
  const stack = new WarmerStack(app, warmerStackName(warmer.service, warmer.environment), { warmer });
  app.synth();
  return {
    directory,
    stack: stack.artifactId,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
