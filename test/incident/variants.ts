/** The synthesized stack with something changed in its template: other limits, or a part that somebody broke. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll } from "vitest";
import type { WarmerConfig } from "../../lib/core/config.ts";

export interface AssemblyOnDisk {
  readonly directory: string;
  readonly stack: string;
}

/** A template as far as these tests change it. */
export interface Template {
  readonly Resources: Record<string, { readonly Type: string; readonly Properties: Record<string, unknown> }>;
  readonly Outputs: Record<string, unknown>;
}

const written: string[] = [];
afterAll(() => {
  for (const directory of written) rmSync(directory, { recursive: true });
});

/** Writes the assembly once more with a changed template; the bundles stay where they are. @returns its directory */
export function withTemplate(
  { directory, stack }: AssemblyOnDisk,
  change: (template: Template) => void,
): string {
  const read = (name: string) => JSON.parse(readFileSync(join(directory, name), "utf8"));
  const variant = mkdtempSync(join(tmpdir(), "warmer-variant-"));
  written.push(variant);
  const template = read(`${stack}.template.json`) as Template;
  change(template);
  writeFileSync(join(variant, `${stack}.template.json`), JSON.stringify(template));
  const assets = read(`${stack}.assets.json`) as { files: Record<string, { source: { path: string } }> };
  for (const { source } of Object.values(assets.files)) source.path = resolve(directory, source.path);
  writeFileSync(join(variant, `${stack}.assets.json`), JSON.stringify(assets));
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
