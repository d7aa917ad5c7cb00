import { max, median, min } from "simple-statistics";
import type { Assembly } from "../../bin/synthesize.ts";
import { DEFAULT_CONCURRENCY } from "../../lib/core/config-defaults.ts";
import { type FlipTimes, FlipWarmer, type Start } from "./warmer.ts";

/** Flips of one kind. */
export interface Case {
  readonly prefixes: number;
  /** Requests in flight at once. */
  readonly concurrency: number;
  readonly start: Start;
  readonly runs: number;
}

/** What flips of one kind took: medians, and the least and the most of what varies. */
export interface Measured extends Case {
  readonly secondsToWarm: number;
  readonly secondsBeyondProvider: number;
  readonly secondsToFill: number;
  readonly spread: {
    readonly secondsToWarm: readonly [number, number];
    readonly secondsBeyondProvider: readonly [number, number];
  };
  readonly awsRequests: number;
  readonly cpuSeconds: number;
  readonly memoryMB: number;
}

const MOST_IN_FLIGHT = 256;

/** What this project recommends: each prefix its own request, as far as the configuration allows. */
function recommended(prefixes: number): number {
  return Math.min(MOST_IN_FLIGHT, Math.max(DEFAULT_CONCURRENCY, prefixes));
}

/**
 * The headline comes first. It is the cold start, which is the harder case: a change event finds a warm instance
 * unless a tick is under way. 1,000 prefixes with the default would take longer than one run may.
 */
export const CASES: ReadonlyMap<number, readonly Omit<Case, "prefixes">[]> = new Map([
  [1, [{ concurrency: recommended(1), start: "cold", runs: 3 }]],
  [
    50,
    [
      { concurrency: recommended(50), start: "cold", runs: 3 },
      { concurrency: recommended(50), start: "warm", runs: 3 },
      { concurrency: DEFAULT_CONCURRENCY, start: "cold", runs: 1 },
    ],
  ],
  [1_000, [{ concurrency: recommended(1_000), start: "cold", runs: 2 }]],
]);

/** Measures cases of one number of prefixes, on one deployment. */
export async function measureFlips(
  assembly: Assembly,
  prefixes: number,
  cases: readonly Omit<Case, "prefixes">[],
): Promise<Measured[]> {
  const warmer = await FlipWarmer.live(assembly, prefixes, recommended(prefixes));
  try {
    const measured: Measured[] = [];
    for (const one of cases) {
      const flips: FlipTimes[] = [];
      for (let run = 0; run < one.runs; run++) flips.push(await warmer.flip(one.concurrency, one.start));
      measured.push(summed({ prefixes, ...one }, flips));
    }
    return measured;
  } finally {
    await warmer.stop();
  }
}

function summed(one: Case, flips: readonly FlipTimes[]): Measured {
  const toWarm = flips.map((flip) => flip.toWarm);
  const beyond = flips.map((flip) => flip.toWarm - flip.provider);
  return {
    ...one,
    secondsToWarm: rounded(median(toWarm)),
    secondsBeyondProvider: rounded(median(beyond)),
    secondsToFill: rounded(median(flips.map((flip) => flip.toFill))),
    spread: {
      secondsToWarm: [rounded(min(toWarm)), rounded(max(toWarm))],
      secondsBeyondProvider: [rounded(min(beyond)), rounded(max(beyond))],
    },
    awsRequests: Math.round(median(flips.map((flip) => flip.awsRequests))),
    cpuSeconds: rounded(median(flips.map((flip) => flip.cpuSeconds))),
    memoryMB: max(flips.map((flip) => flip.memoryMB)),
  };
}

function rounded(seconds: number): number {
  return Number(seconds.toFixed(2));
}
