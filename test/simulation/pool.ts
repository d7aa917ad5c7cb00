import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { NOTHING, type Tally, together } from "./batch.ts";
import type { Portion } from "./worker.ts";

/** Enough seeds for a thread to be worth its message, few enough to end together. */
const PORTION = 100;

/**
 * Plays seeds on every core.
 *
 * @param progress hears of each portion that is done
 * @throws Error if a thread dies
 */
export async function playOnAllCores(
  from: number,
  count: number,
  progress: (soFar: Tally) => void = () => {},
): Promise<Tally> {
  const portions: Portion[] = [];
  for (let first = from; first < from + count; first += PORTION)
    portions.push({ from: first, count: Math.min(PORTION, from + count - first) });
  let sum = NOTHING;
  const threads = Math.min(availableParallelism(), portions.length);
  const work = Array.from({ length: threads }, () =>
    onThread(portions, (tally) => {
      sum = together(sum, tally);
      progress(sum);
    }),
  );
  await Promise.all(work);
  return { ...sum, broken: sum.broken.toSorted((a, b) => a.seed - b.seed) };
}

function onThread(portions: Portion[], done: (tally: Tally) => void): Promise<void> {
  const thread = new Worker(new URL("./worker.mjs", import.meta.url));
  const ended = new Promise<void>((resolve, reject) => {
    const next = () => {
      const portion = portions.shift();
      if (portion === undefined) resolve();
      else thread.postMessage(portion);
    };
    thread.on("message", (tally: Tally) => {
      done(tally);
      next();
    });
    thread.on("error", reject);
    next();
  });
  return ended.finally(() => thread.terminate());
}
