import { describe, expect, it } from "vitest";
import {
  DIMENSIONS,
  finitePoints,
  METRICS,
  type MetricDefinition,
  type MetricName,
  NAMESPACE,
  ratioPoint,
} from "../../lib/core/metrics.ts";

const metrics = Object.entries(METRICS) as [MetricName, MetricDefinition][];

describe("the metric table", () => {
  it("has the two names that the user chose, in the project's namespace", () => {
    expect(NAMESPACE).toBe("PromptCacheWarmer");
    expect(Object.keys(METRICS)).toEqual(expect.arrayContaining(["HitRate", "FillCost"]));
  });

  it("makes at most 20 series: each metric has one dimension set, and no color or fingerprint in it", () => {
    expect(metrics.length).toBeLessThanOrEqual(20);
    expect(DIMENSIONS).toEqual(["Service", "Environment"]);
  });

  it.each(metrics)(
    "%s is a count that is summed, or a gauge that heals with its next point",
    (_name, metric) => {
      expect(metric.unit === "Count").toBe(metric.statistic === "Sum");
      expect(metric.meaning.length).toBeGreaterThan(20);
    },
  );

  it.each([
    "FillCost",
    "FillRate",
    "HourlyLimitUsed",
    "DailyLimitUsed",
    "SecondsSinceCycle",
    "SecondsOverdue",
  ] as const)("%s, money or an age, is read with Maximum and sent every minute", (name) =>
    expect(METRICS[name]).toMatchObject({ statistic: "Maximum", sentBy: "monitor" }),
  );

  it.each(metrics.filter(([name]) => name.startsWith("Seconds")))(
    "%s has the unit of its name",
    (_name, metric) => {
      expect(metric.unit).toBe("Seconds");
    },
  );
});

describe("finitePoints", () => {
  it("drops what CloudWatch refuses a whole request for", () => {
    const values = [0, -1, 0.5, 1e300, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const points = values.map((value) => ({ name: "HitRate" as const, value }));
    expect(finitePoints(points).map(({ value }) => value)).toEqual([0, -1, 0.5, 1e300]);
  });
});

describe("ratioPoint", () => {
  it.each([
    [1, 4, [{ name: "HitRate", value: 0.25 }]],
    [0, 4, [{ name: "HitRate", value: 0 }]],
    [0, 0, []],
    [5, 0, []],
    [5, -1, []],
    [5, Number.NaN, []],
  ])("of %d and %d is a point only with something to divide by", (numerator, denominator, points) => {
    expect(ratioPoint("HitRate", numerator, denominator)).toEqual(points);
  });
});
