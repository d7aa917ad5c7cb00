import { createWriteStream, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readTrace } from "../../bin/trace-file.ts";
import { POLICY_NAMES, policyNamed } from "../../lib/core/plan/policies.ts";
import { HINTS, type Hint } from "../../lib/core/replay/bill.ts";
import { optimaOf, type Score, score } from "../../lib/core/replay/compare.ts";
import { type Trace, TraceError } from "../../lib/core/replay/trace.ts";
import { flip } from "./flip.ts";
import { GENERATORS } from "./generators/index.ts";
import { SCALE, scale } from "./scale.ts";
import { asJson, asTable, type Row } from "./table.ts";

/** What one cold request is worth to the policies and in the column "at lambda", in uncached reads of its prefix. */
const LAMBDA = "0.5";
/** These are measured again with what a trace's optional columns say, all together and each by itself. */
const HINTED = ["adaptive", "adaptive-5m"];
/** Plain settings that the default policy must not be much worse than on any trace. */
const PLAIN = ["off", "off-1h", "ski-rental"];
const TENANTS = 47_000;
const COVERAGE = 0.93;

const USAGE = `npm run bench:policy -- --traces DIR [--json] [--decisions FILE] [--policies A,B] [--generators SEED] [--flip] [--scale]

  --traces DIR       every .csv and .csv.gz in DIR: t_seconds,prefix_id,prefix_tokens[,replaces][,stop_reason][,session_end][,closed]
  --generators SEED  generated traffic, instead of --traces or beside it
  --policies A,B     default: ${POLICY_NAMES.join(",")}
  --decisions FILE   one JSON line per decision of \`adaptive\`: trace, prefix, t, action, ttl
  --lambda N         what one cold request is worth to the policies and in "at lambda". Default: ${LAMBDA}
  --exact-starts     the recorder says when a minute's last request started, not only in which minute
  --flip             a flip of ${TENANTS} generated prefixes: writes for ${100 * COVERAGE} % first-minute hits (minutes)
  --scale            time and memory of one tick for ${SCALE.join(", ")} prefixes
  --json             {traces: [{name, requests, prefixes, policies}], geometricMean, worst}
`;

async function* tracesFrom(dir: string | undefined, seed: number | undefined): AsyncGenerator<Trace> {
  if (dir !== undefined) {
    if (!existsSync(dir)) throw new TraceError(`--traces must be a directory, got: ${dir.slice(0, 40)}.`);
    const files = readdirSync(dir)
      .filter((file) => /\.csv(\.gz)?$/.test(file))
      .sort();
    if (files.length === 0) throw new TraceError(`--traces holds no .csv or .csv.gz file: ${dir}.`);
    for (const file of files) yield await readTrace(join(dir, file));
  }
  if (seed !== undefined) {
    for (const generate of Object.values(GENERATORS)) yield generate({ seed });
  }
}

function measure(
  trace: Trace,
  names: readonly string[],
  lambda: number,
  exactStarts: boolean,
  log: ((line: string) => void) | undefined,
): Row {
  const optima = optimaOf(trace, lambda);
  const policies: Record<string, Score> = {};
  const hinted = hintSets(trace);
  for (const name of names) {
    policies[name] = score(trace, name, optima, lambda, {
      hints: [],
      exactStarts,
      ...(log && name === "adaptive"
        ? { onDecision: (decision) => log(JSON.stringify({ trace: trace.name, ...decision })) }
        : {}),
    });
    if (!HINTED.includes(name)) continue;
    for (const [set, hints] of hinted) {
      policies[`${name}+${set}`] = score(trace, name, optima, lambda, { hints, exactStarts });
    }
  }
  const plain = PLAIN.flatMap((name) => policies[name]?.ratio ?? []);
  const own = policies["adaptive"]?.ratio;
  return {
    name: trace.name,
    requests: trace.times.length,
    prefixes: new Set(trace.prefix).size,
    meanGapHours: meanGapHours(trace),
    ...(own !== undefined && plain.length === PLAIN.length && { overBestStatic: own - Math.min(...plain) }),
    policies,
  };
}

/** The optional columns that a trace has: all of them, and each alone if there are several. */
function hintSets({ replaces, ended, stop, closedDays }: Trace): [string, readonly Hint[]][] {
  const columns: Record<Hint, unknown> = {
    replaces,
    session_end: ended,
    stop_reason: stop,
    closed: closedDays,
  };
  const all = HINTS.filter((hint) => columns[hint] !== undefined);
  if (all.length === 0) return [];
  const alone = all.length > 1 ? all.map((hint): [string, readonly Hint[]] => [hint, [hint]]) : [];
  return [["hints", all], ...alone];
}

function meanGapHours({ times, prefix, ids }: Trace): number {
  const last = new Float64Array(ids.length).fill(Number.NaN);
  let [sum, gaps] = [0, 0];
  times.forEach((t, row) => {
    const at = prefix[row] as number;
    const before = last[at] as number;
    if (!Number.isNaN(before)) {
      sum += t - before;
      gaps++;
    }
    last[at] = t;
  });
  return gaps === 0 ? 0 : sum / gaps / 3600;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      traces: { type: "string" },
      generators: { type: "string" },
      policies: { type: "string" },
      lambda: { type: "string", default: LAMBDA },
      decisions: { type: "string" },
      "exact-starts": { type: "boolean", default: false },
      flip: { type: "boolean", default: false },
      scale: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const nothing =
    values.traces === undefined && values.generators === undefined && !values.flip && !values.scale;
  if (values.help || nothing) {
    process.stderr.write(USAGE);
    return values.help ? 0 : 2;
  }
  const names = values.policies?.split(",") ?? POLICY_NAMES;
  for (const name of names) policyNamed(name);
  const lambda = Number(values.lambda);
  if (!(lambda >= 0))
    throw new RangeError(`--lambda must be a number from 0 on, got: ${values.lambda.slice(0, 40)}.`);
  const file = values.decisions === undefined ? undefined : createWriteStream(values.decisions);
  const seed = values.generators === undefined ? undefined : Number(values.generators);
  const rows: Row[] = [];
  for await (const trace of tracesFrom(values.traces, seed)) {
    const log = file && ((line: string) => file.write(`${line}\n`));
    rows.push(measure(trace, names, lambda, values["exact-starts"], log));
  }
  await new Promise<void>((done) => (file === undefined ? done() : file.end(done)));
  const measured = {
    rows,
    lambda,
    flip: values.flip ? flip(seed ?? 1, TENANTS, COVERAGE) : undefined,
    scale: values.scale ? SCALE.map(scale) : undefined,
  };
  process.stdout.write(values.json ? asJson(measured) : asTable(measured));
  return 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof TraceError || error instanceof RangeError ? 2 : 1;
  },
);
