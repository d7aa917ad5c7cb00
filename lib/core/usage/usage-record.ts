import { MINUTE_MS } from "../due.ts";
import { STATE_SCHEMA, stateKey } from "../state-kinds.ts";
import { NO_TURNS, type Turns } from "./turns.ts";

/**
 * What the application's requests with one fingerprint consumed in one minute: counts and ids, never text.
 * A request is one that the provider answered; it belongs to the minute in which it began.
 */
export interface PrefixUse {
  /** Of the request's prefix, or `UNMARKED`. */
  readonly fingerprint: string;
  readonly model: string;
  readonly requests: number;
  /** Requests that had to write their prefix, or a part of it: `isCold`. */
  readonly cold: number;
  /** Requests that neither read nor wrote, though they mark a prefix. */
  readonly neither: number;
  readonly readTokens: number;
  readonly write5mTokens: number;
  readonly write1hTokens: number;
  readonly uncachedTokens: number;
  /** First requests of a session, as far as the application marks them. */
  readonly first: number;
  /** Those of them that read, and were not cold. */
  readonly firstHits: number;
  /** How the replies ended, of as many as told it. @default nothing is known of any */
  readonly turns?: Turns;
}

/** What one process of the application used in one minute, or a part of that. Parts add up; none replaces another. */
export interface UsageRecord {
  /** Start of the minute, ms since the epoch. */
  readonly minute: number;
  /** The process; no two have the same id, nor has one after a restart. */
  readonly writer: string;
  /** Counts the writer's records, whatever their minute: (writer, minute, part) is written once. */
  readonly part: number;
  /** Answered requests that are in no record: known to have been, and nothing else known. */
  readonly lost: number;
  readonly prefixes: readonly PrefixUse[];
}

/** Stands for the fingerprint of requests without a cache breakpoint of their own. */
export const UNMARKED = "unmarked";

/** The record as it is stored. */
export interface UsageItem {
  readonly pk: string;
  readonly sk: string;
  readonly schema: number;
  readonly minute: number;
  readonly writer: string;
  readonly part: number;
  readonly lost: number;
  /** One text for each fingerprint, see `packUse`. */
  readonly prefixes: readonly string[];
  /**
   * One text for each of `prefixes`, in their order: its turns, open and over, with a blank between. Left out if nothing
   * is known of any. Beside `prefixes` and not in it, because a reader of the time before has to find there what it knows.
   */
  readonly turns?: readonly string[];
  /** Seconds since the epoch: DynamoDB deletes the item some time after. */
  readonly expiresAt: number;
}

/** A baseline looks back seven days; the day of the deletion is not among them. */
const KEPT_MS = 8 * 86_400_000;

/** DynamoDB takes 400 KB; a quarter of it keeps one write, and one damaged item, small. */
export const MAX_ITEM_BYTES = 100_000;

/** Keys and numbers of an item; the uses come on top. */
const ITEM_OVERHEAD_BYTES = 500;

/**
 * The counts of a use, in the order in which they are stored. The text is the fingerprint, the model and these
 * numbers, with blanks between: attribute names would take more room than what they name.
 */
export const PACKED = [
  "requests",
  "cold",
  "neither",
  "readTokens",
  "write5mTokens",
  "write1hTokens",
  "uncachedTokens",
  "first",
  "firstHits",
] as const satisfies readonly Exclude<keyof PrefixUse, "turns">[];

export function packUse(use: PrefixUse): string {
  return [use.fingerprint, use.model, ...PACKED.map((field) => use[field])].join(" ");
}

function packTurns({ turns = NO_TURNS }: PrefixUse): string {
  return `${turns.open} ${turns.over}`;
}

/** What a provider's model id may look like; it comes out of a request, and a record takes no text from there. */
const MODEL_ID = /^[\w.:@/-]{1,150}$/;

/** The model as a record may hold it: `other` for what is no id. */
export function storedModel(model: unknown): string {
  return typeof model === "string" && MODEL_ID.test(model) ? model : "other";
}

/** The start of the minute that an instant lies in. */
export function minuteOf(at: number): number {
  return Math.floor(at / MINUTE_MS) * MINUTE_MS;
}

/**
 * @param partition of the warmer whose prefixes these are; `undefined` if it has none
 * @throws RangeError if the minute is no instant of the calendar
 */
export function toUsageItem(record: UsageRecord, partition?: string): UsageItem {
  const { minute, writer, part, lost, prefixes } = record;
  return {
    pk: usageKey(minute, partition),
    sk: `${minuteKey(minute)}#${writer}#${part}`,
    schema: STATE_SCHEMA,
    minute,
    writer,
    part,
    lost,
    prefixes: prefixes.map(packUse),
    ...(prefixes.some(({ turns }) => turns !== undefined) && { turns: prefixes.map(packTurns) }),
    expiresAt: (minute + KEPT_MS) / 1_000,
  };
}

/** Divides a minute's uses so that each division fits into one item. No uses are one empty division. */
export function divideUses(uses: readonly PrefixUse[]): PrefixUse[][] {
  const divisions: PrefixUse[][] = [];
  let division: PrefixUse[] = [];
  let bytes = ITEM_OVERHEAD_BYTES;
  for (const use of uses) {
    // All of it is ASCII; DynamoDB adds a byte or so to each member of a list.
    const size = packUse(use).length + packTurns(use).length + 8;
    if (bytes + size > MAX_ITEM_BYTES && division.length > 0) {
      divisions.push(division);
      division = [];
      bytes = ITEM_OVERHEAD_BYTES;
    }
    division.push(use);
    bytes += size;
  }
  return [...divisions, division];
}

/** Where the records of some minutes stand: one partition for each UTC hour, and a range of sort keys in it. */
export interface UsageRange {
  readonly pk: string;
  readonly from: string;
  readonly to: string;
}

/** The ranges that hold the minutes which begin from `from` up to, but not including, `to`; oldest first. */
export function usageRanges(from: number, to: number, partition?: string): UsageRange[] {
  const first = Math.ceil(from / MINUTE_MS) * MINUTE_MS;
  const last = Math.ceil(to / MINUTE_MS) * MINUTE_MS - MINUTE_MS;
  const ranges: UsageRange[] = [];
  for (let start = first; start <= last; ) {
    const endOfHour = Math.floor(start / HOUR_MS) * HOUR_MS + HOUR_MS - MINUTE_MS;
    const end = Math.min(last, endOfHour);
    // "$" follows "#", which ends the minute in every sort key.
    ranges.push({ pk: usageKey(start, partition), from: minuteKey(start), to: `${minuteKey(end)}$` });
    start = end + MINUTE_MS;
  }
  return ranges;
}

// --- internal ---

const HOUR_MS = 3_600_000;

function usageKey(at: number, partition: string | undefined): string {
  return `${stateKey("usage", partition)}#${new Date(at).toISOString().slice(0, "2026-11-21T06".length)}`;
}

function minuteKey(at: number): string {
  return new Date(at).toISOString().slice(0, "2026-11-21T06:05".length);
}
