import { type MonthReport, monthReport } from "../core/fill-cost/economics.ts";
import { Refused } from "./errors.ts";
import type { Clock, ControlStore, FillHistoryStore } from "./ports.ts";

/** What the warmer cost and saved in a month, with what is damaged of the record of it. */
export interface Report extends MonthReport {
  readonly problems: readonly string[];
}

/**
 * @param month `2026-11`, in UTC; the one under way counts as far as its hours are over
 * @throws Refused before `warmer init`
 */
export async function readReport(
  ports: {
    readonly clock: Pick<Clock, "now">;
    readonly control: Pick<ControlStore, "read">;
    readonly history: Pick<FillHistoryStore, "read">;
  },
  month?: string,
): Promise<Report> {
  const now = ports.clock.now();
  const [held, { history, problems }] = await Promise.all([ports.control.read(), ports.history.read()]);
  if (held === undefined) throw new Refused("there is no control item yet; run `warmer init` first");
  const asked = month ?? new Date(now).toISOString().slice(0, "2026-11".length);
  return { ...monthReport(history, asked, held.control.createdAt, now), problems };
}
