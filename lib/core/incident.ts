import type { Cause } from "./control.ts";
import type { CauseCode } from "./diagnosis.ts";
import type { Level } from "./fill-cost/spike.ts";
import type { SpikeWatch } from "./fill-cost/spike-watch.ts";
import { formatUsd, type MicroUsd } from "./money.ts";
import type { Notice } from "./notice.ts";

/**
 * What happened to the warmer's control state, or to its fill cost, kept for people: who, when, why, which alarm, and
 * how it ended.
 */
export interface Incident {
  readonly id: string;
  readonly kind: "paused" | "throttled" | "limit_met" | "fill_cost";
  readonly cause: Cause | "fill_rate";
  readonly prefix?: string;
  readonly alarm?: string;
  /** Of fill cost: the highest level that it reached. */
  readonly level?: Level;
  /** Of fill cost: when no level had held for a quarter of an hour. It is over, and not yet explained. */
  readonly calmAt?: number;
  readonly openedAt: number;
  readonly openedBy: string;
  readonly reason: string;
  readonly hourSpent: MicroUsd;
  readonly daySpent: MicroUsd;
  readonly closedAt?: number;
  readonly closedBy?: string;
  readonly closeReason?: string;
  /** What it was, as an operator found out, and what they noted. */
  readonly rootCause?: CauseCode;
  readonly note?: string;
}

/** Sorts by age as text. A met limit changes no generation, so its instant tells it apart. */
export function incidentId({ incident, kind, at }: Notice): string {
  const number = String(incident).padStart(8, "0");
  return kind === "limit_met" ? `${number}.${at}` : number;
}

/** The id of a spike that is first seen at `now`. A spike changes no generation either. */
export function spikeIncidentId(generation: number, now: number): string {
  return `${String(generation).padStart(8, "0")}.${now}.fill`;
}

/**
 * The incident of a spike: opened with it, and raised with its level. What an operator has written into it stays.
 *
 * @param reason what is known of it, for people
 */
export function recordSpike(
  known: Incident | undefined,
  watch: SpikeWatch,
  reason: string,
  spent: { readonly hourSpent: MicroUsd; readonly daySpent: MicroUsd },
): Incident {
  const opened = { openedAt: watch.since, openedBy: "monitor", ...spent };
  return {
    ...(known ?? { id: watch.incident, kind: "fill_cost", cause: "fill_rate", ...opened }),
    reason,
    level: watch.level,
  };
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
