/**
 * Plays many stories on every core: `npm run sim -- --seeds N [--from SEED] [--json]`. Ends with 1 if an invariant was
 * broken or a planted bug was not caught; progress and stories go to stderr.
 */
import { parseArgs } from "node:util";
import { FAULTS, SIMULATED } from "./fault-table.ts";
import { PLANTED_BUGS } from "./planted-bugs.ts";
import { onAllCores, playOnAllCores } from "./pool.ts";
import { shrink } from "./shrink.ts";
import { storyOf } from "./story.ts";
import { tell } from "./tell.ts";

/** So many broken stories are shrunk and told; more say no more. */
const TOLD = 5;

const usage = "usage: npm run sim -- --seeds N [--from SEED] [--json]";

function wholeNumber(name: string, value: string, least: number): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= least) return number;
  console.error(`--${name} must be a whole number of at least ${least}, got ${value.slice(0, 40)}\n${usage}`);
  process.exit(2);
}

function argumentsOf(): { readonly seeds: number; readonly from: number; readonly json: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        seeds: { type: "string", default: "1000" },
        from: { type: "string", default: "0" },
        json: { type: "boolean", default: false },
      },
    });
    const { seeds, from, json } = values;
    return { seeds: wholeNumber("seeds", seeds, 1), from: wholeNumber("from", from, 0), json };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
    process.exit(2);
  }
}

const { seeds, from, json } = argumentsOf();
const startedAt = performance.now();
const { broken, faults } = await playOnAllCores(from, seeds, ({ seeds: done, broken: so }) => {
  if (done % 1_000 === 0) console.error(`${done} of ${seeds} seeds, ${so.length} broken`);
});
const seconds = (performance.now() - startedAt) / 1_000;
for (const { seed } of broken.slice(0, TOLD)) console.error(tell(await shrink(storyOf(seed))));

const missed: string[] = [];
await onAllCores(PLANTED_BUGS, async (thread, bug) => {
  if ((await thread.catches(bug)) === undefined) missed.push(bug.name);
});
for (const name of missed) console.error(`not caught: ${name}`);
const plantedBugs = { total: PLANTED_BUGS.length, caught: PLANTED_BUGS.length - missed.length };
const report = {
  seeds,
  violations: broken.length,
  faults,
  plantedBugs,
  seconds: Math.round(seconds * 10) / 10,
};

if (json) console.log(JSON.stringify(report));
else {
  for (const code of SIMULATED)
    console.log(`${code.padEnd(4)} ${String(faults[code]).padStart(9)}  ${FAULTS[code].what}`);
  console.log(
    `${seeds} seeds in ${report.seconds} s (${Math.round(seeds / seconds)} a second), ${broken.length} violations; ` +
      `${plantedBugs.caught} of ${plantedBugs.total} planted bugs caught`,
  );
}
process.exitCode = broken.length > 0 || plantedBugs.caught < plantedBugs.total ? 1 : 0;
