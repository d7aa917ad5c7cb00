import { CONFIRM_AFTER_MS, dueAt, expiresAt, NEVER, spreadOffset, type Ttl } from "./due.ts";
import { historyAfter } from "./fill-cost/fill-mark.ts";
import type { ManifestEntry } from "./manifest.ts";
import type { Passed } from "./plan/plan-prefix.ts";
import { pageOffset } from "./prefix-pages.ts";
import type { Judgement } from "./warmth.ts";

/** Why the warmer does not touch a prefix until its bytes change. */
export const STOP_REASONS = [
  "not_cached",
  "unsafe_to_warm",
  "unpriced_model",
  "body_damaged",
  "warmer_loop",
] as const;

export type StopReason = (typeof STOP_REASONS)[number];

/** What is remembered of one prefix between ticks. Stored by fingerprint: two colors share it. */
export interface PrefixState {
  readonly fingerprint: string;
  readonly name: string;
  readonly bodyDigest: string;
  readonly model: string;
  /** The TTL that the prompt asks for; due times follow the granted one. */
  readonly ttl: Ttl;
  readonly required: boolean;
  /** Served by the previous color or by a gate's candidate, not by the live color. */
  readonly beside?: boolean;
  /** The page that it shares with others, of which it is stored and touched as one: `inPages`. Optional ones have none. */
  readonly page?: string;
  readonly bytes: number;
  readonly countedTokens?: number;
  /** Size measured at its own fill, or at the first whole read. */
  readonly measuredTokens?: number;
  readonly grantedTtl?: Ttl;
  /** Start of the request that last wrote or read the whole prefix, ms since the epoch. */
  readonly lastStart?: number;
  /** Start of the last confirming read. Absent after a fill: a write alone is no proof. */
  readonly provenAt?: number;
  /** Fills in a row, each while the one before was alive and a read was due: 1 is normal, more is a loop. */
  readonly fillsInRow: number;
  /** Its bytes replaced those of an alive prefix of the same name, without a flip: the fill was not due. */
  readonly drifted?: boolean;
  /** Only a part of it was read: it stays due, and is touched again from this instant on. */
  readonly retryAt?: number;
  /**
   * When the prefix must be touched next, or the planner must look at it; `NEVER` if no serving manifest lists it, or
   * the planner wants nothing of it until it is used.
   */
  readonly dueAt: number;
  /** What the planner remembers of it, in base64: `plannedPrefix`. Only of prefixes that were optional. */
  readonly plan?: string;
  /** Why the planner leaves it alone. */
  readonly passed?: Passed;
  readonly stopped?: StopReason;
  /** Its last writes, oldest first, each packed: see `fillsOf`. */
  readonly recentFills?: readonly string[];
  /** When the bytes of this name were served first or replaced, oldest first; the last of them are these. */
  readonly changedAt?: readonly number[];
  /** What the name stood for before these bytes: its model, and its last write, packed. */
  readonly before?: { readonly model: string; readonly fill?: string };
}

/**
 * As many fills in a row stop a prefix: its bytes are not what is stored, or the provider keeps nothing. One more
 * than a single early eviction explains.
 */
const LOOP_FILLS = 3;

/** The instant until which the provider keeps what was last written or read, as far as is known. */
export function aliveUntil(state: PrefixState): number {
  return state.lastStart === undefined ? 0 : expiresAt(state.lastStart, state.grantedTtl ?? state.ttl);
}

/** Due, but not to be touched yet: see `retryAt`. */
export function waitsToRetry(state: PrefixState, now: number): boolean {
  return state.retryAt !== undefined && now < state.retryAt;
}

/** Filled, or read: due times and cost treat it as alive. */
export function isAlive(state: PrefixState, now: number): boolean {
  return now < aliveUntil(state);
}

/** Alive, and a read has confirmed it since the last write. */
export function isWarm(state: PrefixState, now: number): boolean {
  return state.provenAt !== undefined && isAlive(state, now);
}

/** A prefix seen for the first time, or again after its bytes stopped being served: due at once unless alive. */
export function adopt(
  entry: ManifestEntry,
  known: PrefixState | undefined,
  now: number,
  beside = false,
  replaced?: PrefixState,
): PrefixState {
  const sameRequest = known !== undefined && known.bodyDigest === entry.bodyDigest;
  const identity = {
    fingerprint: entry.fingerprint,
    name: entry.name,
    bodyDigest: entry.bodyDigest,
    model: entry.model,
    ttl: entry.ttl,
    required: entry.required,
    ...(beside && { beside }),
    bytes: entry.bytes,
  };
  if (known === undefined) {
    return {
      ...identity,
      ...(entry.countedTokens !== undefined && { countedTokens: entry.countedTokens }),
      ...historyAfter(replaced, now),
      fillsInRow: 0,
      dueAt: now,
    };
  }
  const { stopped, beside: _role, passed: _plan, ...rest } = known;
  const next: PrefixState = {
    ...rest,
    ...identity,
    // Another request for the same bytes (its TTL) begins anew.
    ...(sameRequest ? stopped !== undefined && { stopped } : { fillsInRow: 0 }),
  };
  // Given up before a read had proven it: no confirming read is planned that could be waited for.
  const planned = known.dueAt === NEVER && known.provenAt === undefined ? now : known.dueAt;
  return { ...next, dueAt: isAlive(next, now) ? Math.min(planned, nextKeepAlive(next)) : now };
}

export function stop(state: PrefixState, reason: StopReason): PrefixState {
  return { ...state, stopped: reason };
}

/** The state after a touch that began at `startedAt` and was judged. */
export function afterTouch(
  state: PrefixState,
  judgement: Judgement,
  readTokens: number,
  startedAt: number,
  endedAt: number,
): PrefixState {
  switch (judgement.verdict) {
    case "filled": {
      const { provenAt: _unproven, drifted: _seen, retryAt: _past, ...rest } = state;
      const fillsInRow = fillsAfterWrite(state, startedAt);
      return {
        ...rest,
        ...(fillsInRow >= LOOP_FILLS && { stopped: "warmer_loop" as const }),
        ...(judgement.measuredTokens !== undefined && { measuredTokens: judgement.measuredTokens }),
        ...(judgement.grantedTtl !== undefined && { grantedTtl: judgement.grantedTtl }),
        lastStart: startedAt,
        fillsInRow,
        dueAt: endedAt + CONFIRM_AFTER_MS,
      };
    }
    case "warm": {
      const { drifted: _seen, retryAt: _past, ...rest } = state;
      const confirmed: PrefixState = {
        ...rest,
        measuredTokens: state.measuredTokens ?? readTokens,
        lastStart: startedAt,
        provenAt: startedAt,
        fillsInRow: 0,
      };
      const confirmsFill = state.provenAt === undefined;
      const next = nextKeepAlive(confirmed);
      if (!confirmsFill) return { ...confirmed, dueAt: next };
      const spread = next - offsetOf(confirmed);
      return { ...confirmed, dueAt: Math.max(spread, startedAt + 1) };
    }
    case "partial": {
      // What was proven before is not proven now. The prefix stays due, so that everyone sees it is not warm, but
      // it is touched again only when the part that is there falls due: a size that never matches must not turn
      // into a touch a minute.
      const { provenAt: _lost, measuredTokens: _size, retryAt: _past, ...rest } = state;
      const wrote = judgement.grantedTtl !== undefined;
      const partly: PrefixState = {
        ...rest,
        ...(wrote && { grantedTtl: judgement.grantedTtl }),
        lastStart: startedAt,
        fillsInRow: wrote ? fillsAfterWrite(state, startedAt) : state.fillsInRow,
      };
      return wrote
        ? { ...partly, dueAt: endedAt + CONFIRM_AFTER_MS }
        : { ...partly, dueAt: endedAt, retryAt: nextKeepAlive(partly) };
    }
    case "not_cached": {
      const { provenAt: _lost, ...rest } = state;
      return { ...rest, stopped: "not_cached", dueAt: endedAt };
    }
    default:
      return judgement.verdict satisfies never;
  }
}

/** An expired prefix is written because nobody came in time; that is no loop. */
function fillsAfterWrite(state: PrefixState, startedAt: number): number {
  return isAlive(state, startedAt) ? state.fillsInRow + 1 : 1;
}

/** An operator asked to touch a prefix again that had been stopped as a loop: it may fill as often again. */
export function restart(state: PrefixState, restartedAt: number): PrefixState {
  if (state.stopped !== "warmer_loop" || restartedAt <= (state.lastStart ?? 0)) return state;
  const { stopped: _loop, ...rest } = state;
  return { ...rest, fillsInRow: 0 };
}

function offsetOf({ page, fingerprint, grantedTtl, ttl }: PrefixState): number {
  const kept = grantedTtl ?? ttl;
  return page === undefined ? spreadOffset(fingerprint, kept) : pageOffset(page, kept);
}

function nextKeepAlive(state: PrefixState): number {
  return state.lastStart === undefined ? 0 : dueAt(state.lastStart, state.grantedTtl ?? state.ttl);
}
