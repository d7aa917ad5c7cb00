import { describe, expect, it } from "vitest";
import { tellFlip, whyUnproven } from "../../../lib/core/release/flip-news.ts";
import type { Flip } from "../../../lib/core/release/serving.ts";
import { aControl, MINUTE, NOON } from "../samples.ts";

const flip: Flip = { from: "blue", to: "green", version: 12, at: NOON, release: "r42" };
const standing = { by: "ops", at: NOON, cause: "operator", incident: 1 } as const;
const paused = { ...standing, reason: "looking" };
const throttled = { ...standing, reason: "too dear", maxFillsPerMinute: 1, nextSlotAt: NOON };
const cycle = (outcome: "warmed" | "no_manifest") => ({ startedAt: NOON, finishedAt: NOON, outcome });

describe("what stands between a flip and its proof", () => {
  it.each([
    [
      "a pause, before all else",
      { paused, throttled, lastCycle: cycle("no_manifest") },
      "the warmer is paused: looking",
    ],
    [
      "a failing cycle, before a throttle",
      { throttled, lastCycle: cycle("no_manifest") },
      "no release was published for the live color",
    ],
    [
      "a throttle, where the cycle is well",
      { throttled, lastCycle: cycle("warmed") },
      "the warmer is throttled: too dear",
    ],
    [
      "reads that are still to come, else",
      { lastCycle: cycle("warmed") },
      "not every required prefix has a confirming read yet",
    ],
    [
      "reads that are still to come, before any cycle",
      {},
      "not every required prefix has a confirming read yet",
    ],
  ])("is %s", (_what, control, why) => {
    expect(whyUnproven(aControl(control))).toBe(why);
  });
});

describe("the news of a flip", () => {
  it("that is proven say after how many seconds", () => {
    const { news } = tellFlip(aControl(), { ...flip, provenAt: NOON + 4_250 }, NOON + MINUTE);
    expect(news).toEqual([
      {
        at: NOON + MINUTE,
        subject: "live color blue -> green: warm after 4.3 s",
        message: [
          "Live color: blue -> green, 2026-11-21T12:00:00.000Z (parameter version 12)",
          "Release: r42",
          "Warmth: warm after 4.3 s",
          "Next: warmer status",
        ].join("\n"),
      },
    ]);
  });

  it("that was warm before it say so", () => {
    const { news } = tellFlip(aControl(), { ...flip, provenAt: NOON }, NOON);
    expect(news?.[0]?.subject).toBe("live color blue -> green: warm after 0.0 s");
  });

  it("that is not proven say why, in the message only", () => {
    const { news } = tellFlip(aControl(), flip, NOON, "the warmer is paused: looking");
    expect(news?.[0]?.subject).toBe("live color blue -> green: not warm");
    expect(news?.[0]?.message).toContain("\nWarmth: not warm: the warmer is paused: looking\n");
    expect(tellFlip(aControl(), flip, NOON).news?.[0]?.message).toContain("Warmth: not warm: not proven");
  });

  it("are told once: the flip remembers it", () => {
    expect(tellFlip(aControl({ flip }), flip, NOON).flip).toEqual({ ...flip, told: true });
  });

  it("come after those that wait", () => {
    const waiting = { at: NOON - 1, subject: "s", message: "m" };
    const { news } = tellFlip(aControl({ news: [waiting] }), flip, NOON);
    expect(news?.map(({ at }) => at)).toEqual([NOON - 1, NOON]);
  });
});
