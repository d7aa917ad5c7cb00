import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EVENT_KINDS, eventId, parseKnownEvent } from "../../lib/core/known-event.ts";
import { anEvent } from "./causes/samples.ts";
import { NOON } from "./samples.ts";

const full = {
  ...anEvent("flip", NOON),
  expectedCost: 5,
  color: "green",
  release: "42",
  note: "n",
};

describe("an event's id", () => {
  it("sorts by time, and is another one for another kind or another subject", () => {
    expect(eventId(NOON, "flip", "green", "d1")).toBe("2026-11-21T12:00:00.000Z#flip#green#d1");
    expect(eventId(NOON, "deploy")).toBe("2026-11-21T12:00:00.000Z#deploy");
    expect(eventId(NOON - 1, "stack-update") < eventId(NOON, "configuration")).toBe(true);
  });
});

describe("a stored event", () => {
  it.each(EVENT_KINDS)("of the kind %s is read back as it was", (kind) => {
    const event = anEvent(kind, NOON);
    expect(parseKnownEvent(JSON.parse(JSON.stringify(event)))).toEqual(event);
  });

  it("keeps its cost, color and release, and a cost of nothing", () => {
    expect(parseKnownEvent(full)).toEqual(full);
    expect(parseKnownEvent({ ...full, expectedCost: 0 })).toEqual({ ...full, expectedCost: 0 });
    expect(parseKnownEvent({ ...full, from: 0 })).toEqual({ ...full, from: 0 });
  });

  it.each([
    ["event", undefined],
    ["event", "an event"],
    ["id", { ...full, id: 7 }],
    ["kind", { ...full, kind: "party" }],
    ["from", { ...full, from: -1 }],
    ["to", { ...full, to: "later" }],
    ["expectedCost", { ...full, expectedCost: 0.5 }],
    ["expectedCost", { ...full, expectedCost: -1 }],
    ["color", { ...full, color: 7 }],
    ["release", { ...full, release: 42 }],
    ["by", { ...full, by: undefined }],
    ["note", { ...full, note: null }],
  ])("that is damaged is told by its first wrong field, %s", (field, value) => {
    expect(parseKnownEvent(value)).toMatch(new RegExp(`^${field} \\S`));
  });

  it("is never an exception, whatever stands in the table", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(typeof parseKnownEvent(value)).toBe("string");
      }),
      { numRuns: 30 },
    );
  });
});
