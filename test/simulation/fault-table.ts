/**
 * The faults of the failure study (F1 to F45), and where each is caused: the one table that the docs, the drawing of
 * stories and the coverage counter go by.
 *
 * - `happens`: a story may have it; it counts when it took effect, not when it was planned.
 * - `setting`: a story may be set up so; it counts when it took effect.
 * - `elsewhere`: it does not exist at this level; another test causes it.
 */
export const FAULTS = {
  F1: { how: "happens", what: "live-color is missing" },
  F2: { how: "happens", what: "live-color is blank, or names an unknown color" },
  F3: { how: "happens", what: "the live color has no manifest, or an empty one" },
  F4: { how: "happens", what: "the live color is flipped in the middle of a run" },
  F5: { how: "happens", what: "SSM answers with an older version, or not at all" },
  F6: { how: "happens", what: "two colors are kept warm at once" },
  F7: { how: "happens", what: "events are delivered twice" },
  F8: { how: "happens", what: "events are delivered late" },
  F9: { how: "happens", what: "runs overlap, with or without a lease" },
  F10: { how: "happens", what: "runs are killed with money reserved" },
  F11: { how: "happens", what: "the provider answers 429 with a retry-after" },
  F12: { how: "happens", what: "the provider's own spend limit is met" },
  F13: { how: "happens", what: "the provider answers 500 and 529" },
  F14: { how: "happens", what: "answers time out, or the connection is dropped" },
  F15: { how: "happens", what: "the key is revoked, or cannot be read" },
  F16: { how: "happens", what: "some prefixes of a run fail, others do not" },
  F17: { how: "happens", what: "a model has no price" },
  F18: { how: "happens", what: "usage is missing, negative, huge or no number" },
  F19: { how: "happens", what: "the provider caches nothing of a prompt" },
  F20: { how: "happens", what: "the provider loses what it cached, again and again" },
  F21: { how: "happens", what: "the metrics of touches are lost" },
  F22: { how: "happens", what: "CloudWatch is away" },
  F23: { how: "happens", what: "an alarm loses its data" },
  F24: { how: "happens", what: "pause fails, or a path to it is lost" },
  F25: { how: "happens", what: "state is unreadable, damaged, newer or lost" },
  F26: { how: "happens", what: "a resume races a pause" },
  F27: { how: "happens", what: "a resume while the cause holds" },
  F28: { how: "happens", what: "an alarm arrives after the resume" },
  F29: { how: "happens", what: "clocks are wrong by up to five minutes" },
  F30: { how: "setting", what: "an hour, or a day, rolls over while money is spent" },
  F31: { how: "happens", what: "answers to ledger writes are lost" },
  F32: { how: "elsewhere", what: "rounding", test: "test/core/prices.test.ts" },
  F33: {
    how: "elsewhere",
    what: "a limit of zero, below zero or no number",
    test: "test/core/config.test.ts",
  },
  F34: { how: "happens", what: "a stored prompt, or a manifest, is damaged" },
  F35: { how: "happens", what: "live-color holds a URL, a path or control characters" },
  F36: { how: "happens", what: "the provider quotes the key and the prompt" },
  F37: { how: "happens", what: "a deployment replaces every function" },
  F38: { how: "happens", what: "`init` is run again, with another color" },
  F39: { how: "setting", what: "a limit is passed under `alert_only`" },
  F40: { how: "setting", what: "a limit is met under `throttle`" },
  F41: { how: "happens", what: "the schedule stops" },
  F42: { how: "happens", what: "SNS does not acknowledge" },
  F43: { how: "happens", what: "the region is lost" },
  F44: { how: "setting", what: "two environments share a key" },
  F45: {
    how: "elsewhere",
    what: "a role may write live-color",
    test: "test/cdk/permissions.test.ts",
  },
} as const satisfies Record<
  string,
  | { readonly how: "happens" | "setting"; readonly what: string }
  | { readonly how: "elsewhere"; readonly what: string; readonly test: string }
>;

export type FaultCode = keyof typeof FAULTS;

/** The faults that stories can have. */
export const SIMULATED: readonly FaultCode[] = (Object.keys(FAULTS) as FaultCode[]).filter(
  (code) => FAULTS[code].how !== "elsewhere",
);
