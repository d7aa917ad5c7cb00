import { dueAt, MINUTE_MS, TTL_MS } from "../../lib/core/due.ts";
import type { ManifestEntry } from "../../lib/core/manifest.ts";
import { type RequestBody, sha256 } from "../../lib/core/prefix.ts";
import { inPages, pageSize } from "../../lib/core/prefix-pages.ts";
import type { PrefixState } from "../../lib/core/prefix-state.ts";
import { isPrefix, readPromptFile } from "../../lib/core/prompt-file.ts";
import { reconcile } from "../../lib/core/reconcile.ts";
import { aPrompt } from "../flip/prompts.ts";

/** Requests in flight of the largest public rate tier. */
export const MOST_IN_FLIGHT = 256;

/** A manifest of prefixes, and the bodies of those that are touched. */
export interface Fleet {
  readonly entries: readonly ManifestEntry[];
  readonly bodies: ReadonlyMap<string, RequestBody>;
}

/** Prefixes whose bodies nobody has: 47,000 prompts would be most of the bench's time, and few of them are touched. */
export function bareFleet(release: string, prefixes: number, required: boolean): Fleet {
  const hash = (what: string, i: number) => sha256(`${release} ${what} ${i}`);
  const entries = Array.from({ length: prefixes }, (_, i) => ({
    name: `desk-${i}`,
    fingerprint: hash("fingerprint", i),
    markers: hash("markers", i),
    bodyDigest: hash("body", i),
    model: "claude-sonnet-5-5",
    ttl: "1h" as const,
    bytes: 32_000 + (i % 5_000),
    required,
  }));
  return { entries, bodies: new Map() };
}

/**
 * Gives some of a fleet's prefixes prompts of 4,000 to 12,000 tokens. The warmer knows a prefix by the fingerprint in
 * its manifest and the provider by its bytes, so these need not match here.
 *
 * @param prompts how many different ones; they are used in turn
 */
export function withPrompts(
  { entries }: Fleet,
  release: string,
  touched: ReadonlySet<string>,
  prompts: number,
): Fleet {
  const all = Array.from({ length: prompts }, (_, i) => bodyOf(release, `prompt-${i}`));
  let used = 0;
  const given = entries.map((entry) => {
    const prompt = touched.has(entry.fingerprint) ? all[used++ % prompts] : undefined;
    return prompt === undefined ? entry : { ...entry, bodyDigest: prompt.digest, bytes: prompt.bytes };
  });
  return { entries: given, bodies: new Map(all.map(({ digest, body }) => [digest, body])) };
}

/** As the warmer leaves prefixes that it has touched at one instant. */
export function warmSince(entries: readonly ManifestEntry[], lastStart: number): PrefixState[] {
  return adopted(entries, lastStart).map((state) => ({
    ...state,
    countedTokens: Math.ceil(state.bytes / 4),
    grantedTtl: state.ttl,
    lastStart,
    provenAt: lastStart,
    dueAt: dueAt(lastStart, state.ttl),
    recentFills: [`${lastStart - TTL_MS["1h"]} first 1h ${Math.ceil(state.bytes / 4)} ${state.bytes}`],
  }));
}

/** As the warmer stores prefixes that it sees for the first time. */
export function adopted(entries: readonly ManifestEntry[], now: number): PrefixState[] {
  return inPages(reconcile([], entries, [], now, false), pageSize(MOST_IN_FLIGHT));
}

/** Whole pages of a fleet, in groups as large as what an hour's spread puts into one minute. */
export function minutesOf(states: readonly PrefixState[], minutes: number): PrefixState[][] {
  const pages = new Map<string, PrefixState[]>();
  for (const state of states) {
    const page = state.page ?? state.fingerprint;
    pages.set(page, [...(pages.get(page) ?? []), state]);
  }
  const perMinute = Math.ceil(pages.size / SPREAD_MINUTES);
  const all = [...pages.values()];
  return Array.from({ length: minutes }, (_, i) => all.slice(i * perMinute, (i + 1) * perMinute).flat());
}

/** Keep-alives are spread over so many minutes of each hour: `SPREAD_MS`. */
const SPREAD_MINUTES = 50;

/** When a 1h prefix must have been touched to fall due in the minute that begins then. */
export function touchedForDueAt(minuteStart: number): number {
  return minuteStart + MINUTE_MS + 35_000 - TTL_MS["1h"];
}

function bodyOf(release: string, name: string) {
  const prefix = readPromptFile(aPrompt(release, name).text);
  if (!isPrefix(prefix)) throw new Error(`the bench's own prompt is refused: ${prefix.message}`);
  const json = JSON.stringify(prefix.body);
  return { body: prefix.body, digest: sha256(json), bytes: Buffer.byteLength(json) };
}
