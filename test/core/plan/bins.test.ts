import { describe, expect, it } from "vitest";
import {
  BAND,
  BANDS,
  BINS,
  BLOCKS,
  binOf,
  blockOf,
  EDGE,
  nextReview,
  REVIEW_AGES,
} from "../../../lib/core/plan/bins.ts";

const edges = [...EDGE];

describe("the bin of an age", () => {
  it("begins with its edge and ends before the next", () => {
    for (let bin = 0; bin < BINS; bin++) {
      expect(binOf(edges[bin] ?? Number.NaN)).toBe(bin);
      expect(binOf((edges[bin + 1] ?? Number.NaN) - 1)).toBe(bin);
    }
  });

  it("past the last edge is none", () => {
    expect(binOf(edges.at(-1) ?? Number.NaN)).toBe(BINS);
    expect(binOf(1e9)).toBe(BINS);
  });

  it("is a minute wide for the first six, in which a 5m entry's fate is decided, and never narrower", () => {
    const widths = edges.slice(1).map((edge, bin) => edge - (edges[bin] ?? Number.NaN));
    expect(widths.slice(0, 6)).toEqual([60, 60, 60, 60, 60, 60]);
    expect(Math.min(...widths)).toBe(60);
  });

  it("is of one of five bands, which follow each other", () => {
    expect([...new Set(BAND)]).toEqual([0, 1, 2, 3, 4]);
    expect([...BAND]).toEqual([...BAND].sort((a, b) => a - b));
    expect(Math.max(...BAND)).toBe(BANDS - 1);
    expect([BAND[binOf(299)], BAND[binOf(300)]]).toEqual([0, 1]);
  });
});

describe("the next review of a silence", () => {
  it.each([
    [0, 3_600],
    [3_600, 3_600],
    [3_601, 14_220],
    [259_999, 260_000],
    [260_000, 260_000],
    [260_001, undefined],
  ])("at the age of %d s is at %d s", (age, review) => {
    expect(nextReview(age)).toBe(review);
  });

  it("is where a bin ends, so that no bin is counted in part", () => {
    for (const age of REVIEW_AGES) expect(edges).toContain(age);
  });
});

describe("the block of the week", () => {
  const DAY = 1_440;
  /** 2026-11-23, a Monday, in minutes since the epoch. */
  const MONDAY = Date.UTC(2026, 10, 23) / 60_000;

  it.each([
    ["Monday's first minute", 0, 0],
    ["the last minute of its third hour", 179, 0],
    ["the first minute of its fourth", 180, 1],
    ["Friday's last minute", 5 * DAY - 1, 7],
    ["Saturday's first minute", 5 * DAY, 8],
    ["Sunday's last minute", 7 * DAY - 1, 15],
    ["the next Monday", 7 * DAY, 0],
  ])("of %s", (_what, minute, block) => {
    expect(blockOf(MONDAY + minute)).toBe(block);
  });

  it("is one of sixteen", () => {
    const blocks = new Set(Array.from({ length: 168 }, (_, hour) => blockOf(MONDAY + 60 * hour)));
    expect([...blocks].sort((a, b) => a - b)).toEqual(Array.from({ length: BLOCKS }, (_, block) => block));
  });
});
