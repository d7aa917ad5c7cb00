import { describe, expect, it } from "vitest";
import { releaseSlot, slotIsOpen, takeSlot } from "../../lib/core/throttle.ts";
import { NOON, SECOND } from "./samples.ts";

const six = { maxFillsPerMinute: 6, nextSlotAt: NOON };

describe("a slot", () => {
  it.each([
    [NOON - 1, false],
    [NOON, true],
    [NOON + 1, true],
  ])("is open from its instant on (%i)", (now, open) => expect(slotIsOpen(six, now)).toBe(open));

  it("that is taken holds the next one back until the request must be over, and the spacing", () => {
    expect(takeSlot(six, NOON, 30 * SECOND)).toEqual({
      maxFillsPerMinute: 6,
      nextSlotAt: NOON + 40 * SECOND,
    });
  });

  it.each([
    ["a fill", true, NOON + 12 * SECOND],
    ["a read", false, NOON + 2 * SECOND],
  ])("that was used for %s is settled when the request ends", (_what, filled, nextSlotAt) => {
    const taken = takeSlot(six, NOON, 30 * SECOND);
    expect(releaseSlot(taken, taken, filled, NOON + 2 * SECOND)).toEqual({ ...six, nextSlotAt });
  });

  it("is left alone if somebody set the throttle anew meanwhile", () => {
    const taken = takeSlot(six, NOON, 30 * SECOND);
    const anew = { maxFillsPerMinute: 1, nextSlotAt: NOON + 1 };
    expect(releaseSlot(anew, taken, false, NOON + 2 * SECOND)).toBe(anew);
  });

  it.each([
    [1, 60_000],
    [7, 8_572],
    [60, 1_000],
    [100_000, 1],
  ])("is spaced so that %i a minute are never more: %i ms", (maxFillsPerMinute, spacing) => {
    expect(takeSlot({ maxFillsPerMinute, nextSlotAt: 0 }, NOON, 0).nextSlotAt).toBe(NOON + spacing);
  });
});
