import { once } from "node:events";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { NOTHING, type Tally, together } from "./batch.ts";
import type { Bug } from "./bug.ts";
import type { Answer, Task } from "./worker.ts";

/** Enough seeds for a thread to be worth its message, few enough to end together. */
const PORTION = 100;

/**
 * A thread that plays stories. Its program is one bundle, made in memory: between modules each call looks its function
 * up in the other module's exports, which costs a quarter of a story's time.
 */
export class Thread {
  readonly #worker: Worker;

  private constructor(program: string) {
    this.#worker = new Worker(program, { eval: true });
  }

  static async start(): Promise<Thread> {
    return new Thread(await programOfThread());
  }

  /** Plays seeds as `playSeeds` does. @throws Error if the thread dies */
  async play(from: number, count: number): Promise<Tally> {
    return (await this.#ask({ from, count })) as Tally;
  }

  /** Looks for a bug as `caughtBySeed` does. @throws Error if the thread dies */
  async catches({ name }: Bug): Promise<number | undefined> {
    return (await this.#ask({ bug: name })) as number | undefined;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  async #ask(task: Task): Promise<Answer> {
    const ended = new AbortController();
    const { signal } = ended;
    this.#worker.postMessage(task);
    try {
      const [answer] = await Promise.race([
        once(this.#worker, "message", { signal }),
        once(this.#worker, "exit", { signal }).then(([code]) => {
          throw new Error(`a thread ended with ${code} before its answer`);
        }),
      ]);
      return answer;
    } finally {
      ended.abort();
    }
  }
}

async function programOfThread(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("./worker.ts", import.meta.url))],
    bundle: true,
    write: false,
    platform: "node",
    target: "node20",
    format: "cjs",
    logLevel: "error",
  });
  return outputFiles[0]?.text ?? "";
}

/** Lets a thread on every core take what is next until nothing is left. */
export async function onAllCores<Work>(
  work: readonly Work[],
  act: (thread: Thread, next: Work) => Promise<void>,
): Promise<void> {
  const left = [...work];
  const onThread = async () => {
    const thread = await Thread.start();
    try {
      for (let next = left.shift(); next !== undefined; next = left.shift()) await act(thread, next);
    } finally {
      await thread.end();
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), work.length) }, onThread));
}

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
  const portions = Array.from({ length: Math.ceil(count / PORTION) }, (_, index) => from + index * PORTION);
  let sum = NOTHING;
  await onAllCores(portions, async (thread, first) => {
    const tally = await thread.play(first, Math.min(PORTION, from + count - first));
    sum = together(sum, tally);
    progress(sum);
  });
  return { ...sum, broken: sum.broken.toSorted((a, b) => a.seed - b.seed) };
}
