import { availableParallelism, loadavg } from "node:os";
import { max, median, min } from "simple-statistics";
import { type Assembly, synthesize } from "../../bin/synthesize.ts";
import { flipRuns, steadyMinutes, worstMinutes } from "./cases.ts";
import { OPTIONS, type Ran } from "./warmer.ts";

const PREFIXES = 47_000;
const DEFAULT_RUNS = 3;

const CASES: Readonly<Record<string, (assembly: Assembly, runs: number) => Promise<Ran[]>>> = {
  steady: (assembly, runs) => steadyMinutes(assembly, PREFIXES, runs),
  flip: (assembly, runs) => flipRuns(assembly, PREFIXES, runs),
  worst: (assembly, runs) => worstMinutes(assembly, PREFIXES, runs),
};

function spread(runs: readonly Ran[], of: (ran: Ran) => number) {
  const all = runs.map(of);
  const rounded = (value: number) => Number(value.toFixed(1));
  return { min: rounded(min(all)), median: rounded(median(all)), max: rounded(max(all)) };
}

function runsOf(args: readonly string[]): number {
  const given = Number(args[args.indexOf("--runs") + 1]);
  return args.includes("--runs") && Number.isInteger(given) && given > 0 ? given : DEFAULT_RUNS;
}

async function main(args: readonly string[]): Promise<void> {
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
  const isJson = args.includes("--json");
  const wanted = args.filter((name) => name in CASES);
  const assembly = synthesize(OPTIONS);
  const results: Record<string, object> = {
    machine: { cpus: availableParallelism(), node: process.version, loadBefore: loadavg()[0] },
  };
  try {
    for (const name of wanted.length === 0 ? Object.keys(CASES) : wanted) {
      const runs = (await CASES[name]?.(assembly, runsOf(args))) ?? [];
      results[name] = {
        seconds: spread(runs, ({ seconds }) => seconds),
        cpuSeconds: spread(runs, ({ cpuSeconds }) => cpuSeconds),
        memoryMB: spread(runs, ({ memoryMB }) => memoryMB),
        writeUnits: spread(runs, ({ table }) => table.writeUnits),
        readUnits: spread(runs, ({ table }) => table.readUnits),
        runs: runs.map(({ report, table, seconds }) => ({ seconds, ...table, report })),
      };
      if (!isJson) console.dir({ [name]: results[name] }, { depth: 6 });
    }
    if (isJson) console.log(JSON.stringify(results));
  } finally {
    assembly.remove();
  }
}

await main(process.argv.slice(2));
