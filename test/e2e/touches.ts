import assert from "node:assert/strict";
import type { LoggedRequest } from "../../lib/local/provider/request-log.ts";

/** A confirming read follows its fill by at least this much. */
const CONFIRM_MS = 2_000;

/** What the provider's log says about touches: each fill with the read that confirmed it. */
export interface Touches {
  readonly fills: readonly LoggedRequest[];
  /** The first read of what a fill wrote, by fill; missing until there is one. */
  readonly confirmedBy: readonly (LoggedRequest | undefined)[];
}

export function touchesIn(log: readonly LoggedRequest[]): Touches {
  const fills = log.filter(
    ({ usage }) => usage !== undefined && usage.write1hTokens + usage.write5mTokens > 0,
  );
  const reads = log.filter(({ usage }) => usage !== undefined && usage.readTokens > 0);
  return {
    fills,
    confirmedBy: fills.map((fill) => reads.find(({ fingerprint }) => fingerprint === fill.fingerprint)),
  };
}

/** Says when each fill was confirmed. @throws AssertionError for a read that is missing, partial or too soon */
export function describeTouches({ fills, confirmedBy }: Touches): string {
  const delays = fills.map((fill, i) => {
    const read = confirmedBy[i];
    assert.ok(read?.usage !== undefined, "a fill has no confirming read");
    const written = (fill.usage?.write1hTokens ?? 0) + (fill.usage?.write5mTokens ?? 0);
    assert.equal(read.usage.readTokens, written, "tokens that the confirming read read");
    assert.ok(read.at - fill.at >= CONFIRM_MS, `the confirming read came after ${read.at - fill.at} ms`);
    return read.at - fill.at;
  });
  const count = fills.length === 1 ? "1 fill" : `${fills.length} fills`;
  return `${count}, each read back after ${(Math.min(...delays) / 1000).toFixed(1)} s or more`;
}
