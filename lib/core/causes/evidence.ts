import type { Candidate, CauseCode } from "../diagnosis.ts";
import { type FillMark, fillsOf } from "../fill-cost/fill-mark.ts";
import type { AnnouncedKind, EventKind, KnownEvent } from "../known-event.ts";
import { type MicroUsd, toUsd } from "../money.ts";
import type { PrefixState } from "../prefix-state.ts";
import { UNMARKED, type UsageRecord } from "../usage/usage-record.ts";

/** One write of the window, with the prefix that it wrote. */
export interface WindowFill extends FillMark {
  readonly state: PrefixState;
}

/** What the rules look at: the window's writes as the prefixes remember them, and what happened around them. */
export interface Evidence {
  /** The window, ms since the epoch. */
  readonly from: number;
  readonly now: number;
  /** Oldest first. */
  readonly fills: readonly WindowFill[];
  /** What they cost together. */
  readonly cost: MicroUsd;
  /** Touches that failed, by the minute in which they were settled; oldest first. */
  readonly failures: readonly { readonly at: number; readonly failed: number }[];
  /** Prefixes that the live color serves. */
  readonly live: readonly PrefixState[];
  /** What it costs to fill all of them once. */
  readonly liveCost: MicroUsd;
  /** Prefixes that the configuration expects. */
  readonly expectedPrefixes: number;
  /** Known events that touch the window or end shortly before it, oldest first. */
  readonly events: readonly KnownEvent[];
  /** Since when the functions run on another configuration or other code, if that is so recent that it matters. */
  readonly deployedAt?: number;
  /** The last resume, if it lies in the window. */
  readonly resumedAt?: number;
  readonly application: ApplicationUse;
}

/** The application's requests of the window that mark a prefix. */
export interface ApplicationUse {
  readonly requests: number;
  /** Of them, those whose prefix no manifest lists. */
  readonly unlisted: number;
  /** Of the unlisted ones, those that had to write. */
  readonly cold: number;
}

/** A pattern: `undefined` if nothing speaks for it. */
export type Rule = (evidence: Evidence) => Candidate | undefined;

/** The writes since `from` that the prefixes remember, oldest first. */
export function fillsSince(states: readonly PrefixState[], from: number): WindowFill[] {
  return states
    .flatMap((state) => fillsOf(state).map((fill) => ({ ...fill, state })))
    .filter(({ at }) => at >= from)
    .sort((a, b) => a.at - b.at);
}

/** What the application's records say of the prefixes that are known. */
export function applicationUse(
  records: readonly UsageRecord[],
  states: readonly PrefixState[],
): ApplicationUse {
  const listed = new Set(states.map(({ fingerprint }) => fingerprint));
  const marked = records.flatMap(({ prefixes }) => prefixes.filter((use) => use.fingerprint !== UNMARKED));
  const unlisted = marked.filter(({ fingerprint }) => !listed.has(fingerprint));
  return {
    requests: marked.reduce((sum, use) => sum + use.requests, 0),
    unlisted: unlisted.reduce((sum, use) => sum + use.requests, 0),
    cold: unlisted.reduce((sum, use) => sum + use.cold, 0),
  };
}

/** The part of the window's fill cost that these writes are, 0 to 1. */
export function shareOf(fills: readonly WindowFill[], { cost }: Pick<Evidence, "cost">): number {
  return cost === 0 ? 0 : costOf(fills) / cost;
}

export function costOf(fills: readonly WindowFill[]): MicroUsd {
  return fills.reduce((sum, fill) => sum + fill.cost, 0);
}

/** Whether the prefix is written again and again: its last writes were never read back. */
export function isLooping(state: PrefixState, fills: readonly WindowFill[]): boolean {
  const own = fills.filter((fill) => fill.state === state);
  const again = own.filter(({ reason }) => reason === "again").length;
  return again >= 2 || (again === 1 && state.provenAt === undefined);
}

/** Writes of prefixes that a read had proven, and that the provider should still have had. */
export function lostFills({ fills }: Evidence): WindowFill[] {
  return fills.filter(
    ({ reason, state }) => reason === "gone" || (reason === "again" && !isLooping(state, fills)),
  );
}

/** Touches that failed since an instant. The write that stops a loop is counted as failed, and is none of these. */
export function failedSince({ failures, fills }: Evidence, since: number): number {
  const failed = failures.reduce((sum, minute) => sum + (minute.at >= since ? minute.failed : 0), 0);
  const stopped = prefixesOf(fills).filter((state) => state.stopped === "warmer_loop");
  return Math.max(0, failed - stopped.length);
}

export function prefixesOf(fills: readonly WindowFill[]): PrefixState[] {
  return [...new Set(fills.map(({ state }) => state))];
}

/** The newest event of these kinds. */
export function eventOf({ events }: Evidence, ...kinds: readonly EventKind[]): KnownEvent | undefined {
  return events.findLast(({ kind }) => kinds.includes(kind));
}

const SHOWN = 3;

/** `support`, or `support, billing, legal and 4 more`: names from the manifest, never text of a prompt. */
export function namesOf(states: readonly PrefixState[]): string {
  const names = [...new Set(states.map(({ name }) => name))];
  const shown = names.slice(0, SHOWN).join(", ");
  return names.length > SHOWN ? `${shown} and ${names.length - SHOWN} more` : shown;
}

/** `1 prefix`, `7 prefixes`. */
export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

export function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

/** Announces afterwards what was not announced before, with what it has cost so far. */
export function markCommand(kind: AnnouncedKind, { cost }: Evidence): string {
  const dollars = Math.max(0.01, toUsd(cost)).toFixed(2);
  return `warmer mark ${kind} --from -20m --to +1h --expected-cost ${dollars} --note "what it is"`;
}

/** A candidate with its confidence rounded; `undefined` where too little speaks for it. */
export function candidate(
  cause: CauseCode,
  confidence: number,
  evidence: readonly (string | undefined)[],
  next: readonly string[],
): Candidate | undefined {
  const rounded = Math.round(100 * Math.min(0.99, confidence)) / 100;
  if (rounded < LEAST_CONFIDENCE) return undefined;
  return { cause, confidence: rounded, evidence: evidence.filter((fact) => fact !== undefined), next };
}

/** Below this a pattern is noise beside the others. */
const LEAST_CONFIDENCE = 0.2;
