import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { shown } from "../../lib/core/received.ts";
import { whyEquivalent } from "./equivalents.ts";
import {
  GROUP_AIM,
  GROUP_NAMES,
  GROUP_TESTS,
  GROUPS,
  type Group,
  groupOf,
  OVERALL_AIM,
  RINGS,
} from "./groups.ts";
import { pageOf, type Results } from "./page.ts";
import { type Count, countsOf, groupCount, overallOf, scoreOf, survivorsOf } from "./score.ts";
import { filesIn, installStryker, runStryker } from "./stryker.ts";

/** Whether tests would notice a change of the code: `npm run mutation`, described in docs/mutation.md. */
const PAGE = new URL("../../docs/mutation.md", import.meta.url);

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

function allFiles(): readonly string[] {
  return Object.values(RINGS).flatMap(({ folder }) => filesIn(folder, ".ts"));
}

function chosenFiles(): readonly string[] {
  const all = allFiles();
  const groups = args.group?.split(",").flatMap((name) => {
    if (!Object.hasOwn(GROUPS, name))
      throw new Error(`--group: must be of ${GROUP_NAMES.join(", ")}, received ${shown(name)}`);
    return GROUPS[name as Group] as readonly string[];
  });
  const chosen = [...(groups ?? []), ...(args.files?.split(",") ?? [])];
  const unknown = chosen.find((file) => !all.includes(file));
  if (unknown !== undefined)
    throw new Error(`--files: must be files of lib/core or lib/app, received ${shown(unknown)}`);
  return chosen.length === 0 ? all : [...new Set(chosen)];
}

function atLeastOne(option: "sample" | "concurrency"): number {
  const value = Number(args[option]);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${option}: must be a whole number from 1, received ${shown(args[option])}`);
  return value;
}

const NO_MUTANTS: Count = { killed: 0, survived: 0, left: 0 };

function measure(files: readonly string[], sample: number): Results {
  const concurrency = atLeastOne("concurrency");
  const inGroups = files.filter((file) => groupOf(file) !== undefined);
  const others = files.filter((file) => groupOf(file) === undefined);
  // The groups are always run whole: they are few, and what must hold best.
  const parts = [
    { ring: "core", files: inGroups, sample: 1 },
    { ring: "app", files: inGroups, sample: 1, tests: GROUP_TESTS },
    { ring: "core", files: others, sample },
    { ring: "app", files: others, sample },
  ] as const;
  const reports = parts.flatMap(({ ring, ...part }) => {
    const ofRing = part.files.filter((file) => file.startsWith(`${RINGS[ring].folder}/`));
    const choice = { ...part, files: ofRing, concurrency, incremental: !args.fresh };
    return ofRing.length === 0 ? [] : [runStryker(ring, choice)];
  });
  // With what earlier runs knew, a report may hold more files than were asked for; of files of types it holds none.
  const counted = reports.flatMap((report) => [...countsOf(report)]).filter(([file]) => files.includes(file));
  return {
    counts: new Map([...files.map((file) => [file, NO_MUTANTS] as const), ...counted]),
    survivors: reports.flatMap(survivorsOf).filter(({ file }) => files.includes(file)),
    sample,
    files: allFiles().length,
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
if (args.write && args.files !== undefined)
  throw new Error(`--write: needs whole groups, received --files ${shown(args.files)}`);
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
