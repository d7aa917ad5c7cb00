import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { whyEquivalent } from "./equivalents.ts";
import { GROUP_AIM, GROUP_NAMES, GROUPS, type Group, OVERALL_AIM, RINGS, type Ring } from "./groups.ts";
import { pageOf, type Results } from "./page.ts";
import { countsOf, groupCount, overallOf, scoreOf, survivorsOf } from "./score.ts";
import { filesIn, installStryker, runStryker } from "./stryker.ts";

/** Whether tests would notice a change of the code: `npm run mutation`, described in docs/mutation.md. */
const PAGE = new URL("../../docs/mutation.md", import.meta.url);
const RING_NAMES = Object.keys(RINGS) as readonly Ring[];

const { values: args } = parseArgs({
  options: {
    files: { type: "string" },
    group: { type: "string" },
    sample: { type: "string", default: "1" },
    concurrency: { type: "string", default: "1" },
    fresh: { type: "boolean", default: false },
    survivors: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

function chosenFiles(): readonly string[] {
  const all = RING_NAMES.flatMap((ring) => filesIn(RINGS[ring].folder, ".ts"));
  const groups = args.group?.split(",").flatMap((name) => {
    if (!(name in GROUPS))
      throw new Error(`--group: must be of ${GROUP_NAMES.join(", ")}, received "${name}"`);
    return GROUPS[name as Group] as readonly string[];
  });
  const chosen = [...(groups ?? []), ...(args.files?.split(",") ?? [])];
  const unknown = chosen.find((file) => !all.includes(file));
  if (unknown !== undefined)
    throw new Error(`--files: must be files of lib/core or lib/app, received "${unknown}"`);
  return chosen.length === 0 ? all : [...new Set(chosen)];
}

function atLeastOne(option: "sample" | "concurrency"): number {
  const value = Number(args[option]);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${option}: must be a whole number from 1, received "${args[option]}"`);
  return value;
}

function measure(files: readonly string[], sample: number): Results {
  const reports = RING_NAMES.flatMap((ring) => {
    const ofRing = files.filter((file) => file.startsWith(`${RINGS[ring].folder}/`));
    const concurrency = atLeastOne("concurrency");
    return ofRing.length === 0
      ? []
      : [runStryker(ring, { files: ofRing, sample, concurrency, incremental: !args.fresh })];
  });
  return {
    // With what earlier runs knew, a report may hold more files than were asked for.
    counts: new Map(
      reports.flatMap((report) => [...countsOf(report)]).filter(([file]) => files.includes(file)),
    ),
    survivors: reports.flatMap(survivorsOf).filter(({ file }) => files.includes(file)),
    sample,
  };
}

/** What is below its aim; a part of the files has the aims of its whole groups only. */
function shortfalls({ counts }: Results, isAll: boolean): string[] {
  const groups = GROUP_NAMES.flatMap((group) => {
    const count = groupCount(counts, group);
    const score = count && scoreOf(count);
    return score !== undefined && score < GROUP_AIM
      ? [`${group}: ${score.toFixed(1)} % is below ${GROUP_AIM} %`]
      : [];
  });
  const overall = isAll ? overallOf(counts)?.score : undefined;
  return overall !== undefined && overall < OVERALL_AIM
    ? [...groups, `everything: ${overall.toFixed(1)} % is below ${OVERALL_AIM} %`]
    : groups;
}

function print(results: Results): void {
  for (const [file, count] of results.counts) {
    const score = scoreOf(count)?.toFixed(1) ?? "-";
    console.log(`${score.padStart(6)} %  ${count.killed} found, ${count.survived} survived  ${file}`);
  }
  const overall = overallOf(results.counts);
  if (overall !== undefined)
    console.log(
      `${overall.score.toFixed(1).padStart(6)} %  together, ${overall.low.toFixed(1)} to ${overall.high.toFixed(1)}`,
    );
  if (!args.survivors) return;
  for (const survivor of results.survivors) {
    const { file, line, text, mutator, replacement } = survivor;
    const why = whyEquivalent(survivor);
    console.log(`\n${file}:${line} ${mutator}${why === undefined ? "" : ` (${why})`}`);
    console.log(`  ${text}\n  becomes ${replacement}`);
  }
}

const files = chosenFiles();
const isAll = args.files === undefined && args.group === undefined;
if (args.write && !isAll)
  throw new Error("--write: needs a run over everything, received --files or --group");
installStryker();
const results = measure(files, atLeastOne("sample"));
if (args.json)
  console.log(
    JSON.stringify({
      ...results,
      counts: Object.fromEntries(results.counts),
      overall: overallOf(results.counts),
    }),
  );
else print(results);
if (args.write) writeFileSync(PAGE, pageOf(results));
const below = shortfalls(results, isAll);
for (const line of below) console.error(line);
process.exitCode = below.length === 0 ? 0 : 1;
