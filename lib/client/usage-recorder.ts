/**
 * What the application really used of the cache, by minute and fingerprint.
 *
 *     const recorder = usageRecorder({ write: dynamoUsageWriter({ tableName }) });
 *     const client = new Anthropic({ middleware: [recorder.middleware] });
 *     await client.messages.create(params, recorder.first);   // the first request of a session; optional
 *     recorder.replied(await stream.finalMessage());          // a stream's end; optional
 *
 * A request is handed on before anything else happens; its prompt is hashed while the provider works, its reply's
 * usage is read from a copy. Finished minutes are written in the background, a few seconds after they end. Whatever
 * goes wrong is counted and never reaches the application. A function that is frozen between requests (Lambda)
 * awaits `flush()` at its end: a process that stops without it takes its running minute along, and nobody learns
 * how much that was.
 */
import type { Middleware } from "@anthropic-ai/sdk";
import { MINUTE_MS } from "../core/due.ts";
import { COLOR_NAME } from "../core/live-color.ts";
import { isPrefix, sha256 } from "../core/prefix.ts";
import { shown } from "../core/received.ts";
import { type GuardManifest, parseGuardManifest } from "../core/release/guard-manifest.ts";
import { turnAfter } from "../core/usage/turns.ts";
import { minuteOf, storedModel, UNMARKED } from "../core/usage/usage-record.ts";
import { type After, inTime, laterUnreferenced } from "./later.ts";
import { usageOf } from "./reply-usage.ts";
import { headsOf, type KnownHeads, knownHeads, messageText, type RequestHeads } from "./request-heads.ts";
import { type AnsweredRequest, UsageBuffer } from "./usage-buffer.ts";
import { UsageOutbox, type UsageWriter } from "./usage-outbox.ts";

export interface UsageRecorderOptions {
  /** Stores one item, for example `dynamoUsageWriter({ tableName })`. */
  readonly write: UsageWriter;
  /**
   * What is published. With it a request counts for the longest published prefix that it begins with; it is needed
   * for prompts with a breakpoint in their messages, or several users' breakpoints in `system`.
   * @default - a request counts for its prefix up to the last breakpoint of tools and system
   */
  readonly manifest?: GuardManifest;
  /**
   * The warmer's partition that this client's prompts belong to; its fingerprints are told from those of others.
   * @default - the warmer has no partitions
   */
  readonly partition?: string;
  /** Id of this process. It must never come again, not even after a restart. @default - a random UUID */
  readonly writer?: string;
  /** Ms since the epoch. @default Date.now */
  readonly now?: () => number;
  /** @default - `setTimeout`, which does not keep the process alive */
  readonly after?: After;
  /** Fingerprints of one minute; requests beyond them are lost. @default 2000 */
  readonly maxFingerprints?: number;
  /** Minutes that are held, and items that wait to be written. @default 60 */
  readonly maxMinutes?: number;
}

export interface RecorderStats {
  /** Answered requests that were counted. */
  readonly recorded: number;
  /**
   * Answered requests that are in no record: no room, no credible usage, or not to be written. An upper bound: a
   * write that was given up may have arrived.
   */
  readonly lost: number;
  /** Items that were written, and tries that failed. */
  readonly written: number;
  readonly failedWrites: number;
  /** Items that wait to be written. */
  readonly waiting: number;
}

export interface UsageRecorder {
  /** Goes into the client's `middleware`. */
  readonly middleware: Middleware;
  /**
   * Options of a request that mark it as the first of its session. The mark is a note in this process: no header, no
   * field, nothing that could reach the provider, and no session is stored.
   */
  readonly first: { readonly middleware: readonly Middleware[] };
  /**
   * Tells how a streamed reply ended, for example `recorder.replied(await stream.finalMessage())`; optional. The planner
   * then knows whether an agent asks again within seconds or a person when it suits. Of a reply in one piece it is known
   * anyway. Of the message only its id and its `stop_reason` are looked at; one of an earlier minute, which may be
   * written by then, is passed over.
   */
  replied(message: { readonly id: string; readonly stop_reason: string | null }): void;
  /** Writes everything, the running minute too. Waits for replies that have begun, not for later ones. Never rejects. */
  flush(): Promise<void>;
  stats(): RecorderStats;
}

/** A minute is written this long after its end at most, by a hash of the writer: a fleet does not write at once. */
const SPREAD_MS = 10_000;

const OBSERVED_WITHIN_MS = 5_000;

/** @throws RangeError here, at the start and never later, if `manifest` is none, or `partition` no name */
export function usageRecorder(options: UsageRecorderOptions): UsageRecorder {
  const {
    write,
    now = Date.now,
    after = laterUnreferenced,
    maxMinutes = 60,
    maxFingerprints = 2_000,
  } = options;
  const writer = options.writer ?? globalThis.crypto.randomUUID();
  if (options.partition !== undefined && !COLOR_NAME.test(options.partition)) {
    const rule = "must be the name of one of the warmer's partitions";
    throw new RangeError(`partition ${rule}, got ${shown(options.partition)}`);
  }
  const known = options.manifest && knownHeads(parseGuardManifest(options.manifest));
  const spreadMs = (Number.parseInt(sha256(writer).slice(0, 8), 16) / 2 ** 32) * SPREAD_MS;

  const buffer = new UsageBuffer(maxMinutes, maxFingerprints);
  const outbox = new UsageOutbox(writer, write, after, maxMinutes, options.partition);
  const firsts = new WeakSet<object>();
  const observing = new Set<Promise<void>>();
  let recorded = 0;
  let isArmed = false;

  /** Finished minutes become items and are sent; whatever is left is due a minute later. */
  async function round(before: number): Promise<void> {
    try {
      outbox.put(buffer.takeBefore(before), now());
      await outbox.send();
    } finally {
      arm();
    }
  }

  function arm(): void {
    if (isArmed || (buffer.oldest() === undefined && outbox.isEmpty)) return;
    isArmed = true;
    after(minuteOf(now()) + MINUTE_MS + spreadMs - now(), () => {
      isArmed = false;
      // A frozen process's timer may be early by the clock: the minute that runs stays.
      void swallow(round(minuteOf(now())));
    });
  }

  async function record(at: number, heads: Promise<Head>, response: Response, isFirst: () => boolean) {
    try {
      const reply = await usageOf(response);
      if (reply === undefined) throw new Error("the reply tells no usage");
      if (!buffer.add({ ...(await heads), at, ...reply, first: isFirst() }))
        throw new Error("the buffer is full");
      recorded += 1;
    } catch {
      outbox.lose(1);
    }
    const overdue = (buffer.oldest() ?? Number.POSITIVE_INFINITY) + MINUTE_MS + SPREAD_MS <= now();
    if (overdue) void swallow(round(minuteOf(now())));
    else arm();
  }

  const middleware: Middleware = async (request, next, context) => {
    const text = messageText(request);
    if (text === undefined) return next(request);
    const at = now();
    const reply = next(request);
    const head = whenIdle(() => headOf(headsOf(text, context), known));
    const response = await reply;
    if (response.ok) {
      const observed = swallow(record(at, head, response, () => firsts.has(context))).finally(() =>
        observing.delete(observed),
      );
      observing.add(observed);
    }
    return response;
  };

  const markFirst: Middleware = (request, next, context) => {
    firsts.add(context);
    return next(request);
  };

  return {
    middleware,
    first: { middleware: [markFirst] },
    replied: ({ id, stop_reason }) => {
      const turn = turnAfter(stop_reason);
      if (turn !== undefined) buffer.endTurn(id, turn);
    },
    flush: async () => {
      await inTime(Promise.all(observing), OBSERVED_WITHIN_MS, after).catch(() => {});
      await swallow(round(Number.POSITIVE_INFINITY));
    },
    stats: () => ({ recorded, ...outbox.stats() }),
  };
}

// --- internal ---

type Head = Pick<AnsweredRequest, "fingerprint" | "model" | "marked" | "marksMore">;

function headOf(heads: RequestHeads, known: KnownHeads | undefined): Head {
  const prefix = (known && heads.published(known)) ?? heads.shared();
  const model = storedModel(heads.body["model"]);
  return isPrefix(prefix)
    ? { fingerprint: prefix.fingerprint, model, marked: true, marksMore: heads.marksMoreThan(prefix) }
    : { fingerprint: UNMARKED, model, marked: false, marksMore: false };
}

/** Computes once the event loop has put on the socket what waits for it. A failure waits for whoever asks. */
function whenIdle<T>(compute: () => T): Promise<T> {
  const result = new Promise<void>((resolve) => setImmediate(resolve)).then(compute);
  result.catch(() => {});
  return result;
}

/** The application must not hear of the recorder's failures; they are in its counts. */
async function swallow(work: Promise<void>): Promise<void> {
  await work.catch(() => {});
}
