import { MINUTE_MS, type Ttl } from "../due.ts";
import { addTurns } from "../usage/turns.ts";
import { PACKED, type PrefixUse, UNMARKED, type UsageRecord } from "../usage/usage-record.ts";
import type { MinuteUse } from "./policy.ts";

/** What all processes of the application used in each minute (since the epoch), by fingerprint; oldest first. */
export type UsesByMinute = ReadonlyMap<number, ReadonlyMap<string, PrefixUse>>;

/** Adds up what several processes recorded of one prefix in one minute. Requests without a prefix are left out. */
export function usesByMinute(records: readonly UsageRecord[]): UsesByMinute {
  const minutes = new Map<number, Map<string, PrefixUse>>();
  for (const record of records.toSorted((a, b) => a.minute - b.minute)) {
    const minute = record.minute / MINUTE_MS;
    const uses = minutes.get(minute) ?? new Map<string, PrefixUse>();
    minutes.set(minute, uses);
    for (const use of record.prefixes) {
      if (use.fingerprint === UNMARKED || use.requests === 0) continue;
      const other = uses.get(use.fingerprint);
      uses.set(use.fingerprint, other === undefined ? use : sum(other, use));
    }
  }
  return minutes;
}

/** Cacheable tokens of one request, on average; `undefined` if none of them read or wrote. */
export function tokensPerRequest(use: PrefixUse): number | undefined {
  const cached = use.requests - use.neither;
  const tokens = use.readTokens + use.write5mTokens + use.write1hTokens;
  return cached > 0 && tokens > 0 ? Math.round(tokens / cached) : undefined;
}

/**
 * A record as the planner takes it.
 *
 * @param tokens size of the prefix, where it is known better than from the record: behind a prefix a request may
 *   mark its conversation too, which the record counts with it
 * @param marker the TTL that the prompt asks for
 */
export function minuteUse(
  minute: number,
  use: PrefixUse,
  { tokens, marker }: { readonly tokens: number; readonly marker: Ttl },
): MinuteUse {
  return { minute, requests: use.requests, tokens, wrote: grantedTo(use, tokens, marker), turns: use.turns };
}

/** A size is known to within so much. */
const SIZE_TOLERANCE = 0.05;

/**
 * The TTL that the minute's writes were granted. Of both kinds 1h comes first in a request: if it covers the prefix in
 * each cold one, the rest is the conversation's. Otherwise the prefix's own is the one that its prompt asks for.
 */
function grantedTo(
  { cold, write5mTokens, write1hTokens }: PrefixUse,
  tokens: number,
  marker: Ttl,
): Ttl | undefined {
  if (cold === 0) return undefined;
  if (write5mTokens > 0 && write1hTokens > 0) {
    return write1hTokens >= (1 - SIZE_TOLERANCE) * cold * tokens ? "1h" : marker;
  }
  return write1hTokens > 0 ? "1h" : "5m";
}

function sum(a: PrefixUse, b: PrefixUse): PrefixUse {
  const counts = Object.fromEntries(PACKED.map((field) => [field, a[field] + b[field]]));
  const turns = addTurns(a.turns, b.turns);
  return { ...a, ...(counts as Pick<PrefixUse, (typeof PACKED)[number]>), ...(turns && { turns }) };
}
