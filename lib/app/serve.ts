import type { WarmerConfig } from "../core/config.ts";
import type { Control, Lease } from "../core/control.ts";
import { predictedFills } from "../core/fill-cost/predicted-fills.ts";
import type { ManifestEntry, ManifestHeader } from "../core/manifest.ts";
import { inPages, pageSize } from "../core/prefix-pages.ts";
import type { PrefixState } from "../core/prefix-state.ts";
import { reconcile } from "../core/reconcile.ts";
import { changing, inLineWith, isInLine } from "../core/release/in-line.ts";
import {
  colorsBeside,
  DIGEST_SHOWN,
  type Flip,
  flipped,
  provenFlip,
  type Served,
  type Serving,
} from "../core/release/serving.ts";
import type { ControlSession } from "./control-session.ts";
import { ManifestDamaged } from "./errors.ts";
import { latestProof } from "./flip-proof.ts";
import { planFor } from "./plan-flip.ts";
import type { LiveColorHistory, ManifestStore, PlanStore, PrefixStore } from "./ports.ts";
import type { ResolvedTarget } from "./resolve-target.ts";

export interface ServePorts {
  readonly liveColor: LiveColorHistory;
  readonly manifests: ManifestStore;
  readonly prefixes: PrefixStore;
  readonly plan: PlanStore;
}

/** The live manifest, and those that are kept warm beside it. */
export interface Wanted {
  readonly live: ResolvedTarget;
  readonly beside: readonly ManifestHeader[];
}

/** What is to be warm at this moment. A color beside without a readable manifest is left out: it never stops the live one. */
export async function wantedNow(
  manifests: Pick<ManifestStore, "header">,
  control: Control,
  live: ResolvedTarget,
  now: number,
): Promise<Wanted> {
  const headers = await Promise.all(
    colorsBeside(control, live.color, now).map((color) =>
      manifests.header(color).catch((error: unknown) => {
        if (error instanceof ManifestDamaged) return undefined;
        throw error;
      }),
    ),
  );
  return { live, beside: headers.filter((header) => header !== undefined) };
}

/** Whether the prefix items are in line with what is wanted. */
export function isServed(control: Control, { live, beside }: Wanted): boolean {
  return isInLine(control, { color: live.color, digest: live.header.digest }, beside.map(served));
}

function served({ color, digest }: ManifestHeader): Served {
  return { color, digest: digest.slice(0, DIGEST_SHOWN) };
}

/**
 * The live color, what it serves, or what is warm beside it, has changed: the prefix items are brought in line.
 * This is the only place whose cost grows with all prefixes; it runs once per flip, release or gate.
 *
 * @returns the prefixes that are due now
 */
export async function bringInLine(
  ports: ServePorts,
  session: ControlSession,
  config: Pick<WarmerConfig, "keepPreviousMs" | "colors" | "policy" | "concurrency">,
  live: ResolvedTarget,
  { run, now }: { readonly run: Lease; readonly now: number },
): Promise<PrefixState[]> {
  const { keepPreviousMs, colors } = config;
  const flip = await flipTo(ports.liveColor, session.control.serving, live);
  // What a flip leaves behind is warm beside the new color from the same moment on.
  const seen = (control: Control, as = flip) =>
    as === undefined
      ? control
      : // A color that a deployment took out of the configuration is nobody's rollback.
        flipped(control, as, colors.includes(as.from) ? keepPreviousMs : 0, now);
  const { beside } = await wantedNow(ports.manifests, seen(session.control), live, now);
  const [entries, known, ...others] = await Promise.all([
    ports.manifests.entries(live.header),
    ports.prefixes.all(),
    ...beside.map((header) => besideEntries(ports.manifests, header)),
  ]);
  const sameColor = session.control.serving?.color === live.color;
  const planner = await planFor(ports.plan, config.policy, [live.header, ...beside], known);
  const { candidate } = session.control;
  const kept = others.flatMap((all, i) => planner.beside(all, beside[i]?.color === candidate?.color, now));
  const reconciled = reconcile(known, entries, kept, now, sameColor);
  const states = planner.adopted(inPages(reconciled, pageSize(config.concurrency)), now);
  await session.change((control) => changing(control, run));
  await ports.prefixes.save(states);
  await planner.remember(states, now);
  // Of what is optional only a first fill is due now.
  const filled = states.filter((state) => state.required || state.dueAt <= now);
  const predicted = flip && { ...flip, expectedCost: predictedFills(filled, now) };
  const serving: Serving = {
    color: live.color,
    digest: live.header.digest,
    release: live.header.release,
    parameterVersion: live.parameterVersion,
    since: now,
    prefixes: live.header.prefixes,
    required: live.header.required,
    ...(beside.length > 0 && { beside: beside.map(served) }),
  };
  // Before this run touches anything: a keep-alive that falls due now would make proof from before the flip look new.
  const proof = flip === undefined ? undefined : latestProof(states, now);
  await session.change((control) => {
    const next = inLineWith(seen(control, predicted), serving, run.owner, now);
    return proof === undefined ? next : provenFlip(next, proof, now);
  });
  return states.filter((state) => state.dueAt <= now);
}

/** A damaged manifest beside the live one warms nothing; a gate on it says so. */
async function besideEntries(manifests: ManifestStore, header: ManifestHeader): Promise<ManifestEntry[]> {
  try {
    return await manifests.entries(header);
  } catch (error) {
    if (error instanceof ManifestDamaged) return [];
    throw error;
  }
}

/** The flip to this target, if it is one: a change of value against the color in state. */
async function flipTo(
  liveColor: LiveColorHistory,
  serving: Serving | undefined,
  { color, parameterVersion, modifiedAt, header }: ResolvedTarget,
): Promise<Flip | undefined> {
  if (serving === undefined || serving.color === color) return undefined;
  // Somebody may have written the same value again since: the flip began with the first of them.
  const first =
    parameterVersion === serving.parameterVersion + 1
      ? undefined
      : await liveColor.since(color).catch(() => undefined);
  const { version, modifiedAt: at } = first ?? { version: parameterVersion, modifiedAt };
  return { from: serving.color, to: color, version, at, release: header.release };
}
