import type { ManifestEntry } from "../manifest.ts";
import { cutPrefix, isPrefix, type Prefix, type RequestBody } from "../prefix.ts";
import { diffPrefixes, type PrefixDiff } from "./manifest-diff-prefix.ts";
import type { Lint } from "./prompt-lints.ts";
import { lintOrderSince } from "./prompt-lints-order.ts";

/** One side of a comparison. */
export interface ManifestSide {
  readonly entries: readonly ManifestEntry[];
  /** By digest; one that is damaged or missing is left out, and only its prefix is not compared. */
  readonly bodies: ReadonlyMap<string, RequestBody>;
}

export interface ChangedPrefix {
  readonly name: string;
  /** Absent if a body is missing: then only the fingerprints say that it changed. */
  readonly diff?: PrefixDiff;
  /** Set where the content is the same and its order is not. */
  readonly order: readonly Lint[];
}

/** The difference of two manifests, by the names of their prefixes, each list sorted. */
export interface ManifestDiff {
  readonly equal: readonly string[];
  readonly changed: readonly ChangedPrefix[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export function diffManifests(from: ManifestSide, to: ManifestSide): ManifestDiff {
  const { same, pairs } = pairUp(from.entries, to.entries);
  const onlyIn = (entries: readonly ManifestEntry[], others: readonly ManifestEntry[]) => {
    const taken = new Set(others.map(({ name }) => name));
    return entries
      .map(({ name }) => name)
      .filter((name) => !taken.has(name))
      .sort();
  };
  return {
    equal: same,
    changed: pairs.map(([before, after]) => {
      const [old, next] = [prefixIn(from, before), prefixIn(to, after)];
      if (old === undefined || next === undefined) return { name: after.name, order: [] };
      return { name: after.name, diff: diffPrefixes(old, next), order: lintOrderSince(old, next) };
    }),
    added: onlyIn(to.entries, from.entries),
    removed: onlyIn(from.entries, to.entries),
  };
}

/** Digests of the bodies on the old side that a comparison needs: those of changed prefixes, not of all. */
export function bodiesToCompare(from: readonly ManifestEntry[], to: readonly ManifestEntry[]): string[] {
  return pairUp(from, to).pairs.map(([{ bodyDigest }]) => bodyDigest);
}

/**
 * The prefixes that another manifest does not serve, under whatever name.
 *
 * The same text with other breakpoints counts as new: whether the provider finds its entry is not documented for a
 * changed TTL, and is false for a breakpoint that moved.
 */
export function newEntries(
  entries: readonly ManifestEntry[],
  served: readonly ManifestEntry[],
): ManifestEntry[] {
  const keys = new Set(served.map(keyOf));
  return entries.filter((entry) => !keys.has(keyOf(entry)));
}

/** Which cache entry it is, as far as is known: the text, and where it is marked. */
function keyOf({ fingerprint, markers }: ManifestEntry): string {
  return `${fingerprint} ${markers}`;
}

function pairUp(from: readonly ManifestEntry[], to: readonly ManifestEntry[]) {
  const before = new Map(from.map((entry) => [entry.name, entry]));
  const both = to.flatMap((after) => {
    const earlier = before.get(after.name);
    return earlier === undefined ? [] : [[earlier, after] as const];
  });
  both.sort(([a], [b]) => (a.name < b.name ? -1 : 1));
  return {
    same: both.filter(([a, b]) => keyOf(a) === keyOf(b)).map(([, { name }]) => name),
    pairs: both.filter(([a, b]) => keyOf(a) !== keyOf(b)),
  };
}

/** A stored prefix cut again from its body; `undefined` if the body is not there. */
function prefixIn({ bodies }: Pick<ManifestSide, "bodies">, entry: ManifestEntry): Prefix | undefined {
  const body = bodies.get(entry.bodyDigest);
  const prefix = body === undefined ? undefined : cutPrefix(body);
  return prefix !== undefined && isPrefix(prefix) ? prefix : undefined;
}
