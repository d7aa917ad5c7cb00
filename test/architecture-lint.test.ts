import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

describe("Biome's own rule", () => {
  /** What each ring must not import, and some of what it may. */
  const PROBES: Readonly<Record<string, readonly [forbidden: string, allowed: string]>> = {
    core: [
      "../app/ports.ts ../aws/x.ts ../local/x.ts ../../lambda/warm.ts @aws-sdk/client-ssm @anthropic-ai/sdk aws-cdk-lib node:fs zod p-map",
      "./due.ts zod/mini simple-statistics node:crypto",
    ],
    app: [
      "../aws/x.ts ../provider/x.ts ../local/x.ts ../cdk/x.ts ../client/x.ts ../../lambda/warm.ts @aws-sdk/lib-dynamodb @smithy/types @aws-lambda-powertools/logger @anthropic-ai/sdk @anthropic-ai/sdk/core/error aws-cdk-lib/core constructs node:fs",
      "./ports.ts ../core/due.ts p-map",
    ],
    aws: [
      "../provider/x.ts ../local/x.ts ../cdk/x.ts ../../bin/app.ts aws-cdk-lib/core @anthropic-ai/sdk",
      "../core/due.ts ../app/ports.ts @aws-sdk/client-ssm @aws-lambda-powertools/logger node:zlib",
    ],
    provider: [
      "../aws/x.ts ../local/x.ts ../cdk/x.ts ../../bin/app.ts @aws-sdk/client-ssm aws-cdk-lib",
      "../core/due.ts ../app/ports.ts @anthropic-ai/sdk",
    ],
    client: [
      "../app/ports.ts ../aws/x.ts ../cdk/x.ts ../local/x.ts @aws-sdk/client-ssm aws-cdk-lib node:fs",
      "./x.ts ../core/prefix.ts @anthropic-ai/sdk",
    ],
    cdk: [
      "../app/ports.ts ../aws/x.ts ../provider/x.ts ../local/x.ts ../client/x.ts ../../lambda/warm.ts ../../bin/app.ts @aws-sdk/client-ssm @anthropic-ai/sdk",
      "../core/alarms.ts aws-cdk-lib/aws-lambda constructs node:url",
    ],
    local: [
      "../cdk/x.ts aws-cdk-lib/core constructs ../../lambda/warm.ts ../../bin/app.ts",
      "../core/due.ts node:http @smithy/types",
    ],
    "local/aws": ["../../cdk/x.ts", "./lambda.ts ../../core/due.ts"],
  };
  const probesOf = (which: 0 | 1) =>
    Object.entries(PROBES).flatMap(([ring, specifiers]) =>
      specifiers[which]
        .split(" ")
        .map((from, i) => ({ ring, from, path: `lib/${ring}/probe-${which}-${i}.ts` })),
    );
  const forbidden = probesOf(0);
  const allowed = probesOf(1);
  const reported = new Set<string>();

  /** One run of Biome with this repository's configuration over a tree of one-import files. */
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), "rings-"));
    try {
      await copyFile(join(ROOT, "biome.json"), join(folder, "biome.json"));
      for (const { path, from } of [...forbidden, ...allowed]) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), `import { x } from "${from}";\n\nexport const y = x;\n`);
      }
      for (const { location, category } of await diagnosticsOf(folder)) {
        if (category === "lint/style/noRestrictedImports") reported.add(location.path);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("is probed in every ring", () => {
    const folders = readdirSync(join(ROOT, "lib"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    expect(folders.length).toBeGreaterThan(5);
    expect(Object.keys(PROBES)).toEqual(expect.arrayContaining(folders));
  });

  it.each(forbidden)("reports in lib/$ring an import of $from", ({ path }) =>
    expect(reported).toContain(path),
  );

  it.each(allowed)("lets lib/$ring import $from", ({ path }) => expect(reported).not.toContain(path));
});

interface Diagnostic {
  readonly category: string;
  readonly location: { readonly path: string };
}

function diagnosticsOf(folder: string): Promise<readonly Diagnostic[]> {
  const biome = join(ROOT, "node_modules/@biomejs/biome/bin/biome");
  const options = ["--vcs-enabled=false", "--max-diagnostics=none", "--reporter=json"];
  return new Promise((resolve, reject) => {
    // It exits with 1, since there is something to report; what it says is on stdout all the same.
    execFile(
      process.execPath,
      [biome, "lint", ...options, "lib"],
      { cwd: folder },
      (_failed, stdout, stderr) => {
        try {
          resolve((JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics);
        } catch {
          reject(new Error(`Biome gave no report: ${stderr.slice(0, 500)}`));
        }
      },
    );
  });
}
