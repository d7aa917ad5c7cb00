import type { Ttl } from "../due.ts";
import type { PlanState } from "../plan/policy.ts";
import type { Tariff } from "../plan/tariff.ts";
import type { PlanLimits } from "../plan/tick.ts";

/** One line of the decision log: enough to charge the run again without this code. */
export interface LoggedDecision {
  readonly prefix: string;
  /** Seconds, as in the trace. */
  readonly t: number;
  /** `touch`: sent by the warmer. `write`: the application's own write, with the advised TTL. */
  readonly action: "touch" | "write";
  readonly ttl: Ttl;
}

/** What the product may know beside request times, as the columns of a trace are called. */
export const HINTS = ["replaces", "session_end", "stop_reason", "closed"] as const;

export type Hint = (typeof HINTS)[number];

export interface SimulationOptions {
  /** Of a prefix of so many tokens. @default the usual multiples */
  readonly tariffFor?: (tokens: number) => Tariff;
  readonly seed?: number;
  /** Which of the optional columns are used. @default all that the trace has */
  readonly hints?: readonly Hint[];
  /** The application writes with this TTL whatever it is advised. */
  readonly appTtl?: Ttl;
  /** A 1h write is granted as 5m. */
  readonly downgrades?: boolean;
  /** The recorder says when a minute's last request started, not only in which minute. @default false */
  readonly exactStarts?: boolean;
  /** Called in each minute when all that came before it is learned and nothing of it is: what a flip would be planned by. */
  readonly onMinute?: (minute: number, states: readonly (PlanState | undefined)[]) => void;
  readonly limits?: PlanLimits;
  readonly onDecision?: (decision: LoggedDecision) => void;
}

export interface Bill {
  /** In base-price tokens. */
  cost: number;
  /** In micro-USD. */
  money: number;
  requests: number;
  hits: number;
  /** Tokens of cold requests: what lambda multiplies. */
  coldTokens: number;
  touches: number;
  /** Touches that found the entry gone and wrote it. */
  fills: number;
  touchCost: number;
  firstWriteCost: number;
  rewriteCost: number;
}
