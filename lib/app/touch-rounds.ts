import { CONFIRM_AFTER_MS } from "../core/due.ts";
import { slotOpensAt } from "../core/guardrails.ts";
import type { Outcome } from "../core/outcome.ts";
import { type PrefixState, waitsToRetry } from "../core/prefix-state.ts";
import { Breaker } from "./breaker.ts";
import type { PrefixStore } from "./ports.ts";
import { REQUEST_TIMEOUT_MS, runWave, type TouchResult, type WaveContext } from "./wave.ts";

/** Attempts for one prefix in one run: the first, and one more after a busy answer. */
const MAX_ATTEMPTS = 2;

const RETRY_AFTER_MS = 1_000;

/** A run waits no longer than this for a slot: the next tick is due then, and must find the lease free. */
const SLOT_PATIENCE_MS = 55_000;

/** Whoever waits looks this often whether another color is live by now. */
const LOOK_AGAIN_MS = 5_000;

/** Kept free at the end of a run to write what it learned. */
const CLOSING_MS = 5_000;

/** Enough of a run id to tell runs apart; 64 reservations with whole ones would not fit the control item. */
const RUN_ID_SHOWN = 13;

interface Waiting {
  readonly state: PrefixState;
  readonly notBefore: number;
  readonly attempts: number;
  /** How the last attempt failed: what is told of the prefix if there is no time for another one. */
  readonly failed?: TouchResult;
  /** The read that confirms a fill of this run: it can wait for the next tick. */
  readonly confirms?: true;
}

/** What is different of touches that the planner wants. */
export interface Planned {
  /**
   * Their limits leave room for what is required; `yields` says that they stop nothing; `ttls` are those that the
   * application writes with.
   */
  readonly context: Pick<WaveContext, "config" | "yields" | "ttls">;
  /** What becomes of a prefix after its touch, before it is saved. */
  readonly after: (result: TouchResult) => TouchResult;
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

  /** @param context its deadline is the end of the run */
  constructor(context: Omit<WaveContext, "breaker">, prefixes: PrefixStore, runId: string) {
    this.#context = { ...context, breaker: new Breaker(), deadlineAt: context.deadlineAt - CLOSING_MS };
    this.#prefixes = prefixes;
    this.#runId = runId;
  }

  /**
   * @param turned asked between two waves whether something else comes first by now, such as another live color: what is
   *   left is then not wanted any more, or comes again
   * @param planned for touches that the planner wants
   * @returns the last result of each touch, fills and their confirming reads apart, and why it ended early
   */
  async touch(
    due: readonly PrefixState[],
    turned: () => Promise<boolean>,
    planned?: Planned,
  ): Promise<{ results: TouchResult[]; refusal?: Outcome }> {
    const { clock, breaker } = this.#context;
    const results: TouchResult[] = due.flatMap((state) => {
      const outcome = state.stopped ?? (waitsToRetry(state, clock.now()) ? "partial" : undefined);
      return outcome === undefined ? [] : [{ state, outcome, sent: false, unexpectedFill: false }];
    });
    const idle = new Set(results.map(({ state }) => state));
    let queue: Waiting[] = inOrder(due.filter((state) => !idle.has(state))).map((state) => ({
      state,
      notBefore: 0,
      attempts: 0,
    }));
    const startedAt = clock.now();
    let cut: Outcome | undefined;
    const ended = (refusal = cut) => ({
      results: [...results, ...queue.flatMap(({ failed }) => failed ?? [])],
      ...(refusal !== undefined && { refusal }),
    });

    for (let waves = 0; ; waves++) {
      queue = queue.filter(({ state }) => !this.#isHeldBack(state));
      if (queue.length > 0 && waves > 0 && (await turned())) return ended();
      const late = queue.filter((waiting) => !this.#fits(waiting));
      queue = queue.filter((waiting) => !late.includes(waiting));
      // What failed is told as such, and a confirming read can wait for the next tick.
      results.push(...late.flatMap(({ failed }) => failed ?? []));
      if (late.some(({ failed, confirms }) => failed === undefined && confirms === undefined))
        cut = "deadline";
      if (queue.length === 0) return ended();
      const wait = Math.min(...queue.map(({ notBefore }) => notBefore)) - clock.now();
      if (wait > 0) await clock.sleep(Math.min(wait, LOOK_AGAIN_MS));
      if (wait > LOOK_AGAIN_MS) continue;

      const ready = this.#nextOf(queue.filter(({ notBefore }) => notBefore <= clock.now()));
      const ran = await runWave(
        { ...this.#context, ...planned?.context },
        `${this.#runId.slice(0, RUN_ID_SHOWN)}.${++this.#waves}`,
        ready.map(({ state }) => state),
      );
      const wave = planned === undefined ? ran : { ...ran, results: ran.results.map(planned.after) };
      await this.#remember(wave.results);
      const failedBefore = new Map(ready.map(({ state, failed }) => [state.fingerprint, failed]));

      const attempts = new Map(ready.map((waiting) => [waiting.state.fingerprint, waiting.attempts + 1]));
      const again = wave.results.flatMap((result) =>
        this.#again(result, attempts.get(result.state.fingerprint) ?? 1),
      );
      const retried = new Set(again.map(({ failed }) => failed));
      const final = wave.results.filter((result) => !retried.has(result));
      // Counting may take what time a retry had: what is told then is why the prefix needed one.
      results.push(
        ...final.map(
          (result) => (result.sent ? undefined : failedBefore.get(result.state.fingerprint)) ?? result,
        ),
      );
      // What was not reserved has been counted meanwhile.
      const unreserved = new Map(wave.rest.map((state) => [state.fingerprint, state]));
      const stays = (waiting: Waiting): Waiting[] => {
        if (!ready.includes(waiting)) return [waiting];
        const state = unreserved.get(waiting.state.fingerprint);
        return state === undefined ? [] : [{ ...waiting, state }];
      };
      queue = [...queue.flatMap(stays), ...again];

      const halted = wave.results.some(
        ({ failure }) => failure?.directive === "stop" || failure?.directive === "pause",
      );
      if (halted) return ended();
      if (breaker.isOpen) return ended("transient_failure");
      if (wave.retryAt !== undefined) {
        const { control } = this.#context.session;
        const held = queue.map((waiting) => ({
          ...waiting,
          notBefore: Math.max(waiting.notBefore, slotOpensAt(control, waiting.state.name)),
        }));
        queue = held.filter(({ notBefore }) => notBefore <= startedAt + SLOT_PATIENCE_MS);
        const left = held.filter((waiting) => !queue.includes(waiting));
        results.push(...left.flatMap(({ failed }) => failed ?? []));
        if (left.length > 0) cut = "throttled";
        continue;
      }
      if (wave.refusal !== undefined) return ended(wave.refusal);
    }
  }

  /** Paused by an operator, by itself; also while this run is under way. */
  #isHeldBack({ name }: PrefixState): boolean {
    return this.#context.session.control.prefixes?.[name]?.paused !== undefined;
  }

  /**
   * Whether a request for it ends, at the latest, before the run must close. After one for a color beside the live one
   * there must be time for one more: what the live color needs meanwhile, which no other run could do.
   */
  #fits({ state, notBefore }: Waiting): boolean {
    const { clock, deadlineAt } = this.#context;
    const requests = state.beside === true ? 2 : 1;
    return Math.max(clock.now(), notBefore) + requests * REQUEST_TIMEOUT_MS <= deadlineAt;
  }

  /** Who shares a wave. Colors beside the live one get short waves of their own: the live color waits for their end. */
  #nextOf(ready: readonly Waiting[]): Waiting[] {
    const ordered = ready.toSorted((a, b) => rank(a.state) - rank(b.state));
    const isBeside = ordered[0]?.state.beside === true;
    const other = ordered.findIndex(({ state }) => (state.beside === true) !== isBeside);
    const alike = other === -1 ? ordered : ordered.slice(0, other);
    return alike.slice(0, isBeside ? this.#context.config.concurrency : this.#waveSize());
  }

  /** Enough for `concurrency` requests in flight at all times, few enough to settle often. */
  #waveSize(): number {
    return Math.max(64, 4 * this.#context.config.concurrency);
  }

  /**
   * Prefix items are written by the holder of the lease. A run that lost it forgets what it learned: at worst
   * the new holder reads once too often. Writing "due now" instead would bring back what a flip has retired.
   */
  async #remember(results: readonly TouchResult[]): Promise<void> {
    const mine = this.#context.session.control.lease?.owner === this.#runId;
    if (mine && results.length > 0) await this.#prefixes.save(results.map(({ state }) => state));
  }

  /** The same prefix once more in this run: a retry, or the read that confirms its fill. */
  #again(result: TouchResult, attempts: number): Waiting[] {
    const { state, sent, outcome, failure } = result;
    const now = this.#context.clock.now();
    if (failure?.directive === "retry" && sent && attempts < MAX_ATTEMPTS) {
      const notBefore = now + (failure.retryAfterMs ?? RETRY_AFTER_MS);
      return [{ state, notBefore, attempts, failed: result }];
    }
    // A second fill in a row is a loop, not a fill: it waits for the next tick instead of writing on.
    const awaitsProof =
      outcome === "warmed" &&
      state.provenAt === undefined &&
      state.fillsInRow === 1 &&
      state.dueAt <= now + CONFIRM_AFTER_MS;
    return awaitsProof ? [{ state, notBefore: state.dueAt, attempts: 0, confirms: true }] : [];
  }
}

/**
 * In the order of their rank; in each, who has waited longest, and page by page: a page that two waves share is written
 * twice. What is optional comes in the order of its worth.
 */
function inOrder(due: readonly PrefixState[]): PrefixState[] {
  return due.toSorted(
    (a, b) => rank(a) - rank(b) || (a.required ? a.dueAt - b.dueAt || comparePages(a, b) : 0),
  );
}

function comparePages({ page: a = "" }: PrefixState, { page: b = "" }: PrefixState): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Required prefixes of the live color first, then those of the colors beside it, then the rest. */
function rank({ required, beside }: PrefixState): number {
  return required ? (beside === true ? 1 : 0) : 2;
}
