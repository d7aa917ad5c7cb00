import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

export interface AssemblyOnDisk {
  readonly directory: string;
  readonly stack: string;
}

/** A template as far as the tests change it. */
export interface Template {
  readonly Resources: Record<string, { readonly Type: string; readonly Properties: Record<string, unknown> }>;
  readonly Outputs: Record<string, unknown>;
}

/** Writes the assembly once more into an empty directory, with a changed template; the bundles stay where they are. */
export function writeVariant(
  { directory, stack }: AssemblyOnDisk,
  into: string,
  change: (template: Template) => void,
): void {
  const read = (name: string) => JSON.parse(readFileSync(join(directory, name), "utf8"));
  const template = read(`${stack}.template.json`) as Template;
  change(template);
  writeFileSync(join(into, `${stack}.template.json`), JSON.stringify(template));
  const assets = read(`${stack}.assets.json`) as { files: Record<string, { source: { path: string } }> };
  for (const { source } of Object.values(assets.files)) source.path = resolve(directory, source.path);
  writeFileSync(join(into, `${stack}.assets.json`), JSON.stringify(assets));
}
