import {
  ANNOUNCED_KINDS,
  type AnnouncedKind,
  EVENT_KEPT_MS,
  eventId,
  type KnownEvent,
  LONGEST_EVENT_MS,
  MAX_NOTE,
} from "../core/known-event.ts";
import type { MicroUsd } from "../core/money.ts";
import { sha256 } from "../core/prefix.ts";
import { shown } from "../core/received.ts";
import { Refused } from "./errors.ts";
import type { Clock, KnownEventStore } from "./ports.ts";

export interface MarkPorts {
  readonly clock: Pick<Clock, "now">;
  readonly events: KnownEventStore;
}

/** What an operator announces. */
export interface MarkRequest {
  readonly kind: AnnouncedKind;
  /** Ms since the epoch. */
  readonly from: number;
  readonly to: number;
  /** What its fills will cost; without it the event is named, and explains nothing. */
  readonly expectedCost?: MicroUsd;
  readonly note: string;
  /** Who announces, for the record. */
  readonly by: string;
  /** Whether nothing is stored. @default false */
  readonly dryRun?: boolean;
}

export interface MarkReport {
  readonly event: KnownEvent;
  /** False in a dry run. */
  readonly stored: boolean;
  /** The mark of the same kind, minute and note that this one takes the place of. */
  readonly replaces?: KnownEvent;
  /** Others that hold at the same time: each explains fills, and what they explain adds up. */
  readonly overlaps: readonly KnownEvent[];
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Further ahead is a typing error, or a plan that will change. */
const FURTHEST_AHEAD_MS = 90 * DAY_MS;

/** As long after its end as a mark is kept. */
const FURTHEST_BACK_MS = EVENT_KEPT_MS;

/**
 * Marks a known event. The same kind, minute and note is the same event, and replaces what was marked before: a cost
 * or an end is corrected by marking again.
 *
 * @throws Refused with every fault; nothing is stored then
 * @throws StateUnreadable if the table does not answer
 */
export async function markEvent({ clock, events }: MarkPorts, request: MarkRequest): Promise<MarkReport> {
  const faults = faultsOf(request, clock.now());
  if (faults.length > 0) {
    throw new Refused(`the mark is refused:\n${faults.map((fault) => `  - ${fault}`).join("\n")}`);
  }
  const event = toEvent(request);
  const near = await events.between(event.from, event.to);
  const replaces = near.find(({ id }) => id === event.id);
  if (request.dryRun !== true) await events.put(event);
  return {
    event,
    stored: request.dryRun !== true,
    ...(replaces !== undefined && { replaces }),
    overlaps: near.filter(({ id, from, to }) => id !== event.id && from < event.to && to > event.from),
  };
}

/** Marks that hold in the baseline's window or are still to come, oldest first. @throws StateUnreadable */
export async function listMarks({ clock, events }: MarkPorts): Promise<KnownEvent[]> {
  const now = clock.now();
  return events.between(now - LONGEST_EVENT_MS, now + FURTHEST_AHEAD_MS);
}

function toEvent({ kind, from, to, expectedCost, note, by }: MarkRequest): KnownEvent {
  const text = oneLine(note);
  // Whole minutes, so that a pipeline that repeats its step marks the same event.
  const begin = Math.floor(from / MINUTE_MS) * MINUTE_MS;
  return {
    id: eventId(begin, kind, sha256(text).slice(0, 8)),
    kind,
    from: begin,
    to: Math.min(to, begin + LONGEST_EVENT_MS),
    ...(expectedCost !== undefined && { expectedCost }),
    by,
    note: text,
  };
}

function faultsOf({ kind, from, to, expectedCost, note }: MarkRequest, now: number): string[] {
  const faults: string[] = [];
  if (!ANNOUNCED_KINDS.includes(kind)) {
    faults.push(`the kind must be one of ${ANNOUNCED_KINDS.join(", ")}, got ${shown(kind)}`);
  }
  if (!Number.isFinite(from) || !Number.isFinite(to)) {
    faults.push(`from and to must be instants, got ${shown(from)} and ${shown(to)}`);
  } else {
    faults.push(...timeFaults(from, to, now));
  }
  if (expectedCost !== undefined && !(Number.isSafeInteger(expectedCost) && expectedCost > 0)) {
    faults.push(`the expected cost must be above 0 micro-USD and whole, got ${shown(expectedCost)}`);
  }
  const bytes = Buffer.byteLength(oneLine(note));
  if (bytes > MAX_NOTE) faults.push(`the note must have at most ${MAX_NOTE} bytes, got ${bytes}`);
  return faults;
}

function timeFaults(from: number, to: number, now: number): string[] {
  const iso = (at: number) => new Date(at).toISOString();
  if (to <= from) return [`its end must lie after its begin, got ${iso(from)} to ${iso(to)}`];
  return [
    ...(to - from > LONGEST_EVENT_MS
      ? [
          `it may last ${LONGEST_EVENT_MS / DAY_MS} days at most, got ${((to - from) / DAY_MS).toFixed(1)}; what lasts longer is normal, and the baseline learns it`,
        ]
      : []),
    ...(from > now + FURTHEST_AHEAD_MS
      ? [`it must begin within ${FURTHEST_AHEAD_MS / DAY_MS} days from now, got ${iso(from)}`]
      : []),
    ...(to < now - FURTHEST_BACK_MS
      ? [`it must have ended within the last ${FURTHEST_BACK_MS / DAY_MS} days, got ${iso(to)}`]
      : []),
  ];
}

/** A note travels in a subject, a mail and a chat message. */
function oneLine(note: string): string {
  return note.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
}
