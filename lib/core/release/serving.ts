import type { Control } from "../control.ts";
import type { NotAllowed } from "../control-state.ts";
import type { MicroUsd } from "../money.ts";
import { tellFlip, whyUnproven } from "./flip-news.ts";

/** A manifest that the prefix items were brought in line with. */
export interface Served {
  readonly color: string;
  readonly digest: string;
}

/** What the prefix items were last reconciled with: the live manifest, and those that are warm beside it. */
export interface Serving extends Served {
  readonly release: string;
  /** Version of the live-color parameter when it was read. */
  readonly parameterVersion: number;
  readonly since: number;
  readonly prefixes: number;
  readonly required: number;
  readonly beside?: readonly Served[];
}

/** The color that was live before the last flip. */
export interface Previous {
  readonly color: string;
  /** Beginning of the digest of what it served: another release of the same color has not served yet. */
  readonly digest: string;
  /** Until when it is kept warm, ms since the epoch. */
  readonly until: number;
}

/** Enough of a digest to see a change: the control item must stay small. */
export const DIGEST_SHOWN = 16;

/** The color that gates ask about. */
export interface Candidate {
  readonly color: string;
  /** Until when it is warmed: the latest deadline; after a warm answer, long enough for the flip to follow. */
  readonly until: number;
  /** Ids of the gates that still need the warm cycle. */
  readonly gates: readonly string[];
}

/** A change of the live color's value against the one in state. */
export interface Flip {
  readonly from: string;
  readonly to: string;
  /** Version of the parameter with which this value began. */
  readonly version: number;
  /** Zero of the flip: modification time of that version, ms since the epoch. */
  readonly at: number;
  readonly release: string;
  /** When every required prefix had valid proof; `at` itself if they had it before. */
  readonly provenAt?: number;
  /** Whether people have been told how it went. */
  readonly told?: boolean;
  /** What its fills are predicted to cost: those of the prefixes that were not alive when a warm cycle saw it. */
  readonly expectedCost?: MicroUsd;
  /** Whether the monitor has looked at the hour before. */
  readonly measured?: boolean;
  /** The application's hit rate in the hour before, 0 to 1; absent if it sent too little to tell. */
  readonly organicBefore?: number;
}

/** Gates on one candidate at a time; more are a pipeline that repeats itself. */
const MAX_GATES = 4;

/** The tick that answers an expired gate may be this late; after that nobody is at work who could. */
const ANSWER_GRACE_MS = 90_000;

/** A flip that is not proven after this long is told as such. */
export const FLIP_PATIENCE_MS = 5 * 60_000;

/** Colors to keep warm beside the live one at this moment. */
export function colorsBeside({ previous, candidate }: Control, liveColor: string, now: number): string[] {
  const colors = [candidate, previous].flatMap((beside) =>
    beside !== undefined && now < beside.until && beside.color !== liveColor ? [beside.color] : [],
  );
  return [...new Set(colors)];
}

/**
 * A flip has been seen: the color that was live is kept for a while, and the new one is measured from its zero. One
 * that another run has seen meanwhile changes nothing.
 */
export function flipped(control: Control, flip: Flip, keepPreviousMs: number, now: number): Control {
  if (control.serving?.color !== flip.from) return control;
  const { candidate, previous: _before, ...rest } = settleNews(control, now);
  return {
    ...rest,
    flip,
    ...(keepPreviousMs > 0 && {
      previous: {
        color: flip.from,
        digest: (control.serving?.digest ?? "").slice(0, DIGEST_SHOWN),
        until: now + keepPreviousMs,
      },
    }),
    // Its gates are answered by the next look at them; until then the candidate stands.
    ...(candidate !== undefined &&
      (candidate.color !== flip.to || candidate.gates.length > 0) && { candidate }),
  };
}

/** A flip that another one overtakes is told before it is forgotten: each observed flip sends one notice. */
function settleNews(control: Control, now: number): Control {
  const { flip } = control;
  if (flip === undefined || flip.told === true) return control;
  return tellFlip(control, flip, now, "another flip followed");
}

/** Every required prefix of the live color has valid proof. */
export function provenFlip(control: Control, latestProof: number, now: number): Control {
  const { flip } = control;
  if (flip === undefined || flip.provenAt !== undefined) return control;
  const proven = { ...flip, provenAt: Math.max(flip.at, latestProof) };
  return flip.told === true
    ? { ...control, flip: proven }
    : tellFlip({ ...control, flip: proven }, proven, now);
}

/**
 * Seconds for which the live color lacks proof since it changed.
 *
 * @param live the color that the parameter names, and when it was written; `undefined` if it cannot be resolved
 */
export function secondsUnproven(
  { flip, serving }: Control,
  live: { readonly color: string; readonly modifiedAt: number } | undefined,
  now: number,
): number {
  // No warm cycle has seen the flip yet: it is measured all the same, since the warmer may be what is dead.
  const unseen = live !== undefined && serving !== undefined && serving.color !== live.color;
  const since = unseen ? live.modifiedAt : flip !== undefined && flip.provenAt === undefined ? flip.at : now;
  return Math.max(0, now - since) / 1000;
}

/** Tells of a flip that is still not proven. */
export function tellUnproven(control: Control, now: number): Control {
  const { flip } = control;
  if (flip === undefined || flip.told === true || flip.provenAt !== undefined) return control;
  return now - flip.at < FLIP_PATIENCE_MS ? control : tellFlip(control, flip, now, whyUnproven(control));
}

/** Puts a gate before a color. One candidate at a time: two releases at once are one too many. */
export function addGate(
  control: Control,
  color: string,
  gate: string,
  deadline: number,
  now: number,
): Control | NotAllowed {
  const { candidate } = control;
  const isOther = candidate !== undefined && candidate.color !== color;
  // Its gates would never be answered if another color took its place before the tick after their deadline.
  if (isOther && candidate.gates.length > 0 && now < candidate.until + ANSWER_GRACE_MS) {
    return {
      notAllowed: `a gate on ${candidate.color} is open until ${new Date(candidate.until).toISOString()}`,
    };
  }
  const known = isOther ? undefined : candidate;
  const gates = known?.gates ?? [];
  if (gates.includes(gate)) return control;
  if (gates.length >= MAX_GATES) return { notAllowed: `${MAX_GATES} gates on ${color} are open already` };
  return {
    ...control,
    candidate: { color, until: Math.max(deadline, known?.until ?? 0), gates: [...gates, gate] },
  };
}

/**
 * Takes answered gates out.
 *
 * @param keepUntil until when a candidate that was found warm stays so; `undefined` ends its warming
 */
export function removeGates(
  control: Control,
  ids: readonly string[],
  keepUntil: number | undefined,
): Control {
  const { candidate, ...rest } = control;
  if (candidate === undefined || ids.length === 0) return control;
  const gates = candidate.gates.filter((id) => !ids.includes(id));
  if (gates.length === 0 && keepUntil === undefined) return rest;
  return { ...rest, candidate: { ...candidate, gates, until: Math.max(candidate.until, keepUntil ?? 0) } };
}

/** What a look at the gates of the candidate came to. */
export interface GatesSeen {
  /** Ids of all that were looked at. */
  readonly seen: readonly string[];
  /** Ids of those that nobody waits for any more. */
  readonly done: readonly string[];
  /** Whether one of them has no answer yet. */
  readonly isOpen: boolean;
  /** Until when the candidate stays warm, if one of them found it so, ms since the epoch. */
  readonly keepUntil: number | undefined;
}

/** Takes the gates out that are done, and ends the warming of a candidate that nobody asks about any more. */
export function afterGates(
  control: Control,
  { seen, done, isOpen, keepUntil }: GatesSeen,
  now: number,
): Control {
  const left = removeGates(control, done, keepUntil);
  const { candidate } = left;
  if (candidate === undefined || candidate.gates.length === 0) return left;
  // One that was opened meanwhile has its own deadline.
  if (isOpen || candidate.gates.some((id) => !seen.includes(id))) return left;
  // Only callbacks are left to be made.
  const until =
    keepUntil === undefined ? Math.min(candidate.until, now) : Math.max(candidate.until, keepUntil);
  return until === candidate.until ? left : { ...left, candidate: { ...candidate, until } };
}

/** Ends the warming of a color beside the live one. */
export function retire(control: Control, color: string): Control | NotAllowed {
  const { previous, candidate, ...rest } = control;
  if (candidate?.color === color && candidate.gates.length > 0) {
    return { notAllowed: `a gate on ${color} is open until ${new Date(candidate.until).toISOString()}` };
  }
  if (previous?.color !== color && candidate?.color !== color) {
    return { notAllowed: `${color} is not kept warm beside the live color` };
  }
  return {
    ...rest,
    ...(previous !== undefined && previous.color !== color && { previous }),
    ...(candidate !== undefined && candidate.color !== color && { candidate }),
  };
}
