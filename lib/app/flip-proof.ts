import { CONFIRM_AFTER_MS, NEVER } from "../core/due.ts";
import { isWarm, type PrefixState } from "../core/prefix-state.ts";
import { provenFlip } from "../core/release/serving.ts";
import type { ControlSession } from "./control-session.ts";
import type { Clock, PrefixStore } from "./ports.ts";

/**
 * When the last required prefix of the live color was read back, in ms since the epoch, if each has valid proof; 0 if
 * none is required.
 */
export function latestProof(states: readonly PrefixState[], now: number): number | undefined {
  const required = states.filter(isLiveAndRequired);
  if (!required.every((state) => isProven(state, now))) return undefined;
  return Math.max(0, ...required.map(({ provenAt = 0 }) => provenAt));
}

/**
 * Looks whether every required prefix of the live color has valid proof since its flip. Proof from before the flip
 * counts while its TTL lasts. A prefix without proof is due within two seconds, so all of them are read only once.
 */
export async function proveFlip(
  { clock, prefixes }: { readonly clock: Clock; readonly prefixes: Pick<PrefixStore, "all" | "due"> },
  session: ControlSession,
): Promise<void> {
  const { flip, serving } = session.control;
  if (flip === undefined || flip.provenAt !== undefined || serving?.color !== flip.to) return;
  const now = clock.now();
  const soon = await prefixes.due(now + CONFIRM_AFTER_MS);
  if (soon.some((state) => isLiveAndRequired(state) && !isProven(state, now))) return;
  const latest = latestProof(await prefixes.all(), now);
  if (latest !== undefined) await session.change((control) => provenFlip(control, latest, now));
}

function isLiveAndRequired({ required, beside, dueAt }: PrefixState): boolean {
  return required && beside !== true && dueAt !== NEVER;
}

function isProven(state: PrefixState, now: number): boolean {
  return state.stopped === undefined && isWarm(state, now);
}
