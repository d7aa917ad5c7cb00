import { CONFIRM_AFTER_MS } from "../core/due.ts";
import type { Outcome } from "../core/outcome.ts";
import type { PrefixState } from "../core/prefix-state.ts";
import type { PrefixStore } from "./ports.ts";
import { REQUEST_TIMEOUT_MS, runWave, type TouchResult, type WaveContext } from "./wave.ts";

/** Attempts for one prefix in one run: the first, and one more after a busy answer. */
const MAX_ATTEMPTS = 2;

const RETRY_AFTER_MS = 1_000;

/** After this many failures in a row the provider is down; the next tick asks again. */
const BREAKER_OPENS_AT = 5;

/** Kept free at the end of a run to write what it learned. */
const CLOSING_MS = 5_000;

interface Waiting {
  readonly state: PrefixState;
  readonly notBefore: number;
  readonly attempts: number;
}

/**
 * Touches the due prefixes of one run, wave by wave, until nothing is left that this run can still do:
 * first touches, one retry after a busy answer, and the confirming read two seconds after a fill.
 * No two requests for one fingerprint are ever in flight: a prefix waits in the queue or is in the wave.
 */
export class TouchRounds {
  readonly #context: WaveContext;
  readonly #prefixes: PrefixStore;
  readonly #runId: string;
  #waves = 0;
  #failuresInRow = 0;

  constructor(context: WaveContext, prefixes: PrefixStore, runId: string) {
    this.#context = context;
    this.#prefixes = prefixes;
    this.#runId = runId;
  }

  /** @returns the last result of each touch, fills and their confirming reads apart, and why it ended early */
  async touch(due: readonly PrefixState[]): Promise<{ results: TouchResult[]; refusal?: Outcome }> {
    const { clock, deadlineAt } = this.#context;
    const results: TouchResult[] = due
      .filter((state) => state.stopped !== undefined)
      .map((state) => ({ state, outcome: state.stopped ?? "failed", sent: false, unexpectedFill: false }));
    let queue: Waiting[] = inOrder(due).map((state) => ({ state, notBefore: 0, attempts: 0 }));

    while (queue.length > 0) {
      const earliest = Math.min(...queue.map((waiting) => waiting.notBefore));
      if (Math.max(earliest, clock.now()) + REQUEST_TIMEOUT_MS + CLOSING_MS > deadlineAt) {
        // A confirming read can wait for the next tick; a first touch that had to wait is worth telling.
        const late = queue.filter(({ attempts, state }) => attempts === 0 && state.provenAt === undefined);
        return late.length > 0 ? { results, refusal: "deadline" } : { results };
      }
      if (earliest > clock.now()) await clock.sleep(earliest - clock.now());

      const now = clock.now();
      const ready = queue.filter((waiting) => waiting.notBefore <= now).slice(0, this.#waveSize());
      const wave = await runWave(
        this.#context,
        `${this.#runId}.w${++this.#waves}`,
        ready.map(({ state }) => state),
      );
      await this.#remember(wave.results);

      const attempts = new Map(ready.map((waiting) => [waiting.state.fingerprint, waiting.attempts + 1]));
      const unreserved = new Set(wave.rest.map((state) => state.fingerprint));
      const again = wave.results.flatMap((result) =>
        this.#again(result, attempts.get(result.state.fingerprint) ?? 1),
      );
      const retried = new Set(
        again.filter(({ attempts }) => attempts > 0).map(({ state }) => state.fingerprint),
      );
      results.push(...wave.results.filter(({ state }) => !retried.has(state.fingerprint)));
      queue = [
        ...queue.filter((waiting) => !ready.includes(waiting) || unreserved.has(waiting.state.fingerprint)),
        ...again,
      ];

      const halted = wave.results.find(
        ({ failure }) => failure?.directive === "stop" || failure?.directive === "pause",
      );
      if (halted !== undefined) return { results };
      if (wave.retryAt !== undefined && wave.retryAt + REQUEST_TIMEOUT_MS + CLOSING_MS <= deadlineAt) {
        await clock.sleep(wave.retryAt - clock.now());
        continue;
      }
      if (wave.refusal !== undefined) return { results, refusal: wave.refusal };
      this.#countFailures(wave.results);
      if (this.#failuresInRow >= BREAKER_OPENS_AT) return { results, refusal: "transient_failure" };
    }
    return { results };
  }

  /** Enough for `concurrency` requests in flight at all times, few enough to settle often. */
  #waveSize(): number {
    return Math.max(25, 4 * this.#context.config.concurrency);
  }

  /**
   * Prefix items are written by the holder of the lease. A run that lost it in the meantime only tells that
   * a prefix is due now: too early costs one read, too late costs a fill.
   */
  async #remember(results: readonly TouchResult[]): Promise<void> {
    const { session, clock } = this.#context;
    const mine = session.control.lease?.owner === this.#runId;
    const states = results.map(({ state }) =>
      mine ? state : { ...state, dueAt: Math.min(state.dueAt, clock.now()) },
    );
    if (states.length > 0) await this.#prefixes.save(states);
  }

  /** The same prefix once more in this run: a retry, or the read that confirms its fill. */
  #again({ state, sent, outcome, failure }: TouchResult, attempts: number): Waiting[] {
    const now = this.#context.clock.now();
    if (failure?.directive === "retry" && sent && attempts < MAX_ATTEMPTS) {
      return [{ state, notBefore: now + (failure.retryAfterMs ?? RETRY_AFTER_MS), attempts }];
    }
    // A second fill in a row is a loop, not a fill: it waits for the next tick instead of writing on.
    const awaitsProof =
      outcome === "warmed" &&
      state.provenAt === undefined &&
      state.fillsInRow === 1 &&
      state.dueAt <= now + CONFIRM_AFTER_MS;
    return awaitsProof ? [{ state, notBefore: state.dueAt, attempts: 0 }] : [];
  }

  #countFailures(results: readonly TouchResult[]): void {
    for (const { failure } of results) {
      this.#failuresInRow = failure?.directive === "retry" ? this.#failuresInRow + 1 : 0;
    }
  }
}

/** Required prefixes first, then those that have waited longest. */
function inOrder(due: readonly PrefixState[]): PrefixState[] {
  return due
    .filter((state) => state.stopped === undefined)
    .sort((a, b) => Number(b.required) - Number(a.required) || a.dueAt - b.dueAt);
}
