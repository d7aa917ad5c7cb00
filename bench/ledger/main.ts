/**
 * What the ledger costs: `npm run bench:ledger`, for machines with `--json`. Everything runs in this process, DynamoDB
 * as dynalite: the seconds say how workers get in each other's way, not how fast AWS is. The requests are exact.
 */
import { requestsPerPrefix } from "./requests.ts";
import { reservationsPerSecond } from "./reservations.ts";
import { CONCURRENCY } from "./warmer.ts";

const WORKERS = [1, 4, 8];
const DUE = [1, 100, 10_000];
const RUNS = 5;
const RESERVATIONS = 200;
const AIM_AT_10_000 = 0.1;

interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

async function repeated(measure: () => Promise<number>): Promise<Spread> {
  const values: number[] = [];
  for (let run = 0; run < RUNS; run++) values.push(await measure());
  values.sort((a, b) => a - b);
  const at = (index: number) => values[index] ?? Number.NaN;
  return { min: at(0), median: at(Math.floor(RUNS / 2)), max: at(RUNS - 1) };
}

async function main(json: boolean): Promise<void> {
  const say = (line: string) => {
    if (!json) process.stdout.write(`${line}\n`);
  };
  const reservations: Record<string, number> = {};
  say(`reservations per second, each settled (${RUNS} runs of ${RESERVATIONS}; min, median, max)`);
  await reservationsPerSecond(1, RESERVATIONS);
  for (const workers of WORKERS) {
    const { min, median, max } = await repeated(() => reservationsPerSecond(workers, RESERVATIONS));
    reservations[workers] = Math.round(median);
    say(`  ${workers} workers  ${min.toFixed(0)}  ${median.toFixed(0)}  ${max.toFixed(0)}`);
  }
  const requests: Record<string, number> = {};
  say(
    `DynamoDB requests per touched prefix: a tick of keep-alives, ${CONCURRENCY} in flight, a fresh instance`,
  );
  for (const due of DUE) {
    const perPrefix = await requestsPerPrefix(due);
    requests[due] = Number(perPrefix.toFixed(4));
    const aim = due === 10_000 ? `  (aim: at most ${AIM_AT_10_000})` : "";
    say(`  ${due} due  ${perPrefix.toFixed(4)}${aim}`);
  }
  if (json)
    process.stdout.write(
      `${JSON.stringify({ reservationsPerSecond: reservations, requestsPerPrefix: requests })}\n`,
    );
}

await main(process.argv.includes("--json"));
