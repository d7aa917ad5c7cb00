import { describe, expect, it } from "vitest";
import { Grants } from "../../../lib/core/plan/grants.ts";

/** Ticks in each of which so many 1h writes were refused, and so many taken. */
function seen(...ticks: readonly (readonly [refused: number, taken: number])[]): Grants {
  const grants = new Grants();
  for (const [refused, taken] of ticks) {
    for (let i = 0; i < refused; i++) grants.count("1h", "5m");
    for (let i = 0; i < taken; i++) grants.count("1h", "1h");
    grants.commit();
  }
  return grants;
}

describe("advice to write 1h", () => {
  it.each([
    [0, 0, false],
    [7, 0, false],
    [8, 0, true],
    [8, 1, false],
    [9, 1, true],
    [17, 2, false],
    [18, 2, true],
  ])("that was refused %d times and taken %d times is in vain: %s", (refused, taken, inVain) => {
    expect(seen([refused, taken]).inVain).toBe(inVain);
  });

  it("is told from what ticks brought together, and only at their ends", () => {
    const grants = seen([5, 0]);
    for (let i = 0; i < 5; i++) grants.count("1h", "5m");
    expect(grants.inVain).toBe(false);
    expect(grants.commit()).toBe(true);
    expect(grants.inVain).toBe(true);
  });

  it("is no longer in vain when the application begins to write 1h, advised or not", () => {
    const grants = seen([50, 0]);
    for (let i = 0; i < 20; i++) grants.count("5m", "1h");
    expect(grants.commit()).toBe(true);
    expect(grants.inVain).toBe(false);
  });

  it("is not refused by a 5m write that was advised so", () => {
    const grants = new Grants();
    for (let i = 0; i < 50; i++) grants.count("5m", "5m");
    expect(grants.commit()).toBe(false);
    expect([grants.inVain, ...grants.numbers()]).toEqual([false, 0, 0, 0]);
  });

  it("forgets in about a hundred writes what was before", () => {
    const ticks = Array.from({ length: 60 }, () => [5, 0] as const);
    expect(seen([0, 100]).inVain).toBe(false);
    expect(seen([0, 100], ...ticks).inVain).toBe(true);
    expect(seen([0, 100], ...ticks.slice(0, 2)).inVain).toBe(false);
  });

  it("counts what is refused and what is taken in one tick, and forgets either alike", () => {
    expect(seen([8, 8]).numbers()).toEqual([8, 8, 0]);
    const [refused = 0] = seen([8, 0], [0, 100]).numbers();
    const [, taken = 0] = seen([0, 8], [100, 0]).numbers();
    expect(refused).toBeCloseTo(taken, 12);
    expect(refused).toBeLessThan(4);
  });

  it("is told to have changed only when it has", () => {
    const grants = seen([50, 0]);
    grants.count("1h", "5m");
    expect(grants.commit()).toBe(false);
  });

  it("is not changed by a tick that brings nothing", () => {
    const grants = seen([50, 0]);
    const before = grants.numbers();
    expect(grants.commit()).toBe(false);
    expect(grants.numbers()).toEqual(before);
    expect(grants.inVain).toBe(true);
  });

  it("comes back from the store as it was, and leaves the numbers behind its own", () => {
    for (const grants of [seen([9, 1], [3, 3]), seen([50, 0]), new Grants()]) {
      const again = new Grants();
      expect(again.restore([...grants.numbers(), 7, 8])).toEqual([7, 8]);
      expect([again.inVain, ...again.numbers()]).toEqual([grants.inVain, ...grants.numbers()]);
    }
    const fresh = new Grants();
    expect([fresh.restore([]), fresh.inVain, ...fresh.numbers()]).toEqual([[], false, 0, 0, 0]);
  });
});
