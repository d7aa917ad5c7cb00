import { type Prefix, sha256 } from "../prefix.ts";
import { shown } from "../received.ts";

/** One published prefix as an application may carry it: digests of its parts, no text. */
export interface GuardedPrefix {
  readonly name: string;
  readonly fingerprint: string;
  readonly model: string;
  /** Digest of each setting that takes part in the cache key, by its field in the request. */
  readonly settings: Readonly<Record<string, string>>;
  /** Path and digest of each segment, in the provider's order. */
  readonly segments: readonly (readonly [path: string, digest: string])[];
}

/** What `prefixGuard` compares an application's requests with: small JSON, safe to ship with the application. */
export interface GuardManifest {
  readonly schema: typeof GUARD_SCHEMA;
  readonly prefixes: readonly GuardedPrefix[];
}

export const GUARD_SCHEMA = 1;

/** Exports published prefixes for the guard. */
export function guardManifest(
  prefixes: readonly { readonly name: string; readonly prefix: Prefix }[],
): GuardManifest {
  return {
    schema: GUARD_SCHEMA,
    prefixes: prefixes.map(({ name, prefix }) => ({
      name,
      fingerprint: prefix.fingerprint,
      model: prefix.model,
      settings: settingsOf(prefix),
      segments: prefix.segments.map(({ path, bytes }) => [path, digest(bytes)] as const),
    })),
  };
}

/**
 * Checks a guard manifest that was read from a file. Without the library that checks everything else: an
 * application would load it for this alone.
 *
 * @throws RangeError with the field that is wrong
 */
export function parseGuardManifest(value: unknown): GuardManifest {
  const { schema, prefixes } = objectAt("guard manifest", value);
  if (schema !== GUARD_SCHEMA) throw wrong("schema", `must be ${GUARD_SCHEMA}`, schema);
  const list = listAt("prefixes", prefixes);
  if (list.length === 0) throw wrong("prefixes", "must list at least one prefix", list);
  for (const [i, prefix] of list.entries()) {
    const at = `prefixes[${i}]`;
    const { name, fingerprint, model, settings, segments } = objectAt(at, prefix);
    for (const [field, text] of Object.entries({ name, fingerprint, model })) textAt(`${at}.${field}`, text);
    for (const [field, text] of Object.entries(objectAt(`${at}.settings`, settings))) {
      textAt(`${at}.settings.${field}`, text);
    }
    const pairs = listAt(`${at}.segments`, segments);
    if (pairs.length === 0) throw wrong(`${at}.segments`, "must name at least one segment", pairs);
    for (const [j, pair] of pairs.entries()) {
      const [path, hash] = listAt(`${at}.segments[${j}]`, pair);
      textAt(`${at}.segments[${j}][0]`, path);
      textAt(`${at}.segments[${j}][1]`, hash);
    }
  }
  return value as GuardManifest;
}

/** Where a request leaves the published prefix that it shares most with. */
export interface Difference {
  /** Name of that prefix. */
  readonly name: string;
  /** `model`, a setting's field, or the first segment that differs, is missing, or has no breakpoint. */
  readonly path: string;
  /** Leading segments that are the same; 0 with a path in the first segment may be another prompt altogether. */
  readonly sharedSegments: number;
}

/**
 * The first difference between a prefix and the published one that is nearest to it: most leading segments alike,
 * then the model, then the settings. `undefined` if it is one of them.
 *
 * Only the path: telling the byte would take the prompt's text on this side too.
 */
export function firstDifference(manifest: GuardManifest, prefix: Prefix): Difference | undefined {
  if (manifest.prefixes.some(({ fingerprint }) => fingerprint === prefix.fingerprint)) return undefined;
  const settings = settingsOf(prefix);
  const digests = prefix.segments.map(({ bytes }) => digest(bytes));
  let nearest: { readonly rank: number; readonly difference: Difference } | undefined;
  for (const { name, segments, ...published } of manifest.prefixes) {
    const differing = segments.findIndex(
      ([path, hash], i) => prefix.segments[i]?.path !== path || digests[i] !== hash,
    );
    const sharedSegments = differing === -1 ? segments.length : differing;
    const sameModel = published.model === prefix.model;
    const setting = differingSetting(published.settings, settings);
    const rank = sharedSegments * 4 + (sameModel ? 2 : 0) + (setting === undefined ? 1 : 0);
    if (nearest !== undefined && nearest.rank >= rank) continue;
    // With all segments alike, what is left is that the request has no breakpoint where the published one ends.
    const part = segments[differing]?.[0] ?? `${segments.at(-1)?.[0]}.cache_control`;
    const path = sameModel ? (setting ?? part) : "model";
    nearest = { rank, difference: { name, path, sharedSegments } };
  }
  return nearest?.difference;
}

// --- internal ---

/** 128 bits: nobody looks for collisions in his own prompt, and the manifest stays small. */
function digest(text: string): string {
  return sha256(text).slice(0, 32);
}

const PARTS = new Set(["model", "tools", "system", "messages"]);

/** A prefix's body holds, beside its parts, exactly the settings of the cache key. */
function settingsOf({ body }: Prefix): Record<string, string> {
  return Object.fromEntries(
    Object.entries(body).flatMap(([field, value]) =>
      PARTS.has(field) || value === undefined ? [] : [[field, digest(JSON.stringify(value))]],
    ),
  );
}

function differingSetting(
  published: Readonly<Record<string, string>>,
  received: Readonly<Record<string, string>>,
): string | undefined {
  const fields = [...new Set([...Object.keys(published), ...Object.keys(received)])].sort();
  return fields.find((field) => published[field] !== received[field]);
}

function objectAt(path: string, value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong(path, "must be an object", value);
  }
  return value as Record<string, unknown>;
}

function listAt(path: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(path, "must be a list", value);
  return value;
}

function textAt(path: string, value: unknown): void {
  if (typeof value !== "string" || value === "") throw wrong(path, "must be a text", value);
}

function wrong(path: string, rule: string, value: unknown): RangeError {
  return new RangeError(`${path} ${rule}, got ${shown(value)}; export the guard manifest again`);
}
