import type { AlarmDefinition } from "./alarm-definition.ts";

/** What the alarms on functions have in common: a run that did not end well ends as an error. */
const ERRORS = {
  comparison: ">=",
  threshold: 1,
  missing: "notBreaching",
  missingMeaning: "no error in that minute",
  pauses: false,
  runbook: "function-errors",
} as const;

/** A function that runs every minute may fail once; the next tick mends it. */
const EVERY_MINUTE = { periods: 3, datapoints: 2 } as const;

/** A function that runs when it is called must not fail: nothing comes after it. */
const WHEN_CALLED = { periods: 1, datapoints: 1 } as const;

/** The part of the alarm table that is about the functions themselves. */
export const ERROR_ALARMS = {
  WarmErrors: {
    ...ERRORS,
    ...EVERY_MINUTE,
    subject: { kind: "errors", function: "warm" },
    meaning: "The warm function ends in an error: a target, state, key or provider fault.",
    nextCommand: "warmer status",
  },
  MonitorErrors: {
    ...ERRORS,
    ...EVERY_MINUTE,
    subject: { kind: "errors", function: "monitor" },
    meaning: "The monitor function ends in an error; gauges may be missing.",
    nextCommand: "warmer status",
  },
  PauseErrors: {
    ...ERRORS,
    ...WHEN_CALLED,
    subject: { kind: "errors", function: "pause" },
    meaning: "The pause function failed; the ledger still stops spend at the limit.",
    nextCommand: 'warmer pause --reason "…"',
  },
  GateErrors: {
    ...ERRORS,
    ...WHEN_CALLED,
    subject: { kind: "errors", function: "gate" },
    meaning: "The gate function failed: a deployment's hook was answered without proof, or not at all.",
    nextCommand: "warmer status",
  },
} as const satisfies Record<string, AlarmDefinition>;
