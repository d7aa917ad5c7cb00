import { describe, expect, it } from "vitest";
import { eventText } from "../../lib/core/event-text.ts";
import { anEvent } from "./causes/samples.ts";
import { HOUR, MINUTE, NOON } from "./samples.ts";

describe("a known event in words", () => {
  it.each([
    ["onboarding", "an onboarding"],
    ["large-merge", "a large merge"],
    ["scheduled-refresh", "a scheduled refresh"],
    ["model-change", "a change of model"],
    ["deploy", "a deploy"],
    ["publish", "a release"],
    ["gate", "a gate"],
    ["flip", "a flip"],
    ["configuration", "a change of the configuration"],
    ["stack-update", "a stack update"],
  ] as const)("of the kind %s is %s", (kind, noun) => {
    expect(eventText(anEvent(kind, NOON), NOON)).toBe(`${noun} started at the same time`);
  });

  it.each([
    [29_999, "at the same time"],
    [30_000, "1 minute before"],
    [89_999, "1 minute before"],
    [90_000, "2 minutes before"],
    [119 * MINUTE, "119 minutes before"],
    [2 * HOUR, "2 hours before"],
    [2.5 * HOUR, "3 hours before"],
    [-MINUTE, "1 minute after"],
    [-3 * HOUR, "3 hours after"],
  ])("%d ms before the instant that is asked about started %s", (before, distance) => {
    expect(eventText(anEvent("deploy", NOON - before), NOON)).toBe(`a deploy started ${distance}`);
  });

  it("says of which color and release it is, and what it is predicted to cost", () => {
    const event = { ...anEvent("publish", NOON), color: "green", release: "42", expectedCost: 250_000 };
    expect(eventText(event, NOON)).toBe(
      "a release of green (42) started at the same time, predicted to cost $0.25",
    );
    expect(eventText({ ...event, expectedCost: 0 }, NOON)).toMatch(/, predicted to cost \$0\.00$/);
  });

  it("goes to a color, where it is a flip", () => {
    const flip = { ...anEvent("flip", NOON), color: "green" };
    expect(eventText(flip, NOON)).toBe("a flip to green started at the same time");
  });
});
