import type { Ttl } from "../due.ts";
import type { Prefix, RequestBody, Segment } from "../prefix.ts";
import { segmentText, settingsOf } from "./segment-text.ts";

/** The first byte in which two segments of one path differ. */
export interface Difference {
  /** The segment, or the text in it: see `SegmentText`. */
  readonly path: string;
  /** UTF-8 bytes of that text that are equal. */
  readonly byte: number;
}

/** A breakpoint that came, went, or changed its TTL. */
export interface MarkerChange {
  readonly path: string;
  readonly from?: Ttl;
  readonly to?: Ttl;
}

/** How a prefix differs from the one that had its name before. Names fields and positions, never text. */
export interface PrefixDiff {
  readonly model?: { readonly from: string; readonly to: string };
  /** Settings of the cache key that differ, by field. */
  readonly settings: readonly string[];
  /**
   * Path of the segment at which the prefixes part: it differs, came or went. Everything before it is the same,
   * everything after it is another prefix; absent if all segments are the same.
   */
  readonly partsAt?: string;
  /** The first segment that both have and that differs; absent if segments only came or went. */
  readonly first?: Difference;
  /** Segments that both have and that differ, the first one included. */
  readonly differing: number;
  /** Paths of segments that only the new one has; positions, so that one put in front moves all behind it. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly markers: readonly MarkerChange[];
  /** Whether the text is the same and only breakpoints differ. */
  readonly onlyMarkers: boolean;
}

/** Compares two prefixes in the provider's order, segment by segment. */
export function diffPrefixes(from: Prefix, to: Prefix): PrefixDiff {
  const before = new Map(from.segments.map((segment) => [segment.path, segment]));
  const after = new Map(to.segments.map((segment) => [segment.path, segment]));
  const differing = to.segments.flatMap((segment) => {
    const earlier = before.get(segment.path);
    return earlier === undefined || earlier.bytes === segment.bytes ? [] : [[earlier, segment] as const];
  });
  const [first] = differing;
  const partsAt = partingOf(from.segments, to.segments);
  return {
    ...(from.model !== to.model && { model: { from: from.model, to: to.model } }),
    settings: changedSettings(from.body, to.body),
    ...(partsAt !== undefined && { partsAt }),
    ...(first !== undefined && { first: differenceOf(...first) }),
    differing: differing.length,
    added: to.segments.map(({ path }) => path).filter((path) => !before.has(path)),
    removed: from.segments.map(({ path }) => path).filter((path) => !after.has(path)),
    markers: [...new Set([...before.keys(), ...after.keys()])].flatMap((path) =>
      markerChange(path, before.get(path)?.marker, after.get(path)?.marker),
    ),
    onlyMarkers: from.fingerprint === to.fingerprint,
  };
}

/**
 * The first byte in which two texts differ, in UTF-8; the length of the shorter one if it begins the longer one.
 * `undefined` if they are equal.
 */
export function firstDifferentByte(from: string, to: string): number | undefined {
  const [before, after] = [Buffer.from(from), Buffer.from(to)];
  const shorter = Math.min(before.length, after.length);
  for (let i = 0; i < shorter; i++) if (before[i] !== after[i]) return i;
  return before.length === after.length ? undefined : shorter;
}

function partingOf(from: readonly Segment[], to: readonly Segment[]): string | undefined {
  const length = Math.max(from.length, to.length);
  for (let i = 0; i < length; i++) {
    const [before, after] = [from[i], to[i]];
    if (before === undefined || after === undefined) return (after ?? before)?.path;
    if (before.path !== after.path) {
      // The order of paths is that of the provider: the one that the other side lacks comes first.
      return to.some(({ path }) => path === before.path) ? after.path : before.path;
    }
    if (before.bytes !== after.bytes) return before.path;
  }
  return undefined;
}

function differenceOf(from: Segment, to: Segment): Difference {
  const [before, after] = [segmentText(from), segmentText(to)];
  const inText = before.path === after.path ? firstDifferentByte(before.text, after.text) : undefined;
  if (inText !== undefined) return { path: after.path, byte: inText };
  // A text became something else, or stands in the message of another role: only their JSON can be compared.
  return { path: to.path, byte: firstDifferentByte(from.bytes, to.bytes) ?? 0 };
}

function changedSettings(from: RequestBody, to: RequestBody): string[] {
  const [before, after] = [settingsOf(from), settingsOf(to)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((field) => before.get(field) !== after.get(field))
    .sort();
}

function markerChange(path: string, from: Ttl | undefined, to: Ttl | undefined): MarkerChange[] {
  if (from === to) return [];
  return [{ path, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }];
}

/** What changed, for people: a clause per kind of change; of segments, first what parts the prefixes first. */
export function prefixDiffText(diff: PrefixDiff): string {
  const { model, settings, partsAt = "", first, differing, added, removed, markers, onlyMarkers } = diff;
  const differ = [
    ...(first === undefined ? [] : [`${first.path} differs at byte ${first.byte}`]),
    ...(differing < 2
      ? []
      : [`${differing - 1} more ${differing === 2 ? "segment differs" : "segments differ"}`]),
  ];
  const moved = [
    ...(added.length === 0 ? [] : [`${listed(added)} added`]),
    ...(removed.length === 0 ? [] : [`${listed(removed)} removed`]),
  ];
  const movedFirst = added.includes(partsAt) || removed.includes(partsAt);
  const clauses = [
    ...(model === undefined ? [] : [`model ${model.from} -> ${model.to}`]),
    ...(settings.length === 0 ? [] : [`${settings.join(", ")} differ${settings.length === 1 ? "s" : ""}`]),
    ...(movedFirst ? [...moved, ...differ] : [...differ, ...moved]),
    ...(markers.length === 0 ? [] : [`breakpoints: ${markers.map(markerText).join(", ")}`]),
  ];
  return `${onlyMarkers ? "the same text; " : ""}${clauses.join("; ")}`;
}

function markerText({ path, from, to }: MarkerChange): string {
  return `${path} ${from ?? "none"} -> ${to ?? "none"}`;
}

function listed(paths: readonly string[]): string {
  return paths.length <= 2 ? paths.join(", ") : `${paths[0]} to ${paths.at(-1)} (${paths.length} segments)`;
}
