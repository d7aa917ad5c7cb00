import * as z from "zod/mini";
import { TTL_MS, type Ttl } from "./due.ts";
import { PACKED_FILL } from "./fill-cost/fill-mark.ts";
import { firstFault } from "./first-fault.ts";
import { PASSED } from "./plan/plan-prefix.ts";
import { PAGE_NAME } from "./prefix-pages.ts";
import { type PrefixState, STOP_REASONS } from "./prefix-state.ts";

const count = z.int().check(z.nonnegative());
const instant = z.number().check(z.nonnegative());
const text = z.string();
const packedFill = text.check(z.regex(PACKED_FILL));
const ttl = z.enum(Object.keys(TTL_MS) as [Ttl, ...Ttl[]]);

const PREFIX = z.object({
  fingerprint: text,
  name: text,
  bodyDigest: text,
  model: text,
  ttl,
  required: z.boolean(),
  beside: z.optional(z.boolean()),
  page: z.optional(text.check(z.regex(PAGE_NAME))),
  bytes: count,
  countedTokens: z.optional(count),
  measuredTokens: z.optional(count),
  grantedTtl: z.optional(ttl),
  lastStart: z.optional(instant),
  provenAt: z.optional(instant),
  fillsInRow: count,
  drifted: z.optional(z.boolean()),
  retryAt: z.optional(instant),
  dueAt: instant,
  plan: z.optional(text),
  passed: z.optional(z.enum(PASSED)),
  stopped: z.optional(z.enum(STOP_REASONS)),
  recentFills: z.optional(z.array(packedFill)),
  changedAt: z.optional(z.array(instant)),
  before: z.optional(z.object({ model: text, fill: z.optional(packedFill) })),
} satisfies Record<keyof PrefixState, z.core.$ZodType>);

/** Checks a stored prefix; the message of a damaged one names the first field that is wrong. */
export function parsePrefixState(value: unknown): PrefixState | string {
  const parsed = z.safeParse(PREFIX, value);
  if (parsed.success) return parsed.data;
  return firstFault(parsed.error, "state");
}
