import { dueAt, MINUTE_MS, TTL_MS } from "../../lib/core/due.ts";
import type { ManifestEntry } from "../../lib/core/manifest.ts";
import { type RequestBody, sha256 } from "../../lib/core/prefix.ts";
import type { PrefixState } from "../../lib/core/prefix-state.ts";
import { isPrefix, readPromptFile } from "../../lib/core/prompt-file.ts";
import { reconcile } from "../../lib/core/reconcile.ts";
import { aPrompt, type BenchPrompt } from "../flip/prompts.ts";

/** A manifest of so many prefixes, in the order of their fingerprints, and the bodies of those that are touched. */
export interface Fleet {
  readonly entries: readonly ManifestEntry[];
  readonly bodies: ReadonlyMap<string, RequestBody>;
}

/**
 * Only the first `withBodies` prefixes in the order of fingerprints have prompts of their own (4,000 to 12,000 tokens):
 * nobody reads the others' bodies, and 47,000 would be most of the bench's time.
 */
export function fleetOf(release: string, prefixes: number, withBodies: number, required: boolean): Fleet {
  const bodies = new Map<string, RequestBody>();
  const bare = Array.from({ length: prefixes - withBodies }, (_, i) => bareEntry(release, i, required));
  const touched = Array.from({ length: withBodies }, (_, i) => {
    const { entry, body } = touchedEntry(aPrompt(release, `touched-${i}`), required);
    bodies.set(entry.bodyDigest, body);
    return entry;
  });
  return { entries: [...touched, ...bare], bodies };
}

/** Prefixes of many names with one of a few prompts each: their touches take what touches take. */
export function fleetOfShared(release: string, prefixes: number, prompts: number): Fleet {
  const shared = fleetOf(release, prompts, prompts, true);
  const entries = Array.from({ length: prefixes }, (_, i) => {
    const { bodyDigest, bytes } = shared.entries[i % prompts] as ManifestEntry;
    return { ...bareEntry(release, i, true), bodyDigest, bytes };
  });
  return { entries, bodies: shared.bodies };
}

/** As the warmer leaves prefixes that it has touched at one instant. */
export function warmSince(entries: readonly ManifestEntry[], lastStart: number): PrefixState[] {
  return reconcile([], entries, [], lastStart, false).map((state) => ({
    ...state,
    countedTokens: Math.ceil(state.bytes / 4),
    grantedTtl: state.ttl,
    lastStart,
    provenAt: lastStart,
    dueAt: dueAt(lastStart, state.ttl),
    recentFills: [`${lastStart - TTL_MS["1h"]} first 1h ${Math.ceil(state.bytes / 4)} ${state.bytes}`],
  }));
}

/** When a 1h prefix must have been touched to fall due in the minute that begins then. */
export function touchedForDueAt(minuteStart: number): number {
  return minuteStart + MINUTE_MS + 35_000 - TTL_MS["1h"];
}

function touchedEntry({ name, text }: BenchPrompt, required: boolean) {
  const prefix = readPromptFile(text);
  if (!isPrefix(prefix)) throw new Error(`the bench's own prompt is refused: ${prefix.message}`);
  const { body, fingerprint, markers, model, ttl } = prefix;
  const json = JSON.stringify(body);
  const bytes = Buffer.byteLength(json);
  return {
    body,
    entry: { name, fingerprint, markers, bodyDigest: sha256(json), model, ttl, bytes, required },
  };
}

function bareEntry(release: string, i: number, required: boolean): ManifestEntry {
  const name = `desk-${i}`;
  const hash = (what: string) => sha256(`${release} ${what} ${i}`);
  return {
    name,
    fingerprint: hash("fingerprint"),
    markers: hash("markers"),
    bodyDigest: hash("body"),
    model: "claude-sonnet-5-5",
    ttl: "1h",
    bytes: 32_000 + (i % 5_000),
    required,
  };
}
