/** The synthesized stack with something changed in its template: other limits, or a part that somebody broke. */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import type { WarmerConfig } from "../../lib/core/config.ts";
import { type AssemblyOnDisk, type Template, writeVariant } from "../support/template-variant.ts";

/** Writes the assembly once more with a changed template; the bundles stay where they are. @returns its directory */
export function withTemplate(assembly: AssemblyOnDisk, change: (template: Template) => void): string {
  const variant = mkdtempSync(join(inject("scratch"), "variant-"));
  writeVariant(assembly, variant, change);
  return variant;
}

/** The assembly with other guardrails in the functions' environment. @returns its directory */
export function withGuardrails(
  assembly: AssemblyOnDisk,
  guardrails: Partial<WarmerConfig["guardrails"]>,
): string {
  return withTemplate(assembly, ({ Resources: resources }) => {
    for (const { Type: type, Properties: properties } of Object.values(resources)) {
      if (type !== "AWS::Lambda::Function") continue;
      const { Variables: variables } = properties["Environment"] as { Variables: Record<string, string> };
      const config = JSON.parse(variables["WARMER_CONFIG"] ?? "{}") as WarmerConfig;
      variables["WARMER_CONFIG"] = JSON.stringify({
        ...config,
        guardrails: { ...config.guardrails, ...guardrails },
      });
    }
  });
}
