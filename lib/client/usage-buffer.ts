import { NO_TURNS, type Turns } from "../core/usage/turns.ts";
import { minuteOf, type PrefixUse } from "../core/usage/usage-record.ts";
import type { Usage } from "../core/usage.ts";

/** One answered request, as far as a record is concerned. */
export interface AnsweredRequest {
  /** When it began, ms since the epoch. */
  readonly at: number;
  readonly fingerprint: string;
  readonly model: string;
  readonly usage: Usage;
  /** Whether it marks a prefix at all. */
  readonly marked: boolean;
  /** Whether breakpoints follow after the prefix: its writes may then be the conversation's. */
  readonly marksMore: boolean;
  readonly first: boolean;
  /** How the reply left its turn, if it said so. */
  readonly turn: keyof Turns | undefined;
  /** Of the reply's message. */
  readonly id: string | undefined;
}

/** A minute's uses, taken out of the buffer. */
export interface Minute {
  readonly minute: number;
  readonly uses: readonly PrefixUse[];
}

type Counts = { -readonly [Field in keyof PrefixUse]: PrefixUse[Field] };

/** Streams that run at a time in one process are few; how the turns of more of them end stays unknown. */
const MAX_RUNNING = 10_000;

/** Adds up requests by minute and fingerprint, within bounds. */
export class UsageBuffer {
  readonly #maxMinutes: number;
  readonly #maxFingerprints: number;
  readonly #minutes = new Map<number, Map<string, Counts>>();
  /** By message, the uses of those that have not been said to have ended. */
  readonly #running = new Map<string, { readonly minute: number; readonly use: Counts }>();

  constructor(maxMinutes: number, maxFingerprints: number) {
    this.#maxMinutes = maxMinutes;
    this.#maxFingerprints = maxFingerprints;
  }

  /** Whether there was room for it. */
  add(request: AnsweredRequest): boolean {
    const minute = minuteOf(request.at);
    const uses = this.#minutes.get(minute) ?? new Map<string, Counts>();
    if (uses.size === 0 && this.#minutes.size >= this.#maxMinutes) return false;
    // A fingerprint has one model; requests without one are kept apart by theirs.
    const key = `${request.fingerprint} ${request.model}`;
    const use = uses.get(key) ?? nothing(request);
    if (use.requests === 0 && uses.size >= this.#maxFingerprints) return false;
    count(use, request);
    if (request.turn === undefined && request.id !== undefined && this.#running.size < MAX_RUNNING) {
      this.#running.set(request.id, { minute, use });
    }
    uses.set(key, use);
    this.#minutes.set(minute, uses);
    return true;
  }

  /** A message has come to its end. What was taken out meanwhile stays as it is. */
  endTurn(id: string, turn: keyof Turns): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    this.#running.delete(id);
    countTurn(running.use, turn);
  }

  /** The oldest minute in it, if any. */
  oldest(): number | undefined {
    return this.#minutes.size === 0 ? undefined : Math.min(...this.#minutes.keys());
  }

  /** Takes out the minutes that began before an instant, oldest first. */
  takeBefore(instant: number): Minute[] {
    const taken = [...this.#minutes].filter(([minute]) => minute < instant).sort(([a], [b]) => a - b);
    for (const [minute] of taken) this.#minutes.delete(minute);
    for (const [id, { minute }] of this.#running) if (minute < instant) this.#running.delete(id);
    return taken.map(([minute, uses]) => ({ minute, uses: [...uses.values()] }));
  }
}

// --- internal ---

function nothing({ fingerprint, model }: AnsweredRequest): Counts {
  return {
    fingerprint,
    model,
    requests: 0,
    cold: 0,
    neither: 0,
    readTokens: 0,
    write5mTokens: 0,
    write1hTokens: 0,
    uncachedTokens: 0,
    first: 0,
    firstHits: 0,
  };
}

function count(use: Counts, { usage, first, marked, marksMore, turn }: AnsweredRequest): void {
  const wrote = usage.write5mTokens + usage.write1hTokens > 0;
  const read = usage.readTokens > 0;
  const cold = marked && wrote && (!marksMore || !read);
  use.requests += 1;
  use.cold += cold ? 1 : 0;
  use.neither += marked && !wrote && !read ? 1 : 0;
  use.readTokens += usage.readTokens;
  use.write5mTokens += usage.write5mTokens;
  use.write1hTokens += usage.write1hTokens;
  use.uncachedTokens += usage.uncachedTokens;
  use.first += first ? 1 : 0;
  use.firstHits += first && read && !cold ? 1 : 0;
  if (turn !== undefined) countTurn(use, turn);
}

function countTurn(use: Counts, turn: keyof Turns): void {
  const turns = use.turns ?? NO_TURNS;
  use.turns = { ...turns, [turn]: turns[turn] + 1 };
}
