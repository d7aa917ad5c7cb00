import type { Ttl } from "../due.ts";
import type { MicroUsd } from "../money.ts";
import { isAlive, type PrefixState } from "../prefix-state.ts";

/**
 * Why a prefix had to be written, by what was known of it before.
 *
 * - `first`: these bytes were never written before.
 * - `expired`: nobody had touched it in time.
 * - `gone`: a read had proven it since its last write, and its TTL was not over.
 * - `again`: its last write was never read back, and its TTL was not over.
 */
export const FILL_REASONS = ["first", "expired", "gone", "again"] as const;
export type FillReason = (typeof FILL_REASONS)[number];

/** One write, kept with the prefix so that somebody can ask later what money was spent on. */
export interface FillMark {
  /** Start of the request, ms since the epoch. */
  readonly at: number;
  readonly reason: FillReason;
  /** The TTL that the provider granted. */
  readonly ttl: Ttl;
  /** Tokens written. */
  readonly tokens: number;
  readonly cost: MicroUsd;
}

/** Enough to see a loop, and a price before and after; an item of the table stays below one kilobyte. */
const MARKS_KEPT = 4;

/**
 * Adds a write to what is known of the prefix.
 *
 * @param fill `ttl` is undefined for a touch that wrote nothing: nothing is added then
 */
export function rememberFill(
  next: PrefixState,
  before: PrefixState,
  { ttl, ...fill }: Omit<FillMark, "reason" | "ttl"> & { readonly ttl: Ttl | undefined },
): PrefixState {
  if (ttl === undefined) return next;
  const packed = packFill({ ...fill, ttl, reason: reasonOf(before, fill.at) });
  return { ...next, recentFills: [...(before.recentFills ?? []), packed].slice(-MARKS_KEPT) };
}

/** The last writes of a prefix, oldest first. */
export function fillsOf({ recentFills = [] }: Pick<PrefixState, "recentFills">): FillMark[] {
  return recentFills.map(unpackFill);
}

/** What each name stood for last. */
export function latestByName(known: readonly PrefixState[]): ReadonlyMap<string, PrefixState> {
  const oldestFirst = known.toSorted((a, b) => (a.lastStart ?? 0) - (b.lastStart ?? 0));
  return new Map(oldestFirst.map((state) => [state.name, state]));
}

/** What is kept of earlier bytes when others take their place under the same name. */
export function historyAfter(
  replaced: PrefixState | undefined,
  now: number,
): Pick<PrefixState, "changedAt" | "before"> {
  if (replaced === undefined) return { changedAt: [now] };
  const { changedAt = [], model, recentFills = [], before } = replaced;
  const fill = recentFills.at(-1) ?? before?.fill;
  return {
    changedAt: [...changedAt, now].slice(-MARKS_KEPT),
    before: { model, ...(fill !== undefined && { fill }) },
  };
}

/** `at reason ttl tokens cost`: attribute names are billed, and a prefix has several of these. */
export const PACKED_FILL = /^\d+ (first|expired|gone|again) (5m|1h) \d+ \d+$/;

export function unpackFill(text: string): FillMark {
  const [at, reason, ttl, tokens, cost] = text.split(" ");
  return {
    at: Number(at),
    reason: reason as FillReason,
    ttl: ttl as Ttl,
    tokens: Number(tokens),
    cost: Number(cost),
  };
}

function packFill({ at, reason, ttl, tokens, cost }: FillMark): string {
  return `${Math.round(at)} ${reason} ${ttl} ${tokens} ${cost}`;
}

function reasonOf(before: PrefixState, startedAt: number): FillReason {
  if (before.lastStart === undefined) return "first";
  if (!isAlive(before, startedAt)) return "expired";
  return before.provenAt === undefined ? "again" : "gone";
}
