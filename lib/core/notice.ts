import type { Act, Cause, Control } from "./control.ts";
import type { MicroUsd } from "./money.ts";

/** Something that people must hear of, once per incident. */
export interface Notice extends Act {
  /** The incident: the generation with which it began. */
  readonly incident: number;
  readonly kind: "paused" | "throttled" | "limit_met" | "resumed";
  readonly cause: Cause;
  readonly alarm?: string;
  /** The one prefix that it is about. */
  readonly prefix?: string;
  /** Spent in the UTC hour and day at that moment, in micro-USD. */
  readonly hourSpent: MicroUsd;
  readonly daySpent: MicroUsd;
}

/** The control item must stay small; what does not fit is older news than what does. */
const MAX_WAITING = 3;

/** Puts a notice into the outbox, with the money as it stands. */
export function announce(control: Control, notice: Omit<Notice, "hourSpent" | "daySpent">): Control {
  const { hour, day } = control.ledger;
  const waiting = [...(control.outbox ?? []), { ...notice, hourSpent: hour.spent, daySpent: day.spent }];
  return { ...control, outbox: waiting.slice(-MAX_WAITING) };
}

/** Takes the notices out that were delivered; those that came meanwhile stay. */
export function delivered(control: Control, notices: readonly Notice[]): Control {
  const sent = new Set(notices.map(noticeKey));
  const left = (control.outbox ?? []).filter((notice) => !sent.has(noticeKey(notice)));
  return left.length === (control.outbox ?? []).length ? control : { ...control, outbox: left };
}

function noticeKey({ incident, kind, at, prefix }: Notice): string {
  return `${incident} ${kind} ${at} ${prefix ?? ""}`;
}
