/**
 * The TTL advice as the application reads it: one SSM parameter of the standard tier. An example:
 *
 *     {"schema":1,"unlisted":"1h","5m":"0c1d2e3f4a5b 9a8b7c6d5e4f","own":"112233445566"}
 */
import * as z from "zod/mini";
import type { Ttl } from "../due.ts";
import { shown } from "../received.ts";

/** A TTL, or the one that the prompt itself asks for. */
export type Advised = Ttl | "own";

export interface TtlAdvice {
  /**
   * For every prefix that is not listed, known or not. Never 5m: of what nobody knows anything, a required prefix of a
   * release to come might be, which must not be written for a shorter time than the warmer counts on.
   */
  readonly unlisted: "1h" | "own";
  /** By the head of the fingerprint. */
  readonly listed: ReadonlyMap<string, Advised>;
}

/** Nothing is advised. */
export const NO_ADVICE: TtlAdvice = { unlisted: "own", listed: new Map() };

/**
 * So many prefixes fit a parameter of the standard tier: 4 KB (Systems Manager quotas, read 2026-11), 13 bytes each
 * and at most 45 for the rest, since one of the three lists is always empty.
 */
export const MOST_LISTED = 311;

/** Characters of a fingerprint, 48 bits, as many as `warmer status` shows. */
const HEAD_LENGTH = 12;

/**
 * What a fingerprint is listed by. That one of 47,000 prefixes shares it with one of the 311 that are listed happens
 * once in 19 million lists; that prefix would then be written with the other's TTL, and nothing else.
 */
export function headOf(fingerprint: string): string {
  return fingerprint.slice(0, HEAD_LENGTH);
}

/** The TTL to write a prefix with; `undefined` for the one that its prompt asks for. */
export function advisedTtl({ unlisted, listed }: TtlAdvice, fingerprint: string): Ttl | undefined {
  const advised = listed.get(headOf(fingerprint)) ?? unlisted;
  return advised === "own" ? undefined : advised;
}

const SCHEMA = 1;

const LISTS = ["1h", "5m", "own"] as const satisfies readonly Advised[];

/** The same advice is the same text, whatever the order in which it was found. At most 4,096 bytes of ASCII. */
export function encodeTtlAdvice({ unlisted, listed }: TtlAdvice): string {
  const headsOf = (list: Advised) =>
    [...listed].flatMap(([head, advised]) => (advised === list && advised !== unlisted ? [head] : []));
  const lists = LISTS.map((list) => [list, headsOf(list).sort().join(" ")] as const);
  return JSON.stringify({
    schema: SCHEMA,
    unlisted,
    ...Object.fromEntries(lists.filter(([, heads]) => heads !== "")),
  });
}

const heads = z.optional(
  z
    .string("must be a text")
    .check(z.regex(/^[0-9a-f]{12}( [0-9a-f]{12})*$/, "must list heads of fingerprints")),
);
const DOCUMENT = z.object({
  schema: z.literal(SCHEMA, `must be ${SCHEMA}, what this release reads`),
  unlisted: z.enum(["1h", "own"], 'must be "1h" or "own"'),
  "1h": heads,
  "5m": heads,
  own: heads,
});

/** Reads what `encodeTtlAdvice` wrote; says what is wrong with anything else. */
export function parseTtlAdvice(text: string): TtlAdvice | string {
  const value = jsonOf(text);
  const parsed = z.safeParse(DOCUMENT, value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue?.path[0];
    const received = field === undefined ? text : (value as Record<PropertyKey, unknown>)[field];
    return `TTL advice: ${String(field ?? "(root)")} ${issue?.message ?? "is invalid"}, got ${shown(received)}`;
  }
  const listed = LISTS.flatMap((list) =>
    (parsed.data[list]?.split(" ") ?? []).map((head): [string, Advised] => [head, list]),
  );
  return { unlisted: parsed.data.unlisted, listed: new Map(listed) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
