import type { Ttl } from "./due.ts";
import { estimateTokens } from "./estimate.ts";
import { sha256 } from "./prefix.ts";
import { type WorstCase, worstCaseOf } from "./worst-case.ts";

/** One prefix of a manifest. The body itself is stored by its digest, beside the manifest. */
export interface ManifestEntry {
  /** The prompt's name, unique in the manifest; shown to people instead of a fingerprint. */
  readonly name: string;
  readonly fingerprint: string;
  /** sha-256 of where the cache markers stand; equal fingerprints may differ in it. */
  readonly markers: string;
  /** sha-256 of the body that a touch sends. */
  readonly bodyDigest: string;
  readonly model: string;
  readonly ttl: Ttl;
  /** UTF-8 bytes of the body: no tokenizer makes more tokens than bytes. */
  readonly bytes: number;
  /** From count_tokens, if somebody counted; an estimate. */
  readonly countedTokens?: number;
  /** A required prefix is always kept warm and always counts for the gate and the alarm. */
  readonly required: boolean;
}

/** What one release of one color serves. */
export interface ManifestHeader {
  readonly color: string;
  readonly release: string;
  /** sha-256 of the entries: equal digests serve equal prefixes. */
  readonly digest: string;
  readonly publishedAt: number;
  readonly prefixes: number;
  readonly required: number;
}

export interface Manifest extends ManifestHeader {
  readonly entries: readonly ManifestEntry[];
}

/** Puts a manifest together; entries are sorted by name, so that their order on a command line means nothing. */
export function makeManifest(
  color: string,
  release: string,
  entries: readonly ManifestEntry[],
  publishedAt: number,
): Manifest {
  const sorted = [...entries].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    color,
    release,
    digest: manifestDigest(sorted),
    publishedAt,
    prefixes: sorted.length,
    required: sorted.filter((entry) => entry.required).length,
    entries: sorted,
  };
}

/** The digest leaves the token count out: counting a prefix later does not make it another manifest. */
export function manifestDigest(entries: readonly ManifestEntry[]): string {
  return sha256(
    JSON.stringify(
      entries.map(({ name, fingerprint, markers, bodyDigest, model, ttl, required }) => [
        name,
        fingerprint,
        markers,
        bodyDigest,
        model,
        ttl,
        required,
      ]),
    ),
  );
}

/** How large a prefix is, for prices: counted if somebody counted, else about four bytes a token. */
export function tokensOf({ bytes, countedTokens }: Pick<ManifestEntry, "bytes" | "countedTokens">): number {
  return countedTokens ?? estimateTokens(bytes).tokens;
}

/** What keeping a manifest warm costs. @throws RangeError for a model without a price */
export function needOf(entries: readonly ManifestEntry[], concurrency: number): WorstCase {
  const groups = entries.map((entry) => ({
    prefixes: 1,
    tokensPerPrefix: tokensOf(entry),
    model: entry.model,
    ttl: entry.ttl,
  }));
  return worstCaseOf(groups, concurrency);
}
