import { describe, expect, it } from "vitest";
import type { Gate } from "../../../lib/core/release/gate.ts";
import { gateOfAll } from "../../../lib/core/release/gate-of-partitions.ts";
import { MINUTE, NOON } from "../samples.ts";
import { aGate } from "./samples.ts";

const all = (eu: Partial<Gate>, us: Partial<Gate>) =>
  gateOfAll([
    { partition: "eu", gate: aGate(eu) },
    { partition: "us", gate: aGate(us) },
  ]);

const answered = (result: "warm" | "cold" | "inconclusive", at = NOON, more: Partial<Gate> = {}) => ({
  answer: { result, reason: `it is ${result}`, at },
  ...more,
});
const progress = (warm: number, required: number, coverage: number, hindrance?: string, at = NOON) => ({
  progress: { warm, required, coverage, at, ...(hindrance !== undefined && { hindrance }) },
});

describe("the gates of all partitions", () => {
  it("are one that was opened with the first and lasts as long as the last", () => {
    const gate = all(
      { openedAt: NOON + 1, deadline: NOON + 9 * MINUTE },
      { openedAt: NOON, deadline: NOON + 8 * MINUTE },
    );
    expect(gate).toEqual(aGate({ openedAt: NOON, deadline: NOON + 9 * MINUTE }));
  });

  it("are at least one", () => {
    expect(() => gateOfAll([])).toThrow(new RangeError("there must be a gate of at least one partition"));
  });

  it("of one partition are that one, with its name at what is said", () => {
    const gate = aGate({ ...answered("warm"), ...progress(2, 2, 1) });
    expect(gateOfAll([{ partition: "eu", gate }])).toEqual({
      ...gate,
      answer: { ...gate.answer, reason: "eu: it is warm" },
    });
  });
});

describe("their answer", () => {
  it("is warm when the last of them is, with each one's reason", () => {
    expect(all(answered("warm", NOON + 2), answered("warm", NOON + 1)).answer).toEqual({
      result: "warm",
      reason: "eu: it is warm; us: it is warm",
      at: NOON + 2,
    });
  });

  it("waits for the last, as long as none stops the release", () => {
    expect(all(answered("warm"), {})).not.toHaveProperty("answer");
    expect(all({}, answered("inconclusive"))).not.toHaveProperty("answer");
  });

  it("is inconclusive where one is and lets the release pass", () => {
    for (const [eu, us] of [
      [answered("warm"), answered("inconclusive")],
      [answered("inconclusive"), answered("warm")],
    ] as const)
      expect(all(eu, us).answer?.result).toBe("inconclusive");
  });

  it("is that of the first which stops the release, and waits for no other", () => {
    expect(all({}, answered("cold", NOON + 5)).answer).toEqual({
      result: "cold",
      reason: "us: it is cold",
      at: NOON + 5,
    });
    const strict = answered("inconclusive", NOON + 7, { failDeployment: true });
    expect(all(strict, answered("cold")).answer).toEqual({
      result: "inconclusive",
      reason: "eu: it is inconclusive",
      at: NOON + 7,
    });
  });
});

describe("their progress", () => {
  it("is none before any of them was looked at", () => {
    expect(all({}, {})).not.toHaveProperty("progress");
  });

  it("counts the prefixes of all, with the coverage of the worst and the time of the last", () => {
    const eu = progress(3, 4, 0.75, undefined, NOON + 1);
    expect(all(eu, progress(1, 2, 0.5)).progress).toEqual({
      warm: 4,
      required: 6,
      coverage: 0.5,
      at: NOON + 1,
    });
  });

  it("covers nothing for sure while one is unknown", () => {
    expect(all(progress(3, 4, 0.75), {}).progress).toMatchObject({ warm: 3, required: 4, coverage: 0 });
  });

  it("names the first hindrance, and whose it is", () => {
    const both = all(progress(0, 1, 0, "busy"), progress(0, 1, 0, "throttled"));
    expect(both.progress?.hindrance).toBe("eu: busy");
    expect(all(progress(1, 1, 1), progress(0, 1, 0, "throttled")).progress?.hindrance).toBe("us: throttled");
    expect(all(progress(1, 1, 1), progress(1, 1, 1)).progress).not.toHaveProperty("hindrance");
  });
});
