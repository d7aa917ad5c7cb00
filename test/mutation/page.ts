import { EQUIVALENTS, whyEquivalent } from "./equivalents.ts";
import { GROUP_AIM, GROUP_NAMES, GROUPS, groupOf, OVERALL_AIM } from "./groups.ts";
import { type Count, type Estimate, groupCount, overallOf, type Survivor, scoreOf, sum } from "./score.ts";

export interface Results {
  readonly counts: ReadonlyMap<string, Count>;
  readonly survivors: readonly Survivor[];
  /** One of this many mutants outside the groups was run. */
  readonly sample: number;
  /** How many files there are; where fewer were run, nothing is said of everything. */
  readonly files: number;
}

const percent = (score: number | undefined) => (score === undefined ? "-" : score.toFixed(1));

/** docs/mutation.md, from the results of a run. */
export function pageOf({ counts, survivors, sample, files: all }: Results): string {
  const overall = counts.size === all ? overallOf(counts) : undefined;
  const { killed, survived, left } = sum(counts.values());
  const files = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  const explained = survivors.filter((survivor) => whyEquivalent(survivor) !== undefined);
  return `# Mutation tests

Written by \`npm run mutation -- --write\`${sample === 1 ? "" : `, with \`--sample ${sample}\``}. Stryker changes the code of \`lib/core\` and \`lib/app\` in one place, a mutant, and runs the tests that reach it; a test that fails has found it. The score is the share that was found.

- \`npm run mutation\` runs all; \`-- --group ledger\`, \`-- --files lib/core/due.ts\` a part; \`-- --sample 10\` the groups and a tenth of the rest; \`-- --survivors\` lists what was not found. What neither code nor tests have changed since is not run again; \`--fresh\` runs all anew, as it must for new tests of what is made at load.
- It ends with 1 where a group is below ${GROUP_AIM} % or everything below ${OVERALL_AIM} %.
- Stryker is installed beside its script, in \`test/mutation\`, at the first run. The mutants run in one process with Vitest's own collector and matchers, each on freshly loaded code: a second of work a mutant becomes some hundredths.
- A mutant of \`lib/core\` must be found by \`test/core\`, one of \`lib/app\` by \`test/app\`, in the groups by the tests of its own use case: other tests would find more. Left out are the tests that take seconds each (\`test/mutation/groups.ts\`).
- Every kind of change counts, also those of texts. Properties run with a fixed seed, so that the score can be repeated.

## Scores

| what | found | survived | score, % | aim |
|---|---:|---:|---:|---:|
${GROUP_NAMES.map((group) => {
  const count = groupCount(counts, group);
  return `| ${group} (${GROUPS[group].map((file) => `\`${file.slice(4)}\``).join(", ")}) | ${count?.killed ?? "-"} | ${count?.survived ?? "-"} | ${percent(count && scoreOf(count))} | ${GROUP_AIM} |`;
}).join("\n")}
| **${counts.size === all ? "everything" : "together"}** | ${killed} | ${survived} | **${percent(overall?.score)}** | ${OVERALL_AIM} |

${counts.size < all ? `Only the ${counts.size} files below were run, of ${all}: of everything no score is known.` : left === 0 ? "All mutants were run." : sampleText(overall, killed + survived, left)}

## Survivors with a reason

Of the ${survivors.length} survivors these ${explained.length} change nothing that a caller could see.

| file | line | becomes | why no test can find it |
|---|---|---|---|
${EQUIVALENTS.map(
  ({ file, line, becomes, why }) =>
    `| \`${file}\` | ${code(line)} | ${becomes === undefined ? "anything" : code(becomes)} | ${why} |`,
).join("\n")}

## By file

| file | group | found | survived | not run | score, % |
|---|---|---:|---:|---:|---:|
${files
  .map(
    ([file, count]) =>
      `| \`${file}\` | ${groupOf(file) ?? ""} | ${count.killed} | ${count.survived} | ${count.left} | ${percent(scoreOf(count))} |`,
  )
  .join("\n")}
`;
}

function sampleText(overall: Estimate | undefined, run: number, left: number): string {
  const range = overall && `${percent(overall.low)} and ${percent(overall.high)} %`;
  return `The groups were run whole, of the rest a sample that a hash of each mutant chooses: ${run} of ${run + left} mutants. The score of everything is therefore an estimate; it lies between ${range} in 95 of 100 such samples.`;
}

function code(text: string): string {
  return `\`\` ${text.replaceAll("|", "\\|")} \`\``;
}
