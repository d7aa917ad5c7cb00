import type { WarmReport } from "../../lib/app/warm-cycle.ts";
import type { Control } from "../../lib/core/control.ts";
import type { Outcome } from "../../lib/core/outcome.ts";
import type { FaultKind } from "../../lib/local/provider/faults.ts";
import type { FaultCode } from "./fault-table.ts";

/** The faults that an outcome of a run, or of one of its prefixes, is the effect of. */
const BY_OUTCOME: Readonly<Partial<Record<Outcome, readonly FaultCode[]>>> = {
  no_target: ["F1"],
  unknown_color: ["F2", "F35"],
  empty_color: ["F2"],
  no_manifest: ["F3"],
  empty_target: ["F3"],
  target_unreadable: ["F5", "F43"],
  duplicate: ["F7"],
  stale_event: ["F8", "F29"],
  lease_held: ["F9", "F7"],
  auth_failed: ["F15"],
  key_unreadable: ["F15"],
  request_refused: ["F15"],
  unpriced_model: ["F17"],
  usage_missing: ["F18"],
  not_cached: ["F19"],
  warmer_loop: ["F20"],
  state_unreadable: ["F25", "F43"],
  body_damaged: ["F34"],
  manifest_damaged: ["F34"],
};

/** The faults that the provider's own log shows. */
const BY_PROVIDER_FAULT: Readonly<Partial<Record<FaultKind, FaultCode>>> = {
  rate_limited: "F11",
  enforced_spend_limit: "F12",
  own_spend_limit: "F12",
  billing: "F12",
  overloaded: "F13",
  server_error: "F13",
  gateway_timeout: "F14",
  timeout: "F14",
  dropped_connection: "F14",
};

/** What took effect in a run, of the faults that are in force. */
export function effectsOfRun(
  { outcome, problems, fills, keepAlives }: WarmReport,
  isInForce: (code: FaultCode) => boolean,
): FaultCode[] {
  const outcomes = [outcome, ...problems.map((problem) => problem.outcome)];
  const found = outcomes.flatMap((one) => BY_OUTCOME[one] ?? []).filter(isInForce);
  // Whatever it was that failed for some of them.
  const isPartial = fills + keepAlives > 0 && problems.length > 0;
  return [...new Set([...found, ...(isPartial ? (["F16"] as const) : [])])];
}

/** What took effect between two states of the control item. */
export function effectsOfWrite(
  before: Control | undefined,
  after: Control,
  limits: { hourly: number },
): FaultCode[] {
  if (before === undefined) return [];
  const { hour } = after.ledger;
  const rolled = hour.key > before.ledger.hour.key && before.ledger.hour.spent > 0;
  const passed = hour.spent > limits.hourly + hour.allowance && hour.told === true;
  const slowed = after.throttled?.by === "ledger" && before.throttled === undefined;
  return [
    ...(rolled ? (["F30"] as const) : []),
    ...(passed && after.throttled === undefined && before.ledger.hour.told !== true
      ? (["F39"] as const)
      : []),
    ...(slowed ? (["F40"] as const) : []),
  ];
}

/** The fault that a line of the provider's log shows. */
export function effectAtProvider(fault: FaultKind | undefined): FaultCode | undefined {
  return fault === undefined ? undefined : BY_PROVIDER_FAULT[fault];
}
