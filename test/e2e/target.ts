import type { ExitCode } from "../../bin/exit.ts";
import type { AlarmName } from "../../lib/core/alarms.ts";
import type { WarmerConfig, WarmerOptions } from "../../lib/core/config.ts";
import type { SimulatedProvider } from "../../lib/local/provider/server.ts";
import type { TargetName } from "./capabilities.ts";
import type { Clients } from "./clients.ts";
import type { Denied } from "./denied.ts";

/** Options that a later deployment changes. */
export type Change = Partial<WarmerOptions>;

/** Which calls of the functions fail, until that is mended. */
export interface AwsFault {
  readonly kind: "throttled" | "denied" | "unavailable";
  readonly service: "dynamodb" | "ssm" | "cloudwatch" | "sns";
}

/** Whoever is told of alarms: a mailbox, an HTTP endpoint. */
export interface Pager {
  /** How many messages say by now that this alarm went to ALARM. */
  toldOf(alarm: AlarmName): number;
  close(): Promise<void>;
}

/**
 * A place in which the stack can stand, as far as the scenario needs one. What all have in common is reached
 * through AWS's own clients and the warmer's command line; the rest is here. Its capabilities are in
 * capabilities.ts; `withoutPermission` and `breakAws` belong to those.
 */
export interface Target {
  readonly name: TargetName;
  readonly config: WarmerConfig;
  readonly provider: SimulatedProvider;
  /** Ready after the first deployment. */
  readonly clients: Clients;
  /** For files that the scenario writes. */
  readonly directory: string;
  /** Milliseconds since the epoch, in the target's own time. */
  now(): number;
  /** Puts the account in order for a first deployment. */
  prepare(): Promise<void>;
  /** Deploys the repository's stack, first or once more; the provider's key is in its parameter afterwards. */
  deploy(change?: Change): Promise<void>;
  /** Runs `warmer --json …` to its end. @throws Error if it ends with another exit code */
  warmer<T>(args: readonly string[], expected: ExitCode): Promise<T>;
  /** Invokes a function and waits for its end. @returns what it answered */
  invoke(functionName: string, event: unknown): Promise<unknown>;
  /** Variables that a function is deployed with. */
  variables(functionName: string): Promise<Readonly<Record<string, string>>>;
  /** Lets time pass until `look` finds something. @throws Error when `timeoutMs` of the target's time have passed */
  eventually<T>(
    what: string,
    timeoutMs: number,
    look: () => Promise<T | undefined> | T | undefined,
  ): Promise<T>;
  listen(): Promise<Pager>;
  /** Does what CloudWatch does with an alarm in state ALARM, as far as the target itself does not. */
  deliver(alarm: AlarmName): Promise<void>;
  /** Runs something while a function's role is denied something. */
  withoutPermission<T>(functionName: string, denied: Denied, run: () => Promise<T>): Promise<T>;
  /** @returns what mends it */
  breakAws(fault: AwsFault): () => void;
  /** Everything that would help to understand a failure. */
  log(): string;
  stop(): Promise<void>;
}
