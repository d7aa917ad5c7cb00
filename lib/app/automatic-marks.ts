import type { WarmerConfig } from "../core/config.ts";
import { type DeployedPart, type DeployedVersion, deployedNow } from "../core/deployed.ts";
import { eventId, type KnownEvent, LONGEST_EVENT_MS } from "../core/known-event.ts";
import { sha256 } from "../core/prefix.ts";
import type { Flip } from "../core/release/serving.ts";
import type { ControlSession } from "./control-session.ts";
import type { KnownEventStore } from "./ports.ts";

/** A cold start's fills are over by then, whatever its size. */
const EXPLAINS_FILLS_FOR_MS = 3_600_000;

/** Enough of a digest to see a change: the control item must stay small. */
const DIGEST_SHOWN = 12;

/** What a function runs on. @param codeDigest of the deployed code, as the stack says it */
export function deployedVersion(config: WarmerConfig, codeDigest: string): DeployedVersion {
  return {
    config: sha256(JSON.stringify(config)).slice(0, DIGEST_SHOWN),
    code: codeDigest.slice(0, DIGEST_SHOWN),
  };
}

/**
 * Marks what nobody announces: a flip with the predicted cost of its fills, and another configuration or other code,
 * whose cost nobody can predict, so that they are named and explain nothing. Each is marked once, under one id, however
 * often and by whomever it is seen; a mark that could not be written is written the next time.
 *
 * @param known events of the last seven days
 * @returns the marks that were written now
 * @throws StateUnreadable if the table does not answer
 */
export async function markObserved(
  events: Pick<KnownEventStore, "put">,
  session: ControlSession,
  version: DeployedVersion,
  known: readonly KnownEvent[],
  now: number,
): Promise<KnownEvent[]> {
  const { flip, deployed } = await session.change((control) => {
    const next = deployedNow(control.deployed, version, now);
    return next === control.deployed ? control : { ...control, deployed: next };
  });
  const wanted = [
    ...(flip === undefined ? [] : [flipMark(flip, known)]),
    ...(deployed?.changed ?? []).map((part) => deployedMark(part, version, deployed?.since ?? now)),
  ].filter(
    ({ id, from, expectedCost }) =>
      from > now - LONGEST_EVENT_MS &&
      !known.some((event) => event.id === id && event.expectedCost === expectedCost),
  );
  for (const event of wanted) await events.put(event);
  return wanted;
}

/** A flip that was forced has marked itself, with who and why; what it lacks is the cost. */
function flipMark(
  { from, to, version, at, release, expectedCost }: Flip,
  known: readonly KnownEvent[],
): KnownEvent {
  const parts = [to, String(version)];
  const forced = known.find(({ kind, id }) => kind === "flip" && id.endsWith(`#${parts.join("#")}`));
  const mark: KnownEvent = forced ?? {
    id: eventId(at, "flip", ...parts),
    kind: "flip",
    from: at,
    to: at + EXPLAINS_FILLS_FOR_MS,
    color: to,
    release,
    by: "monitor",
    note: `${from} -> ${to}`,
  };
  return { ...mark, ...(expectedCost !== undefined && { expectedCost }) };
}

function deployedMark(part: DeployedPart, { config, code }: DeployedVersion, since: number): KnownEvent {
  const digest = part === "configuration" ? config : code;
  return {
    id: eventId(since, part, digest),
    kind: part,
    from: since,
    to: since + EXPLAINS_FILLS_FOR_MS,
    by: "monitor",
    note: part === "configuration" ? `configuration ${digest}` : `code ${digest}`,
  };
}
