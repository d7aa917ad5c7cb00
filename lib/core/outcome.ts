/**
 * Every run of every function ends in exactly one of these codes. They are API: alarms, dashboards and
 * people's scripts know them, so none is renamed silently.
 *
 * The order is the order of severity: when several things happened in one run, the last in this list wins.
 */
export const OUTCOMES = {
  ignored: { healthy: true, meaning: "the event is not about this function; nothing was changed" },
  already_paused: { healthy: true, meaning: "the warmer was paused before; the first reason stands" },
  drilled: { healthy: true, meaning: "a drill alarm was heard and recorded; nothing was paused" },
  measured: { healthy: true, meaning: "the gauges were published" },
  gate_open: { healthy: true, meaning: "a gate is open; the warm cycle works on it" },
  gate_answered: { healthy: true, meaning: "a gate has its answer" },
  nothing_due: { healthy: true, meaning: "prefixes were considered and none was due" },
  warmed: { healthy: true, meaning: "every due prefix was touched and is filled or warm" },
  duplicate: { healthy: true, meaning: "this event was handled by an earlier run" },
  lease_held: { healthy: true, meaning: "another run is at work; this one did nothing" },
  paused: { healthy: true, meaning: "the warmer is paused; nothing was sent" },
  throttled: { healthy: true, meaning: "some due prefixes wait for a slot of the throttle" },
  not_initialised: { healthy: true, meaning: "`warmer init` has not run yet; nothing was sent" },
  deadline: { healthy: true, meaning: "the run's time was over; the rest comes first in the next run" },
  stale_event: { healthy: true, meaning: "the event was older than 60 seconds; a fresh tick follows" },
  bad_event: { healthy: false, meaning: "the event is not one that this function answers" },
  gate_refused: { healthy: false, meaning: "a gate could not be opened as it was asked for" },
  gate_unanswered: { healthy: false, meaning: "a gate's time is over and the warm function gave no answer" },
  no_target: { healthy: false, meaning: "the live-color parameter does not exist" },
  empty_color: { healthy: false, meaning: "the live-color parameter is empty" },
  unknown_color: { healthy: false, meaning: "live-color names no configured color" },
  target_unreadable: { healthy: false, meaning: "the live-color parameter could not be read" },
  no_manifest: { healthy: false, meaning: "no release was published for the live color" },
  empty_target: { healthy: false, meaning: "the live color's manifest lists no prefix" },
  manifest_damaged: { healthy: false, meaning: "the live color's manifest does not match its digest" },
  state_unreadable: {
    healthy: false,
    meaning: "state is missing, damaged, newer, or the table did not answer",
  },
  transient_failure: {
    healthy: false,
    meaning: "the provider was busy or unreachable for at least one prefix",
  },
  usage_missing: {
    healthy: false,
    meaning: "a reply carried no credible usage; its reservation stays spent",
  },
  underestimated: { healthy: false, meaning: "a touch cost more than was reserved for it" },
  partial: { healthy: false, meaning: "only a part of a prefix was read or written" },
  not_cached: {
    healthy: false,
    meaning: "the provider cached nothing; the prefix is below the model's minimum",
  },
  warmer_loop: {
    healthy: false,
    meaning: "a prefix was written again and again where reads were due; it is stopped",
  },
  unsafe_to_warm: { healthy: false, meaning: "a prefix cannot be touched without a side effect" },
  body_damaged: { healthy: false, meaning: "a stored prompt does not match its digest" },
  unpriced_model: { healthy: false, meaning: "the price table does not know a prefix's model" },
  callback_failed: {
    healthy: false,
    meaning: "a deployment that waits for a gate's answer could not be told",
  },
  reservations_full: { healthy: false, meaning: "64 reservations are in flight; nothing more is sent" },
  limit_hour: { healthy: false, meaning: "the hourly limit was met; nothing was sent past it" },
  limit_day: { healthy: false, meaning: "the daily limit was met; nothing was sent past it" },
  absolute_max: { healthy: false, meaning: "the absolute maximum was met; nothing was sent past it" },
  request_refused: {
    healthy: false,
    meaning: "the provider refused a request as invalid, forbidden or unknown",
  },
  provider_spend_limit: { healthy: false, meaning: "the provider's own spend limit or billing stopped it" },
  auth_failed: { healthy: false, meaning: "the provider refused the API key" },
  key_unreadable: { healthy: false, meaning: "the API key parameter could not be read" },
  failed: { healthy: false, meaning: "the run met an error that it does not know" },
} as const satisfies Record<string, { readonly healthy: boolean; readonly meaning: string }>;

export type Outcome = keyof typeof OUTCOMES;

const ORDER = Object.keys(OUTCOMES) as Outcome[];

/** The most severe of several outcomes. */
export function worst(first: Outcome, ...rest: readonly Outcome[]): Outcome {
  return rest.reduce((a, b) => (ORDER.indexOf(b) > ORDER.indexOf(a) ? b : a), first);
}

/** Outcomes which say that the live color could not be resolved to a set of prefixes. */
const TARGET_FAULTS: ReadonlySet<Outcome> = new Set<Outcome>([
  "no_target",
  "empty_color",
  "unknown_color",
  "target_unreadable",
  "no_manifest",
  "empty_target",
  "manifest_damaged",
]);

export function isTargetFault(outcome: Outcome): boolean {
  return TARGET_FAULTS.has(outcome);
}
