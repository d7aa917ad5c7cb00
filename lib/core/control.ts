import { emptyLedger, type Ledger } from "./ledger.ts";
import type { Outcome } from "./outcome.ts";

/** Who stopped the warmer, and why. */
export interface Pause {
  readonly reason: string;
  /** An operator's identity, an alarm's name, or `ledger`. */
  readonly by: string;
  readonly at: number;
  readonly cause: PauseCause;
  /** Name of the alarm, when an alarm paused. */
  readonly alarm?: string;
}

export type PauseCause = "operator" | "spend_alarm" | "limit_hour" | "limit_day" | "provider_spend_limit";

/** Which run may send. A run that dies leaves a lease that ends by itself. */
export interface Lease {
  readonly owner: string;
  readonly until: number;
}

/** Which manifest the prefix items were last reconciled with. */
export interface Serving {
  readonly color: string;
  readonly digest: string;
  readonly release: string;
  /** Version of the live-color parameter when it was read. */
  readonly parameterVersion: number;
  readonly since: number;
  readonly prefixes: number;
  readonly required: number;
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
  readonly ledger: Ledger;
  readonly lease?: Lease;
  readonly serving?: Serving;
  readonly lastCycle?: LastCycle;
  /** Ids of the last events handled, newest last: an event delivered twice runs once. */
  readonly recentEvents: readonly string[];
}

const EVENTS_REMEMBERED = 8;

export function newControl(now: number): Control {
  return { createdAt: now, generation: 1, ledger: emptyLedger(now), recentEvents: [] };
}

/** Pauses. A warmer that is paused stays paused by whom it was: the first reason is the one to look into. */
export function pause(control: Control, by: Pause): Control {
  if (control.paused !== undefined) return control;
  return { ...control, generation: control.generation + 1, paused: by };
}

export function resume(control: Control): Control {
  const { paused, ...rest } = control;
  return paused === undefined ? control : { ...rest, generation: control.generation + 1 };
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
  return { ...control, recentEvents: [...control.recentEvents, eventId].slice(-EVENTS_REMEMBERED) };
}
