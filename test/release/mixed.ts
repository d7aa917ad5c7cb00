/** A deployment that has come half of the way: some functions are of one release, some of another. */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { withTemplate } from "../incident/variants.ts";
import type { AssemblyOnDisk } from "../support/template-variant.ts";

interface Assets {
  readonly files: Record<string, { readonly source: { path: string } }>;
}

/**
 * @param of whose template it is
 * @param other whose bundles, with their variables, the named functions run
 * @param functions beginnings of their logical ids
 * @returns directory of the assembly
 */
export function withFunctionsOf(
  of: AssemblyOnDisk,
  other: AssemblyOnDisk,
  functions: readonly string[],
): string {
  const read = ({ directory, stack }: AssemblyOnDisk, part: string) =>
    JSON.parse(readFileSync(join(directory, `${stack}.${part}.json`), "utf8"));
  const { Resources: theirs } = read(other, "template");
  const directory = withTemplate(of, ({ Resources: resources }) => {
    for (const [id, { Type: type, Properties: properties }] of Object.entries(resources)) {
      if (type !== "AWS::Lambda::Function" || !functions.some((start) => id.startsWith(start))) continue;
      for (const part of ["Code", "Handler", "Environment"]) properties[part] = theirs[id].Properties[part];
    }
  });
  const assets = read({ directory, stack: of.stack }, "assets") as Assets;
  for (const [key, asset] of Object.entries((read(other, "assets") as Assets).files)) {
    const path = resolve(other.directory, asset.source.path);
    assets.files[key] ??= { ...asset, source: { ...asset.source, path } };
  }
  writeFileSync(join(directory, `${of.stack}.assets.json`), JSON.stringify(assets));
  return directory;
}
