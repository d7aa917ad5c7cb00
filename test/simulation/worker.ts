import { parentPort } from "node:worker_threads";
import { playSeeds } from "./batch.ts";

/** Some seeds to play. */
export interface Portion {
  readonly from: number;
  readonly count: number;
}

parentPort?.on("message", async ({ from, count }: Portion) => {
  parentPort?.postMessage(await playSeeds(from, count));
});
