import { MINUTE_MS } from "../core/due.ts";
import type { PrefixState } from "../core/prefix-state.ts";
import type { PrefixStore } from "./ports.ts";

/**
 * Whether a keep-alive of the live color has fallen due since a run began to work. While the run holds the lease no
 * tick can see to it, and a color that is filled beside the live one may hold it for long. Keep-alives fall due at
 * the starts of minutes, so that is how often it looks.
 */
export class DueMeanwhile {
  readonly #prefixes: Pick<PrefixStore, "due">;
  #lookedAt = 0;
  #latest = { minute: -1, isDue: false };

  constructor(prefixes: Pick<PrefixStore, "due">) {
    this.#prefixes = prefixes;
  }

  /** The run has read at this instant what is due. */
  lookedAt(now: number): void {
    this.#lookedAt = now;
    this.#latest = { minute: minuteOf(now), isDue: false };
  }

  /** @throws StateUnreadable */
  async isDue(now: number): Promise<boolean> {
    const minute = minuteOf(now);
    if (minute === this.#latest.minute) return this.#latest.isDue;
    const due = await this.#prefixes.due(now);
    const isDue = due.some((state) => isLive(state) && state.dueAt > this.#lookedAt);
    this.#latest = { minute, isDue };
    return isDue;
  }
}

/** What is not proven is in the run's own hands, and what is optional can wait for the next tick. */
function isLive({ required, beside, provenAt, stopped }: PrefixState): boolean {
  return required && beside !== true && provenAt !== undefined && stopped === undefined;
}

function minuteOf(instant: number): number {
  return Math.floor(instant / MINUTE_MS);
}
