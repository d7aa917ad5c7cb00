import { policyNamed } from "../../../lib/core/plan/policies.ts";
import type { Policy } from "../../../lib/core/plan/policy.ts";
import type { LoggedDecision, SimulationOptions } from "../../../lib/core/replay/bill.ts";
import { simulate } from "../../../lib/core/replay/simulate.ts";
import { TraceBuilder, type TraceRow } from "../../../lib/core/replay/trace.ts";

export type Row = readonly [t: number, id: string, rest?: Partial<TraceRow>];

export function traceOf(rows: readonly Row[]) {
  const builder = new TraceBuilder("small");
  for (const [t, id, rest] of rows) builder.row(t, id, { tokens: 1_000, ...rest });
  return builder.finish();
}

/** Requests of 1,000 tokens: a read costs 100, a 5m write 1,250, a 1h write 2,000, a touch 12 more. */
export function run(rows: readonly Row[], policy: string | Policy, options: SimulationOptions = {}) {
  const log: LoggedDecision[] = [];
  const made = typeof policy === "string" ? policyNamed(policy) : policy;
  const bill = simulate(traceOf(rows), made, { ...options, onDecision: (decision) => log.push(decision) });
  const touched = (id: string) => log.filter(({ action, prefix }) => action === "touch" && prefix === id);
  return { bill, log, touched, minutes: (id: string) => touched(id).map(({ t }) => Math.floor(t / 60)) };
}
