import { randomUUID } from "node:crypto";

/**
 * The id of one run. Not the request id of the invocation: an event that is delivered twice keeps it, and two runs
 * under one id would take each other's lease and reservation for their own.
 */
export function runId(): string {
  return randomUUID();
}
