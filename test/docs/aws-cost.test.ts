import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { costOf, PAGE_BYTES, PAGED_PREFIX_BYTES, touchesPerDay } from "../../bench/aws-cost/count.ts";
import { line, metricsUsd } from "../../bench/aws-cost/prices.ts";
import { AWS_COST, awsCost, awsCostText } from "../../bench/aws-cost.ts";
import { pageItem } from "../../lib/aws/prefix-page-item.ts";
import { ALARMS } from "../../lib/core/alarms.ts";
import { METRICS } from "../../lib/core/metrics.ts";
import { sha256 } from "../../lib/core/prefix.ts";
import { aWarmState, NOON } from "../core/samples.ts";

describe("docs/aws-cost.md", () => {
  const sizes = awsCost();
  const text = awsCostText();

  it("is what `npm run bench:aws-cost -- --write` writes", () => {
    expect(readFileSync(AWS_COST, "utf8")).toBe(text);
  });

  it("counts a metric and an alarm once, however many prefixes there are", () => {
    for (const { lines } of sizes) {
      const unitsOf = (name: string) => lines.find(({ item }) => item === name)?.units;
      expect(unitsOf("metrics")).toBe(Object.keys(METRICS).length);
      expect(unitsOf("alarms")).toBe(Object.keys(ALARMS).length);
    }
  });

  it("counts a partition more as a function, an alarm and a state, and no metric or dashboard more", () => {
    const [one, two] = [1, 2].map((partitions) => costOf(100, 256, partitions));
    const unitsOf = (lines: typeof one, name: string) => lines?.find(({ item }) => item === name)?.units ?? 0;
    for (const item of ["metrics", "dashboard", "egress of prompts"])
      expect(unitsOf(two, item)).toBeCloseTo(unitsOf(one, item));
    expect(unitsOf(two, "alarms") - unitsOf(one, "alarms")).toBe(1);
    // warm and monitor before, one more warm after.
    expect(unitsOf(two, "Lambda, requests") / unitsOf(one, "Lambda, requests")).toBe(1.5);
    expect(unitsOf(two, "DynamoDB, writes of runs")).toBeGreaterThan(
      1.5 * unitsOf(one, "DynamoDB, writes of runs"),
    );
  });

  it("keeps every size within its aim", () => {
    for (const { besideEgressUsd, aimUsd } of sizes) expect(besideEgressUsd).toBeLessThanOrEqual(aimUsd);
    expect(text).not.toContain("above the aim");
  });

  it("takes at most the list price off for the free tier", () => {
    for (const { lines } of sizes) {
      for (const { listUsd, freeUsd } of lines) expect(freeUsd).toBeLessThanOrEqual(listUsd);
    }
  });
});

describe("the counts behind it", () => {
  it.each([1, 46, 64])(
    "take a page of %i for as large as it is stored, or up to a fifth larger",
    (prefixes) => {
      const states = Array.from({ length: prefixes }, (_, i) =>
        aWarmState({
          name: `desk-${i}`,
          fingerprint: sha256(`prefix ${i}`),
          bodyDigest: sha256(`body ${i}`),
          bytes: 40_000 + 7 * i,
          countedTokens: 9_000 + i,
          measuredTokens: 9_011 + i,
          lastStart: NOON + 37 * i,
          provenAt: NOON + 37 * i,
          recentFills: [`${NOON - 3_000 * i} first 1h ${9_011 + i} ${4 * (9_011 + i)}`],
          changedAt: [NOON],
        }),
      );
      const { data, ...rest } = pageItem("prefix", "10.512", states, 1);
      const bytes = (data as Uint8Array).length + JSON.stringify(rest).length;
      const counted = PAGE_BYTES + prefixes * PAGED_PREFIX_BYTES;
      expect(bytes).toBeLessThanOrEqual(Math.max(counted, 1_024));
      if (prefixes > 1) expect(bytes).toBeGreaterThan(counted / 1.2);
    },
  );

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
