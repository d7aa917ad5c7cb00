import { describe, expect, it } from "vitest";
import {
  ALARMS,
  type AlarmDefinition,
  type AlarmName,
  alarmName,
  FUNCTIONS,
  pausingAlarms,
  SUBJECT_STATISTIC,
} from "../../lib/core/alarms.ts";
import { emptyLedger, reserve } from "../../lib/core/ledger.ts";
import { METRICS } from "../../lib/core/metrics.ts";
import { limitUsed } from "../../lib/core/window-limits.ts";
import { NOON } from "./samples.ts";

const alarms = Object.entries(ALARMS) as [AlarmName, AlarmDefinition][];
const own = alarms.flatMap(([name, alarm]) =>
  alarm.subject.kind === "own" ? [[name, alarm, alarm.subject.metric] as const] : [],
);

const trips = ({ comparison, threshold }: AlarmDefinition, value: number) =>
  comparison === ">=" ? value >= threshold : comparison === ">" ? value > threshold : value < threshold;

/** What the gauges say on a good day, and the smallest thing that must be heard. */
const VALUES: Readonly<
  Record<string, { readonly good: readonly number[]; readonly bad: readonly number[] }>
> = {
  // One missed tick, with two ticks up to 119 s apart, is not yet silence.
  SecondsSinceCycle: { good: [0, 60, 119, 180], bad: [181, 3_600] },
  SecondsOverdue: { good: [0, 60, 180], bad: [181] },
  TargetUnresolved: { good: [0], bad: [1] },
  WarmShare: { good: [1], bad: [0, 0.5, 0.999] },
  // A flip that nobody gated, of a release of ordinary size, is proven within a minute or two.
  SecondsFlipUnproven: { good: [0, 60, 180], bad: [181, 3_600] },
  OrganicShortfall: { good: [0], bad: [0.001, 0.5] },
  UnexpectedFills: { good: [0], bad: [1, 40] },
  SpikeRatio: { good: [0, 1, 1.5], bad: [5.001, 100] },
  NetSaving: { good: [0, 12.5], bad: [-0.01, -40] },
  HourlyLimitUsed: { good: [0, 0.5, 0.999999], bad: [1, 1.2] },
  DailyLimitUsed: { good: [0, 0.5, 0.999999], bad: [1, 1.2] },
  Paused: { good: [0], bad: [1] },
  StateUnreadable: { good: [0], bad: [1] },
  Drill: { good: [0], bad: [1] },
  SecondsSinceDrill: { good: [0, 30 * 86_400], bad: [36 * 86_400] },
};

const SPEND: readonly string[] = ["HourlyLimitUsed", "DailyLimitUsed"];

describe("an alarm of the table", () => {
  it.each(own)(
    "%s watches a metric that is sent, every minute unless silence is fine",
    (_name, alarm, metric) => {
      expect(Object.keys(METRICS)).toContain(metric);
      if (METRICS[metric].sentBy === "warm") expect(alarm.missing).toBe("notBreaching");
    },
  );

  it.each(own)("%s fires on what must be heard, and not on a good day", (_name, alarm, metric) => {
    const values = VALUES[metric];
    expect(values?.good.filter((value) => trips(alarm, value))).toEqual([]);
    expect(values?.bad.filter((value) => !trips(alarm, value))).toEqual([]);
  });

  // PutMetricAlarm API reference, read 2026-11-21: with periods of a minute, one day at most.
  it.each(alarms)("%s asks for periods that CloudWatch takes", (_name, { periods, datapoints }) => {
    expect(Number.isInteger(periods) && periods >= 1 && 60 * periods <= 86_400).toBe(true);
    expect(Number.isInteger(datapoints) && datapoints >= 1 && datapoints <= periods).toBe(true);
  });

  it.each(alarms)("%s says what it means, what silence means, and what to type", (name, alarm) => {
    expect(alarm.meaning).toMatch(/^[A-Z].{20,}\.$/);
    expect(alarm.missingMeaning).toMatch(/\S/);
    expect(alarm.nextCommand).toMatch(/^warmer [a-z]+/);
    expect(alarm.runbook).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(Number.isFinite(alarm.threshold)).toBe(true);
    expect(name).toMatch(/^[A-Z][A-Za-z]+$/);
  });

  it.each(alarms)("%s knows no color", (_name, alarm) => {
    expect(JSON.stringify(alarm)).not.toMatch(/blue|green|canary/i);
  });
});

describe("the alarms", () => {
  it("pause on spend and on nothing else: a warmer that is late must not be stopped", () => {
    expect(pausingAlarms()).toEqual(expect.arrayContaining(["HourlySpend", "DailySpend"]));
    for (const [name, alarm, metric] of own) {
      // A drill takes the spend alarms' way to `pause`, which knows it and pauses nothing: alarm-event.test.ts.
      expect(alarm.pauses, name).toBe(SPEND.includes(metric) || metric === "Drill");
    }
    for (const [, alarm] of alarms) if (alarm.subject.kind !== "own") expect(alarm.pauses).toBe(false);
  });

  it("watch the errors of every function, and the failure queue", () => {
    const errors = alarms.flatMap(([, { subject }]) => (subject.kind === "errors" ? [subject.function] : []));
    expect(errors.sort()).toEqual([...FUNCTIONS].sort());
    expect(alarms.filter(([, { subject }]) => subject.kind === "failureQueueDepth")).toHaveLength(1);
    expect(SUBJECT_STATISTIC).toEqual({ errors: "Sum", failureQueueDepth: "Maximum" });
  });

  it("watch everything that the issue names: liveness, target, warmth, drift, spend, pause, state", () => {
    const watched = own.map(([, , metric]) => metric);
    expect(watched).toEqual(
      expect.arrayContaining([
        ...["SecondsSinceCycle", "SecondsOverdue", "TargetUnresolved", "WarmShare", "UnexpectedFills"],
        ...["HourlyLimitUsed", "DailyLimitUsed", "Paused", "StateUnreadable"],
      ]),
    );
  });

  it("hear silence of the warmer by its own state", () => {
    expect(ALARMS.WarmerSilent.missing).toBe("missing");
    for (const [name, alarm] of alarms) {
      if (name !== "WarmerSilent") expect(["notBreaching", "ignore"]).toContain(alarm.missing);
    }
  });

  it("never take silence for the end of spending or of a pause", () => {
    for (const name of ["HourlySpend", "DailySpend", "Paused"] as const) {
      expect(ALARMS[name].missing).toBe("ignore");
    }
  });

  it("tell of a stopped warmer within ten minutes, a delayed metric and its evaluation included", () => {
    const { threshold, periods } = ALARMS.WarmerSilent;
    expect(threshold / 60 + periods + 2).toBeLessThanOrEqual(10);
  });

  it("let a fresh deploy live long enough for its first tick before silence counts", () => {
    expect(ALARMS.WarmerSilent.datapoints).toBeGreaterThanOrEqual(3);
  });

  it("hear exactly of a limit that was met, not of one that is nearly met", () => {
    const limits = { hourly: 1_000_000, daily: 9_000_000 };
    const full = reserve(emptyLedger(NOON), "a", [999_999], limits, NOON).ledger;
    const met = reserve(full, "b", [2], limits, NOON).ledger;
    expect(trips(ALARMS.HourlySpend, limitUsed(full.hour, limits.hourly))).toBe(false);
    expect(trips(ALARMS.HourlySpend, limitUsed(met.hour, limits.hourly))).toBe(true);
    expect(trips(ALARMS.DailySpend, limitUsed(met.day, limits.daily))).toBe(false);
  });
});

describe("alarmName", () => {
  it("is fixed by service, environment and alarm, and no two alarms of a warmer share it", () => {
    expect(alarmName("support", "prod", "HourlySpend")).toBe("support-prod-HourlySpend");
    expect(new Set(alarms.map(([name]) => alarmName("support", "prod", name))).size).toBe(alarms.length);
  });

  it("stays within CloudWatch's 255 characters with the longest names", () => {
    for (const [name] of alarms)
      expect(alarmName("s".repeat(32), "e".repeat(32), name).length).toBeLessThan(256);
  });
});
