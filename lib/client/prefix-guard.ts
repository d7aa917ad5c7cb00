import type { Middleware } from "@anthropic-ai/sdk";
import { isPrefix } from "../core/prefix.ts";
import {
  type Difference,
  firstDifference,
  type GuardManifest,
  parseGuardManifest,
} from "../core/release/guard-manifest.ts";
import { headsOf, type KnownHeads, knownHeads, messageText, type RequestHeads } from "./request-heads.ts";

/** What the guard says of one request. Names, paths and digests; never a word of the prompt. */
export type GuardResult =
  /** The request begins with a published prefix, byte for byte, and marks its end. */
  | { readonly kind: "match"; readonly name: string; readonly fingerprint: string }
  /** It marks a prefix that is none of the published ones; the difference is to the nearest of them. */
  | ({ readonly kind: "differs"; readonly fingerprint: string } & Difference)
  /** It marks no prefix that could be kept warm: where, and why. */
  | { readonly kind: "unmarked"; readonly path: string; readonly message: string };

export interface PrefixGuardOptions {
  /** Gets one result for each request, not for its retries. What it throws is swallowed. */
  readonly onResult: (result: GuardResult) => void;
}

/**
 * A middleware for the Anthropic SDK that compares each request for a message with what was published:
 * `new Anthropic({ middleware: [prefixGuard(manifest, { onResult })] })`.
 *
 * It never alters or delays a request and never fails one: the comparison begins when the request has been handed
 * on. It takes about 3 ms of the process's time for a prompt of 400 kB.
 *
 * @param manifest as `guardManifest` builds it, or its JSON parsed
 * @throws RangeError here, at the start and never later, if the manifest is none or lists nothing
 */
export function prefixGuard(manifest: GuardManifest, { onResult }: PrefixGuardOptions): Middleware {
  const published = parseGuardManifest(manifest);
  const known = knownHeads(published);
  return (request, next, context) => {
    const text = isRetry(request) ? undefined : messageText(request);
    const reply = next(request);
    if (text === undefined) return reply;
    // Not a microtask: that would still come before the request is on the socket.
    setImmediate(() => {
      try {
        tell(onResult, compare(published, known, headsOf(text, context)));
      } catch {
        // A request that is no JSON is the provider's to refuse.
      }
    });
    return reply;
  };
}

// --- internal ---

/** A retry sends the same bytes again. */
function isRetry({ headers }: Parameters<Middleware>[0]): boolean {
  return Number(headers.get("x-stainless-retry-count") ?? 0) > 0;
}

function compare(published: GuardManifest, known: KnownHeads, heads: RequestHeads): GuardResult {
  const match = heads.published(known);
  if (match !== undefined) {
    const { fingerprint } = match;
    return { kind: "match", name: known.names.get(fingerprint) ?? "", fingerprint };
  }
  const marked = heads.last();
  if (!isPrefix(marked)) return { kind: "unmarked", path: marked.path, message: marked.message };
  const difference = firstDifference(published, marked);
  return { kind: "differs", fingerprint: marked.fingerprint, ...(difference as Difference) };
}

/** The application's own function may also be asynchronous; its failure is its own. */
function tell(onResult: PrefixGuardOptions["onResult"], result: GuardResult): void {
  (async () => onResult(result))().catch(() => {});
}
