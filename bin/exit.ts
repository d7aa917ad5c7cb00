import { Refused } from "../lib/app/errors.ts";
import { ConfigFault } from "../lib/core/config.ts";

/** Exit codes of the CLI; they are API. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unhealthy: 3, refused: 4 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Each command hands its exit code over here when it ends. */
export type Ended = (code: ExitCode) => void;

/** A command that was asked for in a way that cannot be meant: exit code 2. */
export class UsageFault extends Error {
  override readonly name = "UsageFault";
}

/** The exit code of a command that ended with an error. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof Refused) return EXIT.refused;
  return error instanceof ConfigFault || error instanceof UsageFault ? EXIT.usage : EXIT.failed;
}

/** From good to bad; of several partitions the worst is told. */
const SEVERITY: readonly ExitCode[] = [EXIT.ok, EXIT.unhealthy, EXIT.refused, EXIT.usage, EXIT.failed];

export function worstExit(codes: readonly ExitCode[]): ExitCode {
  return SEVERITY.findLast((code) => codes.includes(code)) ?? EXIT.ok;
}
