import type { Cause } from "./control.ts";
import { formatUsd, type MicroUsd } from "./money.ts";
import type { Notice } from "./notice.ts";

/** What happened to the warmer's control state, kept for people: who, when, why, which alarm, and how it ended. */
export interface Incident {
  readonly id: string;
  readonly kind: "paused" | "throttled" | "limit_met";
  readonly cause: Cause;
  readonly prefix?: string;
  readonly alarm?: string;
  readonly openedAt: number;
  readonly openedBy: string;
  readonly reason: string;
  readonly hourSpent: MicroUsd;
  readonly daySpent: MicroUsd;
  readonly closedAt?: number;
  readonly closedBy?: string;
  readonly closeReason?: string;
}

/** Sorts by age as text. A met limit changes no generation, so its instant tells it apart. */
export function incidentId({ incident, kind, at }: Notice): string {
  const number = String(incident).padStart(8, "0");
  return kind === "limit_met" ? `${number}.${at}` : number;
}

/** The incident after a notice: opened by it, or closed. */
export function recordNotice(known: Incident | undefined, notice: Notice): Incident {
  const { incident: _number, kind, at, by, reason, cause, alarm, prefix, hourSpent, daySpent } = notice;
  const opened: Incident = known ?? {
    id: incidentId(notice),
    kind: kind === "resumed" ? "paused" : kind,
    cause,
    ...(prefix !== undefined && { prefix }),
    ...(alarm !== undefined && { alarm }),
    openedAt: at,
    openedBy: by,
    reason,
    hourSpent,
    daySpent,
  };
  return kind === "resumed" ? { ...opened, closedAt: at, closedBy: by, closeReason: reason } : opened;
}

/** The notice as a person reads it in a mail: what, who, why, the money, and what to type next. */
export function noticeText(
  notice: Notice,
  service: string,
  environment: string,
): { subject: string; message: string } {
  const { kind, by, reason, at, cause, alarm, prefix, hourSpent, daySpent } = notice;
  const what = {
    paused: "paused",
    throttled: "throttled",
    limit_met: "past its spend limit",
    resumed: "resumed",
  }[kind];
  const scope = prefix === undefined ? "The warmer" : `The prefix ${prefix}`;
  const next = kind === "resumed" ? "warmer status" : 'warmer status, then warmer resume --reason "..."';
  return {
    // SNS takes ASCII of at most 100 characters as a subject.
    subject: `${service} ${environment}: ${prefix === undefined ? "warmer" : "prefix"} ${what}`.slice(0, 100),
    message: [
      `${scope} of ${service} ${environment} is ${what}.`,
      `When:   ${new Date(at).toISOString()}`,
      `By:     ${by}${alarm === undefined ? "" : ` (alarm ${alarm})`}`,
      `Cause:  ${cause}`,
      `Reason: ${reason}`,
      `Spent:  ${formatUsd(hourSpent)} in that hour, ${formatUsd(daySpent)} in that day (UTC)`,
      `Next:   ${next}`,
    ].join("\n"),
  };
}

/** Whether the notice is about money, and so also for those who hear of met limits. */
export function isAboutLimit({ cause }: Notice): boolean {
  return cause !== "operator";
}
