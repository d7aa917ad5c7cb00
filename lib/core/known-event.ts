import * as z from "zod/mini";
import { firstFault } from "./first-fault.ts";
import type { MicroUsd } from "./money.ts";

/** What an operator announces; only people know of it. */
export const ANNOUNCED_KINDS = [
  "onboarding",
  "large-merge",
  "scheduled-refresh",
  "model-change",
  "deploy",
] as const;

export type AnnouncedKind = (typeof ANNOUNCED_KINDS)[number];

/** What can explain fill cost: what is announced, and what marks itself. */
export const EVENT_KINDS = [
  ...ANNOUNCED_KINDS,
  "publish",
  "gate",
  "flip",
  "configuration",
  "stack-update",
] as const;

export type EventKind = (typeof EVENT_KINDS)[number];

/**
 * Something that is expected to cost fills. It is left out of the baseline and named in every notification; it
 * never changes the ledger or a limit.
 */
export interface KnownEvent {
  /** Sorts by time, and is the same however often the same thing is marked. */
  readonly id: string;
  readonly kind: EventKind;
  /** Ms since the epoch. */
  readonly from: number;
  readonly to: number;
  /** What its fills are predicted to cost; absent if nobody can say. */
  readonly expectedCost?: MicroUsd;
  readonly color?: string;
  readonly release?: string;
  readonly by: string;
  readonly note: string;
}

/** Bytes of a note; it travels in notifications. */
export const MAX_NOTE = 200;

/** The longest that an event may last: the baseline's window, and how far back a look for events goes. */
export const LONGEST_EVENT_MS = 7 * 86_400_000;

/** How long after its end an event is kept: the monthly report looks back this far. */
export const EVENT_KEPT_MS = 60 * 86_400_000;

const instant = z.number().check(z.nonnegative());

const EVENT = z.object({
  id: z.string(),
  kind: z.enum(EVENT_KINDS),
  from: instant,
  to: instant,
  expectedCost: z.optional(z.int().check(z.nonnegative())),
  color: z.optional(z.string()),
  release: z.optional(z.string()),
  by: z.string(),
  note: z.string(),
});

/** @param parts what makes the event this one and no other, for example the color and the manifest's digest */
export function eventId(from: number, kind: EventKind, ...parts: readonly string[]): string {
  return [new Date(from).toISOString(), kind, ...parts].join("#");
}

/** Checks a stored event; the message of a damaged one names the first field that is wrong. */
export function parseKnownEvent(value: unknown): KnownEvent | string {
  const parsed = z.safeParse(EVENT, value);
  if (parsed.success) return parsed.data;
  return firstFault(parsed.error, "event");
}
