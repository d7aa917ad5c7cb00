import { createHash } from "node:crypto";
import { MINUTE_MS, NEVER, SPREAD_MS, type Ttl } from "./due.ts";
import type { PrefixState } from "./prefix-state.ts";

/**
 * A page is a group of required prefixes that are stored in one item, fall due together and are touched together. An
 * item of its own costs a prefix three write units at each touch, however small it is; 64 of them in one item of
 * 8 KB cost 24. Optional prefixes are used one by one, and each of those uses would write a whole page: they stay alone.
 */
const MOST_PER_PAGE = 64;
const LEAST_PER_PAGE = 8;

/**
 * A page must be read before the next tick could come too late, 25 s after the latest instant at which its own tick
 * starts (due.ts): four rounds of requests of up to 3 s each leave half of that.
 */
const ROUNDS_PER_PAGE = 4;

/** How many prefixes a page is meant to hold, by the requests that may be in flight. Chance fills one with a few more. */
export function pageSize(concurrency: number): number {
  return Math.min(MOST_PER_PAGE, Math.max(LEAST_PER_PAGE, ROUNDS_PER_PAGE * concurrency));
}

/**
 * Gives each required prefix its page. The number of pages is a power of two that grows with what the live color
 * requires, and a prefix's place among them depends on its fingerprint alone; so a release that changes a few prompts
 * moves nothing else.
 *
 * @param size of a page: `pageSize`
 */
export function inPages(states: readonly PrefixState[], size: number): PrefixState[] {
  const live = states.filter((state) => isPaged(state) && state.beside !== true).length;
  const bits = live <= size ? 0 : Math.ceil(Math.log2(live / size));
  return states.map((state) => {
    // What nobody serves any more stays where it was; it is not touched.
    if (state.dueAt === NEVER) return state;
    const { page: _before, ...rest } = state;
    return isPaged(state) ? { ...rest, page: pageOf(state.fingerprint, bits) } : rest;
  });
}

/** `bits.index`: pages of other sizes have other names. */
export const PAGE_NAME = /^\d{1,2}\.\d{1,10}$/;

/**
 * How far the first keep-alive of a page's prefixes is brought forward: pages lie evenly over the hour, where chance
 * would put three into one minute and none into the next.
 */
export function pageOffset(page: string, ttl: Ttl): number {
  if (ttl === "5m") return 0;
  const [bits = 0, index = 0] = page.split(".").map(Number);
  return Math.floor(((index / 2 ** bits) * SPREAD_MS) / MINUTE_MS) * MINUTE_MS;
}

/** How much earlier than it must a prefix is touched to share its page's next write. */
const ALONG_MS: Readonly<Record<Ttl, number>> = { "5m": MINUTE_MS, "1h": 2 * MINUTE_MS };

/**
 * Whether a prefix is touched along with another one of its page that is due at `now`. Touches of one run begin at
 * different seconds, so those of a page may fall due in two minutes; without this they would never meet again.
 */
export function goesAlong(state: PrefixState, now: number): boolean {
  const { required, stopped, provenAt, retryAt, dueAt } = state;
  if (!required || stopped !== undefined || provenAt === undefined || retryAt !== undefined) return false;
  return dueAt <= now + ALONG_MS[state.grantedTtl ?? state.ttl];
}

// --- internal ---

function isPaged({ required, dueAt }: PrefixState): boolean {
  return required && dueAt !== NEVER;
}

/** @param bits 0 to 32 */
function pageOf(fingerprint: string, bits: number): string {
  const hash = createHash("sha256").update(fingerprint).digest().readUInt32BE(0);
  return `${bits}.${Math.floor(hash / 2 ** (32 - bits))}`;
}
