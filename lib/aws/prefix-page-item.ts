import { gunzipSync, gzipSync } from "node:zlib";
import { StateUnreadable } from "../app/errors.ts";
import { NEVER } from "../core/due.ts";
import { sha256 } from "../core/prefix.ts";
import { parsePrefixState } from "../core/prefix-item.ts";
import type { PrefixState } from "../core/prefix-state.ts";
import { EXPIRY_ATTRIBUTE } from "../core/state-kinds.ts";
import { checkSchema } from "./table.ts";

type Item = Record<string, unknown>;

/** Pages came after the first schema of prefix items: a version that does not know them says so. */
export const PAGE_SCHEMA = 2;

const PAGE = "page#";
const RETIRED = "retired#";

/**
 * How long the history of prefixes that nobody serves any more is kept, for a rollback and for the causes of fill cost:
 * as long as records of use. Then DynamoDB deletes it, free of charge.
 */
const RETIRED_KEPT_MS = 8 * 86_400_000;

export function pageKey(page: string): string {
  return `${PAGE}${page}`;
}

/** The page whose item this is; `undefined` for an item of one prefix, or of retired ones. */
export function pageOfKey(key: string): string | undefined {
  return key.startsWith(PAGE) ? key.slice(PAGE.length) : undefined;
}

export function isRetiredKey(key: string): boolean {
  return key.startsWith(RETIRED);
}

/** The item of a page. Its own due time is that of the first prefix in it. */
export function pageItem(pk: string, page: string, states: readonly PrefixState[], revision: number): Item {
  const dueAt = Math.min(...states.map((state) => state.dueAt));
  return { pk, sk: pageKey(page), schema: PAGE_SCHEMA, dueAt, revision, data: pack(states) };
}

/**
 * The item of prefixes of one page that are not served any more. It is in no index, and its key is made of whom it
 * holds: the same ones, retired again after a rollback, are one item.
 */
export function retiredItem(pk: string, page: string, states: readonly PrefixState[]): Item {
  const last = Math.max(
    ...states.map(({ lastStart = 0, changedAt = [] }) => Math.max(lastStart, ...changedAt)),
  );
  return {
    pk,
    sk: `${RETIRED}${page}#${sha256(
      states
        .map(({ fingerprint }) => fingerprint)
        .sort()
        .join(),
    ).slice(0, 16)}`,
    schema: PAGE_SCHEMA,
    data: pack(states),
    [EXPIRY_ATTRIBUTE]: Math.ceil((last + RETIRED_KEPT_MS) / 1_000),
  };
}

/** The prefixes of an item of any of the three forms. @throws StateUnreadable */
export function statesOf(item: Item): PrefixState[] {
  const key = String(item["sk"]);
  const isRetired = isRetiredKey(key);
  const page = isRetired ? key.split("#")[1] : pageOfKey(key);
  if (page === undefined) {
    checkSchema("a prefix item", item["schema"]);
    return [toState("a prefix item", item["state"])];
  }
  checkSchema("a page of prefixes", item["schema"], PAGE_SCHEMA);
  return unpack(item["data"]).map((value) => ({ ...toState("a page of prefixes", value), page }));
}

/** What a page was stored with, when it was read. @throws StateUnreadable */
export function revisionOf(item: Item): number {
  const revision = item["revision"];
  if (!Number.isInteger(revision)) throw new StateUnreadable("a page of prefixes is damaged: revision");
  return revision as number;
}

// --- internal ---

/** In one order, so that equal pages are equal bytes; of one page all say the same page. */
function pack(states: readonly PrefixState[]): Uint8Array {
  const sorted = states.toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
  return gzipSync(JSON.stringify(sorted.map(({ page: _same, ...state }) => state)));
}

/** @throws StateUnreadable */
function unpack(data: unknown): unknown[] {
  try {
    const values: unknown = JSON.parse(gunzipSync(data as Uint8Array).toString("utf8"));
    if (Array.isArray(values) && values.length > 0) return values;
  } catch {
    // Told below: what zlib and JSON say may quote what is stored.
  }
  throw new StateUnreadable("a page of prefixes is damaged: data");
}

/** @throws StateUnreadable */
function toState(what: string, value: unknown): PrefixState {
  const state = parsePrefixState(value);
  if (typeof state === "string") throw new StateUnreadable(`${what} is damaged: ${state}`);
  return state;
}

/** Whether a prefix is kept as history only. */
export function isRetired({ page, dueAt }: PrefixState): boolean {
  return page !== undefined && dueAt === NEVER;
}
