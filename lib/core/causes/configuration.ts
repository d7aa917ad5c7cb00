/** The rate or the scope jumped right after a change of what the functions run on. */
import { MINUTE_MS, TTL_MS } from "../due.ts";
import { eventText } from "../event-text.ts";
import {
  candidate,
  counted,
  type Evidence,
  eventOf,
  lostFills,
  namesOf,
  percent,
  prefixesOf,
  type Rule,
  shareOf,
  type WindowFill,
} from "./evidence.ts";
import { wasAway } from "./time-and-money.ts";

/** The monitor sees a change a minute after the first run with it. */
const SEEN_LATE_MS = 3 * MINUTE_MS;

/** A 1h prefix is touched within the hour after the change. */
const MATTERS_FOR_MS = 65 * MINUTE_MS;

/** As many prefixes as this times the expected ones are another scope. */
const BROADER = 1.25;

/** When the configuration or the code changed, as far as it can matter to fills now; ms since the epoch. */
function changedAt(evidence: Evidence): number | undefined {
  const { deployedAt, now } = evidence;
  const event = eventOf(evidence, "configuration", "stack-update");
  const at = Math.max(deployedAt ?? 0, event?.from ?? 0);
  return at === 0 || now - at > MATTERS_FOR_MS ? undefined : at;
}

/**
 * Writes of stable prompts that a change at `at` explains: none came before it, and each prompt's first one came with
 * the first touch after it, which is at most one TTL away; an entry that runs out is met later than that.
 */
function begunBy(at: number, evidence: Evidence): WindowFill[] {
  const { fills, resumedAt } = evidence;
  const isIdle = resumedAt !== undefined || wasAway(evidence);
  const late = isIdle ? [] : fills.filter(({ reason }) => reason === "expired");
  const stable = [...lostFills(evidence), ...late];
  if (stable.some((fill) => fill.at < at - SEEN_LATE_MS)) return [];
  const isPrompt = ({ at: first, state, reason }: WindowFill) =>
    first - at <= (reason === "expired" ? 3 : 1) * TTL_MS[state.ttl] + 2 * MINUTE_MS;
  const begun = prefixesOf(stable).filter((state) => {
    const first = stable.find((fill) => fill.state === state);
    return first !== undefined && isPrompt(first);
  });
  return stable.filter(({ state }) => begun.includes(state));
}

export const configurationError: Rule = (evidence) => {
  const { live, expectedPrefixes } = evidence;
  const at = changedAt(evidence);
  const begun = at === undefined ? [] : begunBy(at, evidence);
  const refilled = shareOf(begun, evidence);
  const isBroader = live.length > BROADER * expectedPrefixes;
  const fresh = evidence.fills.filter(
    ({ reason, state }) => reason === "first" && state.before === undefined,
  );
  const scope = isBroader ? shareOf(fresh, evidence) : 0;
  const event = eventOf(evidence, "configuration", "stack-update");
  return candidate(
    "configuration_error",
    Math.max(0.93 * refilled, scope * (at === undefined ? 0.8 : 0.93)),
    [
      refilled === 0
        ? undefined
        : `${counted(prefixesOf(begun).length, "prompt that was", "prompts that were")} stable had to be filled again since (${namesOf(prefixesOf(begun))}), ${percent(refilled)} of the fill cost`,
      scope === 0
        ? undefined
        : `${live.length} prompts are served where the configuration expects ${expectedPrefixes}; new ones are ${percent(scope)} of the fill cost`,
      event && eventText(event, evidence.now),
    ],
    ["warmer check", 'warmer pause --reason "configuration error"'],
  );
};
