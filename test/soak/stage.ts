/** A deployed warmer that lives through simulated days: the real template and bundles, with a look into their memory. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { synthesize } from "../../bin/synthesize.ts";
import { initWarmer } from "../../lib/app/init.ts";
import { resolveConfig, type WarmerConfig, type WarmerOptions } from "../../lib/core/config.ts";
import { type LocalWarmer, startLocalWarmer } from "../../lib/local/local-warmer.ts";
import type { Sample } from "./memory.ts";

const HEAP = fileURLToPath(new URL("heap.cjs", import.meta.url));

/** The beginning of a UTC day: one day's ledger is the whole of a run of 24 hours. */
export const START = Date.UTC(2026, 10, 20);

export const MODEL = "claude-sonnet-5-5";
export const TOKENS = 1_200;

/** Room for dozens of whole fills a day: what ends the spending here are faults, not limits. */
const USD_PER_PREFIX = { hour: 0.1, day: 1 };

/** A collection of garbage every so many invocations: some hundred samples of a function in a day. */
const SAMPLE_EVERY = 10;

export interface Stage extends LocalWarmer {
  readonly config: WarmerConfig;
  /** What the processes of the functions have held so far. */
  samples(): Sample[];
}

export async function startStage(prefixes: number, seed: string): Promise<Stage> {
  const warmer: WarmerOptions = {
    service: "soak",
    environment: "test",
    colors: ["blue", "green"],
    expected: { prefixes, tokensPerPrefix: TOKENS, model: MODEL, ttl: "1h" },
    costGuardrails: {
      maxHourlyFillCost: 1 + USD_PER_PREFIX.hour * prefixes,
      maxDailyFillCost: 10 + USD_PER_PREFIX.day * prefixes,
    },
    concurrency: 32,
    notify: ["ops@example.com"],
  };
  const config = resolveConfig(warmer);
  const directory = mkdtempSync(join(tmpdir(), "warmer-soak-"));
  const file = join(directory, "samples.jsonl");
  const assembly = synthesize(warmer);
  lookIntoMemory(join(assembly.directory, `${assembly.stack}.template.json`), file);
  const local = await startLocalWarmer({
    assembly: assembly.directory,
    stack: assembly.stack,
    config,
    startAt: START,
    seed,
    provider: { latency: () => ({ firstByteMs: 700, totalMs: 900 }) },
  });
  await initWarmer(local.operator, "blue", "init");
  return {
    ...local,
    config,
    samples: () => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").map(toSample) : []),
    stop: async () => {
      await local.stop();
      assembly.remove();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

// --- internal ---

/** Node loads heap.cjs before the bundle, which stays as it is. */
function lookIntoMemory(templateFile: string, samples: string): void {
  const template = JSON.parse(readFileSync(templateFile, "utf8")) as {
    readonly Resources: Readonly<
      Record<
        string,
        {
          readonly Type: string;
          readonly Properties: { Environment: { Variables: Record<string, unknown> } };
        }
      >
    >;
  };
  for (const { Type: type, Properties: properties } of Object.values(template.Resources)) {
    if (type !== "AWS::Lambda::Function") continue;
    Object.assign(properties.Environment.Variables, {
      NODE_OPTIONS: `--require ${JSON.stringify(HEAP)}`,
      SOAK_SAMPLES: samples,
      SOAK_SAMPLE_EVERY: String(SAMPLE_EVERY),
    });
  }
  writeFileSync(templateFile, JSON.stringify(template));
}

function toSample(line: string): Sample {
  return JSON.parse(line) as Sample;
}
