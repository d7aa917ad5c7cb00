import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { touchesPerDay } from "../../bench/aws-cost/count.ts";
import { line, metricsUsd } from "../../bench/aws-cost/prices.ts";
import { AWS_COST, awsCost, awsCostText } from "../../bench/aws-cost.ts";
import { ALARMS } from "../../lib/core/alarms.ts";
import { METRICS } from "../../lib/core/metrics.ts";

describe("docs/aws-cost.md", () => {
  it("is what `npm run bench:aws-cost -- --write` writes", () => {
    expect(readFileSync(AWS_COST, "utf8")).toBe(awsCostText());
  });

  it("counts a metric and an alarm once, however many prefixes there are", () => {
    for (const { lines } of awsCost()) {
      const unitsOf = (name: string) => lines.find(({ item }) => item === name)?.units;
      expect(unitsOf("metrics")).toBe(Object.keys(METRICS).length);
      expect(unitsOf("alarms")).toBe(Object.keys(ALARMS).length);
    }
  });

  it("keeps a single prefix within its aim, and says by how much the others exceed theirs", () => {
    const [one, ...more] = awsCost();
    expect(one?.besideEgressUsd).toBeLessThanOrEqual(one?.aimUsd ?? 0);
    for (const { besideEgressUsd, aimUsd } of more) {
      const excess = `${(besideEgressUsd - aimUsd).toFixed(2)} above the aim`;
      expect(awsCostText().includes(excess)).toBe(besideEgressUsd > aimUsd);
    }
  });

  it("takes at most the list price off for the free tier", () => {
    for (const { lines } of awsCost()) {
      for (const { listUsd, freeUsd } of lines) expect(freeUsd).toBeLessThanOrEqual(listUsd);
    }
  });
});

describe("the counts behind it", () => {
  it("touch a 1h prefix every 58 or 59 minutes", () => {
    expect(touchesPerDay()).toBeGreaterThanOrEqual(1440 / 59);
    expect(touchesPerDay()).toBeLessThanOrEqual(1440 / 58);
  });

  it.each([
    [0, 0],
    [10_000, 3_000],
    [10_001, 3_000.1],
    [250_000, 27_000],
    [282_000, 28_600],
  ])("price %i metrics by steps", (metrics, usd) => {
    expect(metricsUsd(metrics)).toBeCloseTo(usd, 6);
  });

  it.each([
    [9, 9],
    [10, 10],
    [11, 10],
  ])("take off %i units of 10 free ones up to the tenth", (units, free) => {
    expect(line("x", units, 1, 10).freeUsd).toBe(free);
  });
});
