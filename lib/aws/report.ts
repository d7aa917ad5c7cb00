import { Logger } from "@aws-lambda-powertools/logger";
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
