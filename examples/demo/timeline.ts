import type { WarmReport } from "../../lib/app/warm-cycle.ts";
import type { InvocationEvent, JournalEvent } from "../../lib/local/journal.ts";
import { MINUTE_MS, STARTS_AT } from "./world.ts";

/** One line of the timeline. */
export interface Row {
  readonly at: number;
  readonly what: string;
}

/** `10:04`, and with seconds where they matter. */
export function clock(at: number, seconds = false): string {
  return new Date(at).toISOString().slice(11, seconds ? 19 : 16);
}

export function minuteOf(at: number): number {
  return Math.floor((at - STARTS_AT) / MINUTE_MS);
}

/** The warm function's runs, with what each reported. */
export interface WarmRun {
  readonly at: number;
  readonly endedAt: number;
  readonly report: WarmReport | undefined;
  /** Outcome and message: of the report, or of the error that an unhealthy run ended with. */
  readonly outcome: string;
  readonly message: string;
}

export function warmRuns(events: readonly JournalEvent[]): WarmRun[] {
  return events
    .filter((event): event is JournalEvent & InvocationEvent => event.kind === "invoked")
    .filter((event) => event.function.startsWith("WarmerWarm"))
    .map(({ at, endedAt, result, error }) => {
      const report = result as WarmReport | undefined;
      const [outcome = "failed", ...message] = (error?.errorMessage ?? "").split(": ");
      return {
        at,
        endedAt,
        report,
        outcome: report?.outcome ?? outcome,
        message: report?.message ?? message.join(": "),
      };
    });
}

/** A row for each touch of note, each change of outcome, and each alarm. */
export function warmerRows(events: readonly JournalEvent[]): Row[] {
  const rows: Row[] = [];
  let last = "";
  for (const { at, report, outcome, message } of warmRuns(events)) {
    if (report !== undefined && report.fills > 0) {
      rows.push({
        at,
        what: `warmer  ${outcome}: ${report.fills} filled and ${report.keepAlives} read back while ${report.color} is live`,
      });
    } else if (outcome !== last && !isRoutine(outcome, last)) {
      rows.push({ at, what: `warmer  ${outcome}: ${message}` });
    }
    last = outcome;
  }
  return rows;
}

const ROUTINE = new Set(["warmed", "nothing_due"]);

function isRoutine(outcome: string, before: string): boolean {
  return ROUTINE.has(outcome) && (ROUTINE.has(before) || before === "");
}

/** New alarms report OK within a minute or two of the deploy; only what follows is news. */
export function alarmRows(events: readonly JournalEvent[]): Row[] {
  const silent = new Set<string>();
  return events.flatMap((event) => {
    if (event.kind !== "alarm") return [];
    if (event.from === "INSUFFICIENT_DATA" && event.to === "OK" && !silent.delete(event.alarm)) return [];
    if (event.to === "INSUFFICIENT_DATA") silent.add(event.alarm);
    const name = event.alarm.replace(/^support-demo-/, "");
    const word = { ALARM: "ALARM   ", OK: "ok      ", INSUFFICIENT_DATA: "no data " }[event.to] ?? "";
    return [{ at: event.at, what: `${word}${name}` }];
  });
}
