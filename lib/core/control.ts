import type { Deployed } from "./deployed.ts";
import type { Drill } from "./drill.ts";
import { emptyLedger, type Ledger } from "./ledger.ts";
import type { News } from "./news.ts";
import type { Notice } from "./notice.ts";
import type { Outcome } from "./outcome.ts";
import { sha256 } from "./prefix.ts";
import type { Candidate, Flip, Previous, Serving } from "./release/serving.ts";
import type { Throttle } from "./throttle.ts";

/** Why the warmer stopped or slowed down. */
export type Cause =
  | "operator"
  | "spend_alarm"
  | "limit_hour"
  | "limit_day"
  | "absolute_max"
  | "provider_spend_limit";

/** Who changed the control state, and why. */
export interface Act {
  readonly reason: string;
  /** An operator's identity, an alarm's name, `ledger` or `provider`. */
  readonly by: string;
  readonly at: number;
}

/** A change of control state that lasts until somebody resumes. */
export interface Standing extends Act {
  readonly cause: Cause;
  /** The generation with which it began: the number of the incident. */
  readonly incident: number;
}

/** Nothing is sent. */
export interface Pause extends Standing {
  /** Name of the alarm, when an alarm paused. */
  readonly alarm?: string;
}

/** Fewer cache writes a minute. */
export interface Throttling extends Standing, Throttle {}

/** What holds for one prefix beside what holds for all. */
export interface PrefixControl {
  readonly paused?: Pause;
  readonly throttled?: Throttling;
  /** When an operator asked to touch it again although it had been stopped as a loop. */
  readonly restartedAt?: number;
}

/** Which run may send. A run that dies leaves a lease that ends by itself. */
export interface Lease {
  readonly owner: string;
  readonly until: number;
}

/** The last warm cycle that resolved the live color, read its manifest and finished. */
export interface LastCycle {
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly outcome: Outcome;
}

/**
 * The one item that control and money hang on. It is replaced as a whole, on condition that nobody else
 * replaced it in between; every change of who may spend is a change of this item.
 */
export interface Control {
  readonly createdAt: number;
  /** Rises with every change of control state; an operator resumes the generation that they saw. */
  readonly generation: number;
  readonly paused?: Pause;
  readonly throttled?: Throttling;
  /** Single prefixes that an operator paused or throttled, by name. */
  readonly prefixes?: Readonly<Record<string, PrefixControl>>;
  readonly lastResume?: Act;
  /** What people must still be told. The monitor sends it and takes it out when SNS has acknowledged. */
  readonly outbox?: readonly Notice[];
  /** What people are told of releases: flips, and gates that could not answer. */
  readonly news?: readonly News[];
  readonly drill?: Drill;
  readonly ledger: Ledger;
  readonly lease?: Lease;
  readonly serving?: Serving;
  /** Runs that are at work on the prefix items, or died at it: those are in line with nothing until one is done. */
  readonly changing?: readonly Lease[];
  /** The newest version of the live color that somebody was answered and no run had served by then. */
  readonly answered?: { readonly version: number; readonly modifiedAt: number };
  /** The color that was live before, kept warm so that a rollback is warm. */
  readonly previous?: Previous;
  /** The color that a gate asks about, warmed beside the live one. */
  readonly candidate?: Candidate;
  /** The last change of the live color. */
  readonly flip?: Flip;
  /** What the monitor runs on, as far as it has said. */
  readonly deployed?: Deployed;
  readonly lastCycle?: LastCycle;
  /** Of the warmer without partitions only: names of the partitions that have a ledger, or had one. */
  readonly partitions?: readonly string[];
  /** Ids of the last events handled, newest last: an event delivered twice runs once. */
  readonly recentEvents: readonly string[];
}

const EVENTS_REMEMBERED = 8;

const UUID_LENGTH = 36;

export function newControl(now: number): Control {
  return { createdAt: now, generation: 1, ledger: emptyLedger(now), recentEvents: [] };
}

/** Whether the last flip is not proven yet. */
export function isFlipOpen({ flip }: Control): boolean {
  return flip !== undefined && flip.provenAt === undefined;
}

/** Whether a gate waits for an answer. */
export function hasGates({ candidate }: Control): boolean {
  return candidate !== undefined && candidate.gates.length > 0;
}

/** Takes the lease unless another run holds it. */
export function takeLease(control: Control, lease: Lease, now: number): Control | undefined {
  const held = control.lease;
  if (held !== undefined && held.owner !== lease.owner && now < held.until) return undefined;
  return { ...control, lease };
}

export function releaseLease(control: Control, owner: string): Control {
  const { lease, ...rest } = control;
  return lease?.owner === owner ? rest : control;
}

export function rememberEvent(control: Control, eventId: string): Control {
  if (wasHandled(control, eventId)) return control;
  return { ...control, recentEvents: [...control.recentEvents, eventKey(eventId)].slice(-EVENTS_REMEMBERED) };
}

/** Whether one of the last runs handled this event. */
export function wasHandled({ recentEvents }: Control, eventId: string): boolean {
  return recentEvents.includes(eventKey(eventId));
}

/** EventBridge's ids are UUIDs; longer ones are remembered by a hash, since the control item must stay small. */
function eventKey(eventId: string): string {
  return eventId.length <= UUID_LENGTH ? eventId : sha256(eventId).slice(0, UUID_LENGTH);
}
