/**
 * Which TTL to write a prompt with, as the warmer advises it.
 *
 *     const advice = ttlAdvice({ read: ssmAdviceReader({ parameterName }) });
 *     await client.messages.create(prefixRequest(prompt, tail, { ttl: advice.ttlFor(prompt) }));
 *
 * Asking never waits and never throws. The first question starts the first read, and the answer to it is the prompt's
 * own TTL; from then on the answer is of the last read, and a question that finds it old starts the next one. Whoever
 * wants advice for the very first request awaits `ready()` at the start, which is the only thing that ever waits.
 */
import type { Ttl } from "../core/due.ts";
import { advisedTtl, NO_ADVICE, parseTtlAdvice, type TtlAdvice } from "../core/plan/ttl-advice.ts";
import { isPrefix } from "../core/prefix.ts";
import { cutPrompt } from "./cut-prompt.ts";
import { type After, inTime, laterUnreferenced } from "./later.ts";

/** Reads what is published; `undefined` if nothing is. */
export type AdviceReader = () => Promise<string | undefined>;

export interface TtlAdviceOptions {
  /** For example `ssmAdviceReader({ parameterName })`. */
  readonly read: AdviceReader;
  /** Minutes until it is read again, above 0. @default 5 */
  readonly refreshMinutes?: number;
  /** Ms since the epoch. @default Date.now */
  readonly now?: () => number;
  /** @default - `setTimeout`, which does not keep the process alive */
  readonly after?: After;
}

export interface TtlAdviceCache {
  /** The TTL to write this prompt with; `undefined` for its own. Never waits, never throws. */
  ttlFor(prompt: object): Ttl | undefined;
  /** Resolves when the first read has ended, however it did, and after so many ms at the latest. @default 1000 */
  ready(atMostMs?: number): Promise<void>;
  /** Why the last read brought no advice; `undefined` if it did, or nothing is published. */
  readonly problem: string | undefined;
}

/** A read that failed is tried again this soon. */
const RETRY_MS = 60_000;

/** Advice that could not be read again for so long is given no more. */
const STALE_MS = 3_600_000;

const READ_TIMEOUT_MS = 10_000;

/** @throws RangeError here, at the start and never later, if `refreshMinutes` is no number above 0 */
export function ttlAdvice(options: TtlAdviceOptions): TtlAdviceCache {
  const { read, refreshMinutes = 5, now = Date.now, after = laterUnreferenced } = options;
  if (!(refreshMinutes > 0)) throw new RangeError(`refreshMinutes must be above 0, got ${refreshMinutes}`);
  let advice: TtlAdvice = NO_ADVICE;
  let readAt = Number.NEGATIVE_INFINITY;
  let nextReadAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  let problem: string | undefined;

  /** What is published and cannot be understood is no advice; what could not be read leaves the one before. */
  async function refresh(): Promise<void> {
    try {
      const text = await inTime(read(), READ_TIMEOUT_MS, after);
      const parsed = text === undefined ? NO_ADVICE : parseTtlAdvice(text);
      problem = typeof parsed === "string" ? parsed : undefined;
      advice = typeof parsed === "string" ? NO_ADVICE : parsed;
      readAt = now();
      nextReadAt = readAt + refreshMinutes * 60_000;
    } catch (error) {
      problem = `TTL advice could not be read: ${error instanceof Error ? error.name : "unknown error"}`;
      nextReadAt = now() + Math.min(RETRY_MS, refreshMinutes * 60_000);
    } finally {
      reading = undefined;
    }
  }

  function refreshIfOld(): void {
    if (now() >= nextReadAt) reading ??= refresh();
  }

  return {
    ttlFor: (prompt) => {
      try {
        refreshIfOld();
        const prefix = cutPrompt(prompt);
        if (!isPrefix(prefix) || now() - readAt > STALE_MS) return undefined;
        return advisedTtl(advice, prefix.fingerprint);
      } catch {
        // What is no prompt is for the request builder to refuse.
        return undefined;
      }
    },
    ready: async (atMostMs = 1_000) => {
      refreshIfOld();
      if (reading !== undefined) await inTime(reading, atMostMs, after).catch(() => {});
    },
    get problem() {
      return problem;
    },
  };
}
