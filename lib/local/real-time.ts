/** Lets an engine's time follow the wall clock, until somebody has seen enough. */
import { setTimeout as sleep } from "node:timers/promises";
import type { EventQueue, VirtualClock } from "./virtual-clock.ts";

export interface RealTimeOptions {
  /** Virtual milliseconds for each real one; above zero. */
  readonly speed: number;
  readonly signal: AbortSignal;
  /** @default Date.now */
  readonly wallNow?: () => number;
}

/** Runs what is due whenever it is, and leaves the clock standing at the end. */
export async function followWallClock(
  engine: {
    readonly clock: Pick<VirtualClock, "now" | "follow" | "stand">;
    readonly queue: Pick<EventQueue, "nextAt">;
    readonly runDue: (until: number) => Promise<void>;
  },
  { speed, signal, wallNow = Date.now }: RealTimeOptions,
): Promise<void> {
  const { clock, queue, runDue } = engine;
  clock.follow(wallNow, speed);
  while (!signal.aborted) {
    await runDue(clock.now());
    const untilNext = ((queue.nextAt() ?? Infinity) - clock.now()) / speed;
    // Not longer than this: a call from outside may plan something sooner.
    await sleep(Math.max(1, Math.min(untilNext, 20)), undefined, { signal }).catch(() => {});
  }
  clock.stand();
}
