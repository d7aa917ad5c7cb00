import type { WarmerConfig } from "../core/config.ts";
import { eventId, type KnownEvent } from "../core/known-event.ts";
import { readLiveColor } from "../core/live-color.ts";
import type { Manifest } from "../core/manifest.ts";
import type { MicroUsd } from "../core/money.ts";
import { newEntries } from "../core/release/manifest-diff.ts";
import { lintText } from "../core/release/prompt-lints.ts";
import { type Comparison, compare, orderLints, readServed, type Served } from "./compare-release.ts";
import { Refused, TargetUnreadable } from "./errors.ts";
import type { Clock, KnownEventStore, LiveColorParameter, ManifestStore, ManifestWriter } from "./ports.ts";
import {
  makeRelease,
  type Optional,
  type Prompt,
  type PromptLint,
  predictFillCost,
  type ReleaseConfig,
} from "./release.ts";

export interface PublishPorts {
  readonly clock: Pick<Clock, "now">;
  readonly manifests: ManifestStore & ManifestWriter;
  readonly liveColor: Pick<LiveColorParameter, "read">;
  readonly events: Pick<KnownEventStore, "put">;
}

export interface PublishRequest {
  readonly color: string;
  readonly release: string;
  readonly prompts: readonly Prompt[];
  /** Who publishes, for the record. */
  readonly by: string;
  /** Whether the manifest of the live color may change. @default false */
  readonly live?: boolean;
  /** Whether lints refuse the release. @default false */
  readonly strict?: boolean;
  /** Prompts that are not always kept warm. @default - none: all are required */
  readonly optional?: Optional;
  /** Whether nothing is stored. @default false */
  readonly dryRun?: boolean;
}

export interface PublishReport {
  readonly manifest: Manifest;
  /** False in a dry run. */
  readonly stored: boolean;
  /** The color served this very manifest before; only the release's id may be another one. */
  readonly unchanged: boolean;
  readonly lints: readonly PromptLint[];
  /** Against what the color served before. */
  readonly previous: Comparison;
  /** Against what the live color serves; absent if that is this color, or nobody can tell. */
  readonly live?: Comparison;
  /** Required prefixes that the live color does not keep warm, by name: what must be filled before this release is warm. */
  readonly toFill: readonly string[];
  /** What filling them once costs, from the byte estimate of their tokens. */
  readonly predictedFillCost: MicroUsd;
  /** The known event that explains those fills; absent if nothing changed. */
  readonly event?: KnownEvent;
  /** What could not be compared, and why. */
  readonly notes: readonly string[];
}

/**
 * How long a publish explains fills: the rest of this UTC hour and the next one. What the hour's limit holds back is
 * filled in the next hour, and a manifest that needs more than one hour's limit is refused. Later fills of a color
 * that takes traffic only then belong to its gate or its flip, which mark themselves.
 */
const EXPLAINS_FILLS_FOR_MS = 2 * 3_600_000;

/**
 * Stores a release as what its color serves from now on, and says what that changes.
 *
 * Another manifest for the live color is a cold start without a flip, so it must be asked for with `live`. The first
 * manifest of a color, and one in place of a damaged one, are no such change: nothing is kept warm by them. SSM has no
 * compare-and-set, so a flip between the look at the live color and the write is not seen.
 *
 * The known event is written before the manifest: a fill that was explained and never came harms nobody, a fill
 * without its explanation pages somebody.
 *
 * @throws Refused with every fault, or with what to do instead; nothing is stored then
 * @throws StateUnreadable if the table does not answer, or was written by a newer version
 */
export async function publishRelease(
  ports: PublishPorts,
  config: ReleaseConfig & Pick<WarmerConfig, "liveColorParameter">,
  request: PublishRequest,
): Promise<PublishReport> {
  const { color } = request;
  const now = ports.clock.now();
  const release = makeRelease(config, color, request.release, request.prompts, now, request.optional);
  const { manifest } = release;
  const previous = await readServed(ports.manifests, color);
  const target = await readTarget(ports.liveColor, config);
  if (request.live !== true) refuseChangeOfLive(previous, target, manifest);
  const live = await servedLive(ports.manifests, previous, target);

  const toPrevious = await compare(ports.manifests, previous, release);
  const toLive =
    live === undefined || live === previous ? undefined : await compare(ports.manifests, live, release);
  const lints = [...release.lints, ...orderLints(toLive === undefined ? [toPrevious] : [toPrevious, toLive])];
  if (request.strict === true && lints.length > 0) {
    throw new Refused(
      `the release is refused because of --strict:\n${lints.map((lint) => `  - ${lint.name}: ${lintText(lint)}`).join("\n")}`,
    );
  }
  // Of several manifests only the live one is surely kept warm.
  // Optional prefixes are filled only where the planner expects it to pay.
  const required = manifest.entries.filter((entry) => entry.required);
  const toFill = newEntries(required, live?.kind === "served" ? live.entries : []);
  const predictedFillCost = predictFillCost(release, toFill, now);
  const unchanged = previous.kind === "served" && previous.header.digest === manifest.digest;
  const event = unchanged ? undefined : publishEvent(manifest, toFill.length, predictedFillCost, request.by);
  if (request.dryRun !== true) {
    if (event !== undefined) await ports.events.put(event);
    // Also if it is unchanged: that is how a damaged body is mended.
    await ports.manifests.publish(manifest, release.bodies);
  }
  return {
    manifest,
    stored: request.dryRun !== true,
    unchanged,
    lints,
    previous: toPrevious,
    ...(toLive !== undefined && { live: toLive }),
    toFill: toFill.map(({ name }) => name),
    predictedFillCost,
    ...(event !== undefined && { event }),
    notes: target.kind === "live" ? [] : [target.message],
  };
}

/** What the live-color parameter says; `missing` before `warmer init`. */
type LiveTarget =
  | { readonly kind: "live"; readonly color: string }
  | { readonly kind: "missing" | "unclear"; readonly message: string };

async function readTarget(
  liveColor: PublishPorts["liveColor"],
  { colors, liveColorParameter: name }: Pick<WarmerConfig, "colors" | "liveColorParameter">,
): Promise<LiveTarget> {
  try {
    const read = readLiveColor((await liveColor.read())?.value, colors);
    if (read.kind === "live") return read;
    if (read.kind === "missing") {
      return { kind: "missing", message: `${name} does not exist: run \`warmer init --color COLOR\`` };
    }
    const says = read.kind === "empty" ? `${name} is empty` : `${name}: ${read.message}`;
    return { kind: "unclear", message: `${says}; mend it with \`warmer flip COLOR\`` };
  } catch (error) {
    if (error instanceof TargetUnreadable) return { kind: "unclear", message: error.message };
    throw error;
  }
}

/** @throws Refused if the color is live, or may be, and would serve something else */
function refuseChangeOfLive(previous: Served, target: LiveTarget, { color, digest }: Manifest): void {
  if (previous.kind !== "served" || previous.header.digest === digest) return;
  if (target.kind === "live" && target.color === color) {
    throw new Refused(
      `${color} is live with release ${previous.header.release}; another manifest is a cold start without a flip. Publish it for a color that is not live and flip, or repeat with --live`,
    );
  }
  if (target.kind === "unclear") {
    throw new Refused(
      `whether ${color} is live cannot be told, and another manifest would be a cold start: ${target.message}, or repeat with --live`,
    );
  }
}

async function servedLive(
  manifests: ManifestStore,
  previous: Served,
  target: LiveTarget,
): Promise<Served | undefined> {
  if (target.kind !== "live") return undefined;
  return target.color === previous.color ? previous : readServed(manifests, target.color);
}

function publishEvent(manifest: Manifest, toFill: number, expectedCost: MicroUsd, by: string): KnownEvent {
  const { color, release, digest, prefixes, publishedAt: from } = manifest;
  return {
    id: eventId(from, "publish", color, digest),
    kind: "publish",
    from,
    to: from + EXPLAINS_FILLS_FOR_MS,
    expectedCost,
    color,
    release,
    by,
    note: `manifest ${digest.slice(0, 12)}: ${toFill} of ${prefixes} prefixes to fill`,
  };
}
