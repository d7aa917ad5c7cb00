import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { max, median, min } from "simple-statistics";
import { synthesize } from "../bin/synthesize.ts";
import { FUNCTIONS } from "../lib/core/alarms.ts";
import { readAssembly } from "../lib/local/assembly.ts";
import options from "../warmer.config.ts";

/**
 * Size and import time of each function's bundle as `cdk synth` makes it, beside an empty handler. Import time is a
 * proxy for a cold start: a fresh Node process on this machine, modules of Node itself already loaded.
 */
const ROUNDS = 21;

const ENVIRONMENT = {
  ...process.env,
  WARMER_CONFIG: JSON.stringify(options),
  TABLE_NAME: "bench",
  TOPIC_ARN: "arn:aws:sns:us-east-1:123456789012:bench",
  WARM_FUNCTION_NAME: "bench",
  AWS_REGION: "us-east-1",
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
};

const PRELOAD =
  "require('node:http');require('node:https');require('node:crypto');require('node:stream');require('node:zlib');";

interface FunctionResource {
  readonly Type: string;
  readonly Properties: { readonly Code: { readonly S3Key: string } };
}

function importMs(file: string): number {
  const script = `${PRELOAD}const t=process.hrtime.bigint();require(${JSON.stringify(file)});console.log(Number(process.hrtime.bigint()-t)/1e6)`;
  return Number(execFileSync(process.execPath, ["-e", script], { env: ENVIRONMENT, encoding: "utf8" }));
}

const assembly = synthesize(options);
const scratch = mkdtempSync(join(tmpdir(), "warmer-bench-"));
try {
  const empty = join(scratch, "empty.js");
  writeFileSync(empty, "exports.handler = async () => {};\n");
  const { template, codeDirectory } = readAssembly(assembly.directory, assembly.stack);
  const bundles = [["empty", empty] as const, ...FUNCTIONS.map((name) => [name, bundleOf(name)] as const)];
  function bundleOf(name: string): string {
    const { Resources: resources } = template as { Resources: Record<string, FunctionResource> };
    const id = `Warmer${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    const found = Object.entries(resources).find(
      ([logicalId, { Type: type }]) => type === "AWS::Lambda::Function" && logicalId.startsWith(id),
    );
    return join(codeDirectory(found?.[1].Properties.Code.S3Key ?? id), "index.js");
  }
  const times = new Map<string, number[]>(bundles.map(([name]) => [name, []]));
  // Interleaved, so that a slow moment of the machine hits all of them.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, file] of bundles) times.get(name)?.push(importMs(file));
  }
  const rows = bundles.map(([name, file]) => {
    const code = readFileSync(file);
    const ms = times.get(name) ?? [];
    return {
      name,
      kB: Math.round(code.length / 1000),
      gzipKB: Math.round(gzipSync(code).length / 1000),
      medianMs: Number(median(ms).toFixed(1)),
      minMs: Number(min(ms).toFixed(1)),
      maxMs: Number(max(ms).toFixed(1)),
    };
  });
  if (process.argv.includes("--json")) console.log(JSON.stringify(rows, null, 2));
  else console.table(rows);
} finally {
  assembly.remove();
  rmSync(scratch, { recursive: true, force: true });
}
