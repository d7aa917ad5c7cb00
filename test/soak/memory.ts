/** Whether the memory of function processes stays flat. */
import { linearRegression } from "simple-statistics";

/** What a process held after a garbage collection: see heap.cjs. */
export interface Sample {
  readonly function: string;
  readonly pid: number;
  /** Virtual instant, ms since the epoch. */
  readonly at: number;
  /** Invocations of this process so far. */
  readonly invocations: number;
  /** Bytes that JavaScript holds, on the heap and outside of it. */
  readonly heap: number;
  /** Bytes of the whole process. */
  readonly rss: number;
}

/** How the memory of one process went, judged over the second half of its samples. */
export interface Trend {
  readonly function: string;
  readonly pid: number;
  readonly invocations: number;
  /** Bytes at the end. */
  readonly heap: number;
  readonly rss: number;
  /** Bytes that the second half added, by the line of least squares. */
  readonly heapGrowth: number;
  readonly rssGrowth: number;
}

/** With fewer samples in its second half a process was too short to say anything about. */
const LEAST_SAMPLES = 8;

/**
 * What a half may add: the noise of a process that holds nothing longer than an invocation. A leak of one prompt in a
 * hundred invocations would pass it within a day.
 */
export const FLAT = { heapBytes: 2_000_000, rssShare: 0.15 };

export function trendsOf(samples: readonly Sample[]): Trend[] {
  const byProcess = new Map<number, Sample[]>();
  for (const sample of samples) {
    byProcess.set(sample.pid, [...(byProcess.get(sample.pid) ?? []), sample]);
  }
  return [...byProcess.values()].flatMap((all) => {
    const half = all.slice(Math.floor(all.length / 2));
    const [first, last] = [half[0], half.at(-1)];
    if (half.length < LEAST_SAMPLES || first === undefined || last === undefined) return [];
    const growth = (bytes: (sample: Sample) => number) =>
      linearRegression(half.map((sample) => [sample.invocations, bytes(sample)])).m *
      (last.invocations - first.invocations);
    const { function: name, pid, invocations, heap, rss } = last;
    return [
      {
        function: name,
        pid,
        invocations,
        heap,
        rss,
        heapGrowth: growth((sample) => sample.heap),
        rssGrowth: growth((sample) => sample.rss),
      },
    ];
  });
}

export function isFlat({ heapGrowth, rss, rssGrowth }: Trend): boolean {
  return heapGrowth <= FLAT.heapBytes && rssGrowth <= FLAT.rssShare * rss;
}
