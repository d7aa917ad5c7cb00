import { Logger } from "@aws-lambda-powertools/logger";
import { StateUnreadable } from "../app/errors.ts";
import type { Outcome } from "../core/outcome.ts";

export interface Report {
  readonly outcome: Outcome;
  readonly message: string;
}

/** One structured line for each run. Only fields of our own reports go in: no event, no prompt, no key. */
export const logger = new Logger({ serviceName: "prompt-cache-warmer" });

/** A run that did not end well ends the invocation as an error, so that AWS/Lambda Errors counts it. */
export class UnhealthyRun extends Error {
  override readonly name = "UnhealthyRun";

  constructor({ outcome, message }: Report) {
    super(`${outcome}: ${message}`);
  }
}

export function logReport(report: Report, healthy: boolean): void {
  const line = { ...report };
  if (healthy) logger.info(report.outcome, { report: line });
  else logger.error(report.outcome, { report: line });
}

/**
 * Runs a handler. Whatever is thrown that no use case has named ends as `failed`, in the log as in the answer.
 * Only the error's kind and place are told: a message may quote what it was about, a prompt for example.
 */
export async function ending<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof UnhealthyRun) throw error;
    if (error instanceof StateUnreadable)
      throw unhealthy({ outcome: "state_unreadable", message: error.message });
    const kind = error instanceof Error ? error.name : typeof error;
    const place =
      error instanceof Error ? (/at ([\w.#<>]+) /.exec(error.stack ?? "")?.[1] ?? "unknown") : "unknown";
    throw unhealthy({ outcome: "failed", message: `an unexpected ${kind} in ${place}` });
  }
}

function unhealthy(report: Report): UnhealthyRun {
  logReport(report, false);
  return new UnhealthyRun(report);
}
