/** Which faults a soak meets, and when: a function of its seed. */
import { fraction } from "../../lib/local/deterministic.ts";
import type { RequestFault } from "../../lib/local/provider/faults.ts";
import type { Stage } from "./stage.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** Operators act in the first minutes of an hour; no fault begins or lasts then. */
export const QUIET_MS = 10 * MINUTE;

/** One fault, from its first instant up to, but not including, its last. */
export interface Planned {
  readonly name: FaultName;
  readonly from: number;
  readonly until: number;
}

/** Share of the requests that a fault of the provider meets. */
const SHARE = 0.2;

const PROVIDER = {
  timeout: { kind: "timeout" },
  droppedConnection: { kind: "dropped_connection" },
  missingUsage: { kind: "missing_usage" },
  notJson: { kind: "not_json" },
  cutShort: { kind: "not_json", as: "cut_short" },
  rateLimited: { kind: "rate_limited", retryAfterSeconds: 10 },
  overloaded: { kind: "overloaded" },
  serverError: { kind: "server_error" },
  gatewayTimeout: { kind: "gateway_timeout" },
  unauthorized: { kind: "unauthorized" },
} as const satisfies Record<string, RequestFault>;

const AWS = {
  tableAway: { kind: "unavailable", service: "dynamodb" },
  tableThrottles: { kind: "throttled", service: "dynamodb" },
  parametersAway: { kind: "unavailable", service: "ssm" },
  metricsDenied: { kind: "denied", service: "cloudwatch" },
  topicAway: { kind: "unavailable", service: "sns" },
} as const;

const NAMES = [...Object.keys(PROVIDER), ...Object.keys(AWS), "eviction"] as readonly FaultName[];
export type FaultName = keyof typeof PROVIDER | keyof typeof AWS | "eviction";

/** Of the faults in which a touch may be billed without the ledger's knowing how much. */
export const TABLE_FAULTS: ReadonlySet<FaultName> = new Set(["tableAway", "tableThrottles"]);

/** Minutes in which a fault begins, of those in which one may. */
const CHANCE = 0.12;
const LONGEST_MINUTES = 3;

/** An eviction makes every prefix be filled anew: one of so many is enough. */
const EVICTIONS = 0.15;

export function planFaults(seed: string, start: number, hours: number): Planned[] {
  const planned: Planned[] = [];
  let free = start + QUIET_MS;
  for (let at = free; at < start + hours * HOUR; at += MINUTE) {
    const chance = (what: string) => fraction(seed, "soak", what, at);
    const length = (1 + Math.floor(LONGEST_MINUTES * chance("length"))) * MINUTE;
    const inHour = (at - start) % HOUR;
    if (at < free || inHour < QUIET_MS || inHour + length > HOUR || chance("begins") >= CHANCE) continue;
    const name = NAMES[Math.floor(NAMES.length * chance("name"))];
    if (name === undefined || (name === "eviction" && chance("eviction") >= EVICTIONS)) continue;
    free = at + length;
    planned.push({ name, from: at, until: free });
  }
  return planned;
}

/** Sets a fault up; the stage's time is at its beginning. @returns ends it */
export function begin({ engine, provider }: Stage, { name, from, until }: Planned): () => void {
  if (name === "eviction") return provider.faults.add({ kind: "evict", at: from });
  if (isOfAws(name)) return engine.faults.inject(AWS[name]);
  // Counting is free of charge, and what nobody counted is reserved by its bytes.
  const scope = { endpoint: "messages", probability: SHARE, when: { from, until } } as const;
  return provider.faults.add({ ...PROVIDER[name], ...scope });
}

function isOfAws(name: FaultName): name is keyof typeof AWS {
  return name in AWS;
}
