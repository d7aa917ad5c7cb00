import type { PrefixState } from "../core/prefix-state.ts";
import type { UsageReader } from "./ports.ts";

/** What was asked for lately is what will be asked for after the flip. */
const LOOK_BACK_MS = 3_600_000;

/**
 * Requests of the last hour by the prefix's name: a candidate's prompt has another fingerprint than the live one of
 * the same name, and its traffic.
 */
export async function predictedTraffic(
  usage: UsageReader,
  states: readonly PrefixState[],
  now: number,
): Promise<Map<string, number>> {
  const nameOf = new Map(states.map(({ fingerprint, name }) => [fingerprint, name]));
  const requests = new Map<string, number>();
  for (const record of await usage.between(now - LOOK_BACK_MS, now)) {
    for (const { fingerprint, requests: count } of record.prefixes) {
      const name = nameOf.get(fingerprint);
      if (name !== undefined) requests.set(name, (requests.get(name) ?? 0) + count);
    }
  }
  return requests;
}
