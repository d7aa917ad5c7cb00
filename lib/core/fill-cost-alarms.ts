import type { AlarmDefinition } from "./alarm-definition.ts";

/** What the levels of a spike have in common. Their thresholds are the defaults of `spikes`. */
const SPIKE = {
  subject: { kind: "own", metric: "SpikeRatio" },
  comparison: ">",
  // The window that the ratio is measured over is the level's duration.
  periods: 1,
  datapoints: 1,
  missing: "notBreaching",
  missingMeaning: "the baseline is learnt, or state is unreadable; the limits hold all the same",
  pauses: false,
  nextCommand: "warmer diagnose",
  runbook: "fill-cost",
} as const;

/** The part of the alarm table that is about what fills cost, and whether the warmer pays. */
export const FILL_COST_ALARMS = {
  FillCostInfo: {
    ...SPIKE,
    meaning: "Fill cost is above normal, by more than the factor of `spikes.info`.",
    threshold: 1.5,
    level: "info",
  },
  FillCostWarning: {
    ...SPIKE,
    meaning: "Fill cost is far above normal, by more than the factor of `spikes.warning`.",
    threshold: 2,
    level: "warning",
  },
  FillCostCritical: {
    ...SPIKE,
    meaning: "Fill cost is out of hand: above normal by more than the factor of `spikes.critical`.",
    threshold: 5,
    level: "critical",
  },
  NotWorthIt: {
    subject: { kind: "own", metric: "NetSaving" },
    meaning: "The warmer has cost more than it saved for a week: change the TTL, or stop it.",
    comparison: "<",
    threshold: 0,
    periods: 3,
    datapoints: 3,
    missing: "ignore",
    missingMeaning: "keeps its state: too little is known of the last seven days to tell",
    pauses: false,
    nextCommand: "warmer report",
    level: "info",
    runbook: "not-worth-it",
  },
} as const satisfies Record<string, AlarmDefinition>;
