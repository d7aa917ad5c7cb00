import type { Control } from "../../lib/core/control.ts";
import { newControl } from "../../lib/core/control.ts";
import type { ManifestEntry } from "../../lib/core/manifest.ts";
import { cutPrefix, isPrefix, type Prefix, type RequestBody, sha256 } from "../../lib/core/prefix.ts";
import type { PrefixState } from "../../lib/core/prefix-state.ts";
import type { PrefixUse } from "../../lib/core/usage/usage-record.ts";
import type { Usage } from "../../lib/core/usage.ts";

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

/** A moment at which an hour begins, and not a day. */
export const NOON = Date.UTC(2026, 10, 21, 12);

export function aUsage(tokens: Partial<Usage> = {}): Usage {
  return {
    uncachedTokens: 0,
    write5mTokens: 0,
    write1hTokens: 0,
    readTokens: 0,
    outputTokens: 0,
    ...tokens,
  };
}

/** Ten requests of the application that all read `anEntry()`. */
export function aUse(fields: Partial<PrefixUse> = {}): PrefixUse {
  return {
    fingerprint: anEntry().fingerprint,
    model: anEntry().model,
    requests: 10,
    cold: 0,
    neither: 0,
    readTokens: 100_000,
    write5mTokens: 0,
    write1hTokens: 0,
    uncachedTokens: 500,
    first: 0,
    firstHits: 0,
    ...fields,
  };
}

export function anEntry(fields: Partial<ManifestEntry> = {}): ManifestEntry {
  const name = fields.name ?? "support";
  return {
    name,
    fingerprint: sha256(`fingerprint of ${name}`),
    markers: sha256("markers"),
    bodyDigest: sha256(`body of ${name}`),
    model: "claude-sonnet-5-5",
    ttl: "5m",
    bytes: 40_000,
    required: true,
    ...fields,
  };
}

/** A prefix that was written at noon, and nothing since. */
export function aFilledState(fields: Partial<PrefixState> = {}): PrefixState {
  const { markers: _markers, ...entry } = anEntry();
  return {
    ...entry,
    grantedTtl: entry.ttl,
    measuredTokens: 10_000,
    lastStart: NOON,
    fillsInRow: 1,
    dueAt: NOON + 3 * SECOND,
    ...fields,
  };
}

/** A prefix that was read whole at noon. */
export function aWarmState(fields: Partial<PrefixState> = {}): PrefixState {
  return aFilledState({ provenAt: NOON, fillsInRow: 0, dueAt: NOON + 3 * MINUTE, ...fields });
}

export function aControl(fields: Partial<Control> = {}): Control {
  return { ...newControl(NOON), ...fields };
}

/** A request as a support agent's application sends it, with its last breakpoint on the system prompt. */
export function aRequest(fields: RequestBody = {}): RequestBody {
  return {
    model: "claude-opus-5-5",
    max_tokens: 1_024,
    thinking: { type: "adaptive" },
    tools: [
      {
        name: "find_order",
        description: "Finds an order by its number.",
        input_schema: { type: "object", properties: { number: { type: "string", maxLength: 12 } } },
      },
      { name: "refund", description: "Refunds an order.", input_schema: { type: "object" } },
    ],
    system: [
      { type: "text", text: "You help the customers of a bicycle shop." },
      { type: "text", text: "Be brief.", cache_control: { type: "ephemeral", ttl: "1h" } },
    ],
    messages: [{ role: "user", content: "Where is my order?" }],
    ...fields,
  };
}

/** The prefix of a request that has one. */
export function prefixOf(request: RequestBody): Prefix {
  const prefix = cutPrefix(request);
  if (!isPrefix(prefix)) throw new Error(`${prefix.path} ${prefix.message}`);
  return prefix;
}
