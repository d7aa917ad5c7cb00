/** The stack of other options, with the bundles that are there already: bundling them again costs seconds. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib/core";
import cdkJson from "../../cdk.json" with { type: "json" };
import { WarmerStack } from "../../lib/cdk/warmer-stack.ts";
import type { WarmerOptions } from "../../lib/core/config.ts";
import type { AssemblyOnDisk, Template } from "../support/template-variant.ts";
import { withTemplate } from "./variants.ts";

/**
 * @param add what else the stack has
 * @returns the directory of an assembly
 */
export function withOptions(
  assembly: AssemblyOnDisk,
  warmer: WarmerOptions,
  add: (stack: WarmerStack) => void = () => {},
): string {
  const { Resources: resources, Outputs: outputs } = synthesizeUnbundled(assembly.stack, warmer, add);
  return withTemplate(assembly, ({ Resources: bundled, Outputs: bundledOutputs }) => {
    for (const [id, { Type: type, Properties: properties }] of Object.entries(resources))
      if (type === "AWS::Lambda::Function") properties["Code"] = codeFor(id, bundled);
    for (const id of Object.keys(bundled)) delete bundled[id];
    Object.assign(bundled, resources);
    Object.assign(bundledOutputs, outputs);
  });
}

/** A logical id ends in eight characters of a digest; a partition's function has the name of the partition before. */
function codeFor(id: string, bundled: Template["Resources"]): unknown {
  const [, like] =
    Object.entries(bundled).find(
      ([other, { Type: type }]) => type === "AWS::Lambda::Function" && id.startsWith(other.slice(0, -8)),
    ) ?? [];
  return like?.Properties["Code"];
}

function synthesizeUnbundled(
  name: string,
  warmer: WarmerOptions,
  add: (stack: WarmerStack) => void,
): Template {
  // The built-in template validation costs seconds; a test of its own runs it.
  process.env["CDK_VALIDATION"] = "false";
  const outdir = mkdtempSync(join(tmpdir(), "warmer-unbundled-"));
  try {
    const context = { ...cdkJson.context, "aws:cdk:bundling-stacks": [] };
    const app = new App({ outdir, context, analyticsReporting: false });
    const stack = new WarmerStack(app, name, { warmer });
    add(stack);
    return app.synth().getStackArtifact(stack.artifactId).template;
  } finally {
    rmSync(outdir, { recursive: true });
  }
}
