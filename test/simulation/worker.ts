import { parentPort } from "node:worker_threads";
import { playSeeds, type Tally } from "./batch.ts";
import { caughtBySeed, PLANTED_BUGS } from "./planted-bugs.ts";

/** What a thread is asked: to play some seeds, or to look for the story that shows a planted bug. */
export type Task = { readonly from: number; readonly count: number } | { readonly bug: string };

export type Answer = Tally | number | undefined;

async function answerTo(task: Task): Promise<Answer> {
  if ("count" in task) return playSeeds(task.from, task.count);
  const bug = PLANTED_BUGS.find(({ name }) => name === task.bug);
  if (bug === undefined) throw new RangeError(`no planted bug is called ${task.bug}`);
  return caughtBySeed(bug);
}

parentPort?.on("message", async (task: Task) => {
  parentPort?.postMessage(await answerTo(task));
});
