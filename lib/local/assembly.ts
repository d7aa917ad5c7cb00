/** Reads one stack out of a synthesized cloud assembly (`cdk.out`). */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as z from "zod/mini";

export interface Assembly {
  readonly template: unknown;
  /** Where the bundle lies that the template knows as an object in the assets bucket. @param key its S3 key */
  codeDirectory(key: string): string;
}

const manifest = z.looseObject({
  files: z.record(
    z.string(),
    z.looseObject({
      source: z.looseObject({ path: z.string() }),
      destinations: z.record(z.string(), z.looseObject({ objectKey: z.string() })),
    }),
  ),
});

/**
 * @param directory the assembly, for example `cdk.out`.
 * @param stack the stack's artifact name in it.
 * @throws when there is no such stack, or when a bundle that the template names is not in the assembly.
 */
export function readAssembly(directory: string, stack: string): Assembly {
  const templateFile = join(directory, `${stack}.template.json`);
  if (!existsSync(templateFile))
    throw new Error(
      `${directory} has no ${stack}.template.json. Run \`npx cdk synth\` first, or name another stack.`,
    );
  const { files } = manifest.parse(JSON.parse(readFileSync(join(directory, `${stack}.assets.json`), "utf8")));
  return {
    template: JSON.parse(readFileSync(templateFile, "utf8")),
    codeDirectory: (key) => {
      const file = Object.values(files).find(({ destinations }) =>
        Object.values(destinations).some(({ objectKey }) => objectKey === key),
      );
      if (file === undefined)
        throw new Error(`${stack}.assets.json in ${directory} has no asset for the key ${key}.`);
      return resolve(directory, file.source.path);
    },
  };
}
