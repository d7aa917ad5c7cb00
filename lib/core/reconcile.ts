import { NEVER } from "./due.ts";
import { latestByName } from "./fill-cost/fill-mark.ts";
import type { ManifestEntry } from "./manifest.ts";
import { adopt, isAlive, type PrefixState } from "./prefix-state.ts";

/** No serving manifest lists the prefix any more. Its history is kept: a rollback may need it. */
export function abandon(state: PrefixState): PrefixState {
  const { passed: _plan, ...rest } = state;
  return { ...rest, dueAt: NEVER };
}

/**
 * What changes in state when another manifest serves than before, or another one is warm beside it. Cost grows
 * with their size, once.
 *
 * @param live entries of the live manifest
 * @param beside entries of the previous color and of a gate's candidate; equal fingerprints are one prefix
 * @param sameColor the live color stayed and its manifest was replaced: a cold start without a flip
 */
export function reconcile(
  known: readonly PrefixState[],
  live: readonly ManifestEntry[],
  beside: readonly ManifestEntry[],
  now: number,
  sameColor: boolean,
): PrefixState[] {
  const byFingerprint = new Map(known.map((state) => [state.fingerprint, state]));
  const served = new Map(live.map((entry) => [entry.fingerprint, entry]));
  const others = new Map(
    beside.filter(({ fingerprint }) => !served.has(fingerprint)).map((entry) => [entry.fingerprint, entry]),
  );
  const aliveNames = new Set(
    known
      .filter((state) => state.dueAt !== NEVER && state.beside !== true && isAlive(state, now))
      .map((state) => state.name),
  );
  const lastOf = latestByName(known);
  const adopted = [...served.values()].map((entry) => {
    const before = byFingerprint.get(entry.fingerprint);
    const state = adopt(entry, before, now, false, lastOf.get(entry.name));
    return before === undefined && sameColor && aliveNames.has(entry.name)
      ? { ...state, drifted: true }
      : state;
  });
  const adoptedBeside = [...others.values()].map((entry) =>
    adopt(entry, byFingerprint.get(entry.fingerprint), now, true, lastOf.get(entry.name)),
  );
  const abandoned = known
    .filter(
      ({ fingerprint, dueAt, passed }) =>
        !served.has(fingerprint) && !others.has(fingerprint) && (dueAt !== NEVER || passed !== undefined),
    )
    .map(abandon);
  return [...adopted, ...adoptedBeside, ...abandoned];
}
