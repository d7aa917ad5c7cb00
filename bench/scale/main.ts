/**
 * 47,000 prefixes in one minute: `npm run bench:scale [-- steady|flip|worst] [--prefixes N] [--runs N] [--json]`. Several minutes each.
 *
 * The warm function's own bundle runs in a process with the heap that Lambda gives it, before dynalite and a provider
 * that really holds back its answers (`latencyBySize`, an assumption). Between it and dynalite stands what counts the
 * units that DynamoDB would bill, and refuses what one partition key does not take in a second.
 *
 * - **steady**: 47,000 required 1h prefixes, of which one minute's share is due: read, sent with 256 in flight, written
 *   back. Other prefixes each time, so that no body is in memory; the first run is that of a new instance.
 * - **flip**: the run that sees another color with as many prefixes that nobody has filled, and the next ones.
 * - **worst**: all 47,000 are optional, and the application used every one of them in the last minute.
 */
import { availableParallelism, loadavg } from "node:os";
import { max, median, min } from "simple-statistics";
import { type Assembly, synthesize } from "../../bin/synthesize.ts";
import { flipRuns, steadyMinutes, worstMinutes } from "./cases.ts";
import { OPTIONS, type Ran } from "./warmer.ts";

const PREFIXES = 47_000;
const DEFAULT_RUNS = 3;

const AIM_SECONDS = 60;
const AIM_MB = 1_024;

/** Lambda gives 1,769 MB one processor, and less memory so much less of it (developer guide, read 2026-11). */
const PROCESSORS = AIM_MB / 1_769;

type Case = (assembly: Assembly, prefixes: number, runs: number) => Promise<Ran[]>;

const CASES: Readonly<Record<string, Case>> = { steady: steadyMinutes, flip: flipRuns, worst: worstMinutes };

interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

function measured(runs: readonly Ran[]) {
  return {
    seconds: spread(runs.map(({ seconds }) => seconds)),
    cpuSeconds: spread(runs.map(({ cpuSeconds }) => cpuSeconds)),
    memoryMB: spread(runs.map(({ memoryMB }) => memoryMB)),
    writeUnits: spread(runs.map(({ table }) => table.writeUnits)),
    readUnits: spread(runs.map(({ table }) => table.readUnits)),
    runs: runs.map(({ report, table, seconds }) => ({ seconds, ...table, report })),
  };
}

function spread(values: readonly number[]): Spread {
  const rounded = (value: number) => Number(value.toFixed(1));
  return { min: rounded(min(values)), median: rounded(median(values)), max: rounded(max(values)) };
}

function text(name: string, { seconds, cpuSeconds, memoryMB, runs }: ReturnType<typeof measured>): string {
  const range = ({ min: least, median: middle, max: most }: Spread) => `${middle} (${least} to ${most})`;
  const lambda = (cpuSeconds.max / PROCESSORS).toFixed(1);
  return [
    `${name}, ${runs.length} runs: ${range(seconds)} s, ${range(memoryMB)} MB (aim: ${AIM_SECONDS} s, ${AIM_MB} MB)`,
    `  ${range(cpuSeconds)} s of processor; the most of them take ${lambda} s of Lambda's share of one`,
    ...runs.map(
      ({ report, seconds: took, ...table }) =>
        `  ${took.toFixed(1)} s, ${report.outcome}: ${report.due} due, ${report.fills} fills, ${report.keepAlives} reads; ` +
        `${table.writeUnits} write units, at most ${table.peakWriteUnits} of one key in a second, ` +
        `${table.throttled} refused; ${table.readUnits} read units; ${JSON.stringify(table.requests)}`,
    ),
  ].join("\n");
}

function numberOf(args: readonly string[], option: string, otherwise: number): number {
  const given = args.includes(option) ? Number(args[args.indexOf(option) + 1]) : otherwise;
  if (!Number.isInteger(given) || given < 1) throw new Error(`${option} must be a whole number above 0`);
  return given;
}

async function main(args: readonly string[]): Promise<void> {
  // The SDK warns on Node 20 that releases after January 2027 need Node 22.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
  const isJson = args.includes("--json");
  const prefixes = numberOf(args, "--prefixes", PREFIXES);
  const count = numberOf(args, "--runs", DEFAULT_RUNS);
  const wanted = Object.keys(CASES).filter((name) => args.includes(name));
  const results: Record<string, object> = {
    machine: { cpus: availableParallelism(), node: process.version, loadBefore: loadavg()[0] },
  };
  const assembly = synthesize(OPTIONS);
  try {
    for (const name of wanted.length === 0 ? Object.keys(CASES) : wanted) {
      const result = measured((await CASES[name]?.(assembly, prefixes, count)) ?? []);
      results[name] = result;
      if (!isJson) process.stdout.write(`${text(`${name} of ${prefixes}`, result)}\n`);
    }
    if (isJson) process.stdout.write(`${JSON.stringify(results)}\n`);
  } finally {
    assembly.remove();
  }
}

await main(process.argv.slice(2));
