/** What the provider does with what it was given to keep. */
import { MINUTE_MS } from "../due.ts";
import {
  candidate,
  counted,
  type Evidence,
  failedSince,
  isLooping,
  lostFills,
  namesOf,
  percent,
  prefixesOf,
  type Rule,
  shareOf,
  type WindowFill,
} from "./evidence.ts";

/** Below these, failures are those of any day. */
const LEAST_FAILED = 2;
const FAILED_SHARE = 0.15;

/**
 * Whether touches fail about as much as they write, since entries began to be lost: an outage before that, and one
 * failure in a day, are not part of it. Each write has a confirming read beside it.
 */
export function isFailing(evidence: Evidence): boolean {
  const [lost] = evidence.fills.filter(({ reason }) => reason === "gone" || reason === "again");
  if (lost === undefined) return false;
  const since = lost.at - MINUTE_MS;
  const failed = failedSince(evidence, since);
  const touches = 2 * evidence.fills.filter(({ at }) => at >= since).length;
  return failed >= LEAST_FAILED && failed / (failed + touches) >= FAILED_SHARE;
}

/** A read had proven the entry, its TTL was not over, and the next touch had to write. */
export const earlyEviction: Rule = (evidence) => {
  const lost = lostFills(evidence);
  const share = shareOf(lost, evidence);
  const states = prefixesOf(lost);
  const once = states.every((state) => lost.filter((fill) => fill.state === state).length === 1);
  return candidate(
    "early_eviction",
    share * (isFailing(evidence) ? 0.6 : 0.85),
    [
      `${counted(states.length, "prompt was", "prompts were")} proven warm and gone before the TTL was over (${namesOf(states)}), ${percent(share)} of the fill cost`,
      once ? "each of them once" : `${lost.length} writes in all`,
    ],
    ["warmer status", 'warmer throttle --max-fills-per-minute 10 --reason "the provider evicts early"'],
  );
};

/** Entries vanish again and again while touches fail. */
export const corruption: Rule = (evidence) => {
  if (!isFailing(evidence)) return undefined;
  const again = evidence.fills.filter(({ reason }) => reason === "gone" || reason === "again");
  const share = shareOf(again, evidence);
  const { fills, from } = evidence;
  return candidate(
    "corruption",
    share * 0.92,
    [
      `${counted(failedSince(evidence, from), "touch", "touches")} failed beside ${counted(fills.length, "write", "writes")}`,
      `${namesOf(prefixesOf(again))} had to be written again, ${percent(share)} of the fill cost, and the hit rate does not improve`,
    ],
    ['warmer pause --reason "entries are lost while touches fail"', "warmer doctor"],
  );
};

/** The same bytes, written again at once: what is stored is never found. */
export const warmerLoop: Rule = (evidence) => {
  const { fills } = evidence;
  const looping = prefixesOf(fills).filter((state) => isLooping(state, fills));
  const own = fills.filter(({ state }) => looping.includes(state));
  const share = shareOf(own, evidence);
  const [name] = looping.map((state) => state.name);
  const stopped = looping.filter((state) => state.stopped === "warmer_loop").length;
  return candidate(
    "warmer_loop",
    share * (isFailing(evidence) ? 0.75 : 0.95),
    [
      `the same bytes of ${namesOf(looping)} were written ${own.length} times and never read back, ${percent(share)} of the fill cost`,
      paceOf(own),
      stopped === 0 ? undefined : `${counted(stopped, "prompt is", "prompts are")} stopped for it`,
    ],
    [
      'warmer pause --reason "warmer loop"',
      "warmer doctor",
      `warmer resume --prefix ${name ?? "NAME"} --reason "the bytes are mended"`,
    ],
  );
};

/** A loop's cost grows linearly: its writes come at a constant pace. */
function paceOf(fills: readonly WindowFill[]): string | undefined {
  const [oldest] = fills;
  const newest = fills.at(-1);
  if (oldest === undefined || newest === undefined || newest.at === oldest.at) return undefined;
  const perMinute = ((fills.length - 1) * 60_000) / (newest.at - oldest.at);
  return `at a pace of ${perMinute.toFixed(1)} writes a minute`;
}

/** Asked for an hour, written for five minutes: twelve times as many touches, and a fill after each gap. */
export const ttlDowngraded: Rule = (evidence) => {
  const down = evidence.fills.filter(({ ttl, state }) => state.ttl === "1h" && ttl === "5m");
  const share = shareOf(down, evidence);
  return candidate(
    "ttl_downgraded",
    share === 0 ? 0 : 0.5 + 0.47 * share,
    [
      `1h was asked for and ephemeral_5m was written for ${namesOf(prefixesOf(down))}, ${percent(share)} of the fill cost`,
    ],
    ["warmer status", 'warmer throttle --max-fills-per-minute 10 --reason "the provider grants 5m"'],
  );
};
