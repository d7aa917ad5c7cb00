import { createHash } from "node:crypto";
import type { Control } from "../../lib/core/control.ts";

/** What happened, line by line: equal seeds must give equal lines. */
export class Trace {
  readonly lines: string[] = [];

  add(at: number, text: string): void {
    this.lines.push(`${at} ${text}`);
  }

  get digest(): string {
    return createHash("sha256").update(this.lines.join("\n")).digest("hex");
  }
}

/** What of the control item a trace tells. */
export function lineOf({ generation, paused, throttled, ledger, serving, lease }: Control): string {
  return [
    `generation ${generation}`,
    paused === undefined ? "" : `paused by ${paused.by}`,
    throttled === undefined ? "" : "throttled",
    `spent ${ledger.hour.spent} ${ledger.day.spent}`,
    `in flight ${ledger.inFlight.length}`,
    `serves ${serving?.color ?? "nothing"}`,
    `lease ${lease?.owner ?? "free"}`,
  ].join(", ");
}
