/**
 * What a release sees: `npm run bench:flip`, for machines with `--json`. Two to three minutes.
 *
 * **Seconds to warm** (wall clock): from the write of the live-color parameter to the answer of the last confirming
 * read, for releases whose prompts of 4,000 to 12,000 tokens nobody has filled. The warm function's own bundle runs
 * in a process, and its provider really holds back its answers, by `latencyBySize` (an assumption: 0.5 to 3 s).
 * Beyond the provider: that, less the least time in which any warmer with as many requests in flight could have done
 * it, 2 s before the confirming read included; `least-time.ts` has the formula. Counting tokens counts against us.
 * In it: start of Node and load of the bundle (a cold instance), every request to DynamoDB, SSM and CloudWatch as this
 * machine answers them. Not in it: delivery of the change event, Lambda's own start of an instance, the network. The
 * number of requests to AWS stands beside, for whoever wants to add their own latency.
 *
 * **First-minute hit rate** (virtual time, deterministic): the application's own, token-weighted, in the 60 s after a
 * flip; 50 prompts by Zipf's law, 600 requests a minute, median of five seeds. A flip through the gate, one by a
 * pipeline that only writes the parameter, and no warmer at all.
 *
 * **Middleware**: what recorder and guard together add to a request of 400 kB, and the size of `lib/client`, minified.
 */
import { availableParallelism, loadavg } from "node:os";
import { max, median, min } from "simple-statistics";
import { type Assembly, synthesize } from "../../bin/synthesize.ts";
import { measureMiddleware } from "../middleware.ts";
import { type FirstMinute, firstMinute, LANES, type Lane } from "./first-minute.ts";
import { CASES, type Measured, measureFlips } from "./seconds.ts";
import { OPTIONS } from "./warmer.ts";

const SEEDS = ["1", "2", "3", "4", "5"];
const AIM_BEYOND_SECONDS = 5;
const AIM_HIT_RATE = 0.99;
const AIM_MIDDLEWARE_MS = 5;

type Say = (line: string) => void;

async function prefixes(assembly: Assembly, say: Say): Promise<Record<string, object>> {
  const results: Record<string, object> = {};
  say("seconds from the parameter's write (median, and least to most)");
  for (const [count, cases] of CASES) {
    const measured = await measureFlips(assembly, count, cases);
    for (const one of measured) say(`  ${flipText(one)}`);
    const [headline, ...others] = measured;
    results[count] = { ...headline, others };
  }
  say(`  (aim for 50 prefixes: at most ${AIM_BEYOND_SECONDS} s beyond the provider)`);
  return results;
}

function flipText({ prefixes: count, concurrency, start, runs, spread, ...one }: Measured): string {
  const range = ([least, most]: readonly [number, number]) => `${least} to ${most}`;
  return [
    `${count} prefix${count === 1 ? "" : "es"}, ${concurrency} in flight, ${start} instance, ${runs} run${runs === 1 ? "" : "s"}:`,
    `filled ${one.secondsToFill}, warm ${one.secondsToWarm} (${range(spread.secondsToWarm)}),`,
    `beyond the provider ${one.secondsBeyondProvider} (${range(spread.secondsBeyondProvider)});`,
    `${one.awsRequests} AWS requests, ${one.cpuSeconds} s of processor, ${one.memoryMB} MB`,
  ].join(" ");
}

async function hitRates(assembly: Assembly, say: Say) {
  say(
    "the application's hit rate in the first minute after a flip (median, and least to most of five seeds)",
  );
  const rates = { gated: 0, flippedWithoutGate: 0, noWarmer: 0 };
  const spread: Partial<Record<Lane, object>> = {};
  for (const lane of LANES) {
    const minutes: FirstMinute[] = [];
    for (const seed of SEEDS) minutes.push(await firstMinute(lane, assembly, seed));
    const all = minutes.map(({ hitRate }) => hitRate);
    const [least, most] = [rounded(min(all), 4), rounded(max(all), 4)];
    rates[lane] = rounded(median(all), 4);
    const requestsWarm = rounded(median(minutes.map(({ warmRequests }) => warmRequests)), 4);
    spread[lane] = { least, most, requestsWarm };
    const aim = lane === "gated" ? `  (aim: at least ${AIM_HIT_RATE})` : "";
    say(`  ${lane}  ${rates[lane]}  (${least} to ${most}; by requests ${requestsWarm})${aim}`);
  }
  return { ...rates, spread };
}

async function middleware(say: Say) {
  const { milliseconds, bytes, spread } = await measureMiddleware();
  const { both, ...each } = milliseconds;
  say(`middleware, a prompt of 400 kB: ${both} ms (aim: at most ${AIM_MIDDLEWARE_MS}), ${bytes} bytes`);
  return { milliseconds: both, bytes, each, spread };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

async function main(json: boolean): Promise<void> {
  const say: Say = (line) => {
    if (!json) process.stdout.write(`${line}\n`);
  };
  // The SDK warns on Node 20 that releases after January 2027 need Node 22.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
  const machine = { cpus: availableParallelism(), node: process.version, loadBefore: loadavg()[0] };
  const assembly = synthesize(OPTIONS);
  try {
    const results = {
      prefixes: await prefixes(assembly, say),
      firstMinuteHitRate: await hitRates(assembly, say),
      middleware: await middleware(say),
      machine,
    };
    if (json) process.stdout.write(`${JSON.stringify(results)}\n`);
  } finally {
    assembly.remove();
  }
}

await main(process.argv.includes("--json"));
