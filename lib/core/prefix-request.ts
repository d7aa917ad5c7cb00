import type { Ttl } from "./due.ts";
import { isInCacheKey, type RequestBody } from "./prefix.ts";
import { mayPrecede, withTtl } from "./prefix-ttl.ts";

/** What the application adds to a prefix for one request. */
export interface RequestTail {
  /** The messages after the prefix. */
  readonly messages: readonly unknown[];
  readonly max_tokens: number;
  /** Any further field that takes no part in the cache key: `stream`, `metadata`, `stop_sequences`. */
  readonly [field: string]: unknown;
}

/**
 * Builds one Messages API request from a prefix and what follows it. The application and the warmer both
 * build their requests here: that is what makes their bytes, and so their cache entry, the same.
 *
 * The prefix's own fields come first and in its own order; the tail cannot override them.
 *
 * @param ttl what the prefix's markers ask for; not taken where the tail's own markers do not allow it. @default - the
 *   TTLs of the prefix
 * @throws RangeError if the tail carries a field that belongs to the prefix, or one that takes part in the cache
 * key: the request would read another entry than the one that is kept warm
 */
export function prefixRequest<Tail extends RequestTail>(
  prefix: RequestBody,
  tail: Tail,
  ttl?: Ttl,
): RequestBody & Omit<Tail, "messages"> & { readonly messages: unknown[] } {
  const { messages, ...rest } = tail;
  for (const field of Object.keys(rest)) {
    if (Object.hasOwn(prefix, field) || isInCacheKey(field)) {
      throw new RangeError(`${field} belongs to the prefix; change the prompt file and publish it instead`);
    }
  }
  const asked = ttl !== undefined && mayPrecede(ttl, tail) ? withTtl(prefix, ttl) : prefix;
  const head = (asked["messages"] ?? []) as readonly unknown[];
  return { ...asked, messages: [...head, ...messages], ...rest };
}
