import { describe, expect, it } from "vitest";
import { BINS, BLOCKS, EDGE } from "../../../lib/core/plan/bins.ts";
import {
  cumulative,
  exactly,
  Fleet,
  GAPS,
  gapClass,
  SIZES,
  sizeClass,
} from "../../../lib/core/plan/fleet.ts";

describe("the class of how often a prefix was used", () => {
  it.each([
    [0, 0],
    [1, 0],
    [2, 1],
    [3, 1],
    [4, 2],
    [63, 5],
    [64, 6],
    [127, 6],
    [60_000, 6],
  ])("at %d requests is %d", (requests, expected) => {
    expect(sizeClass(requests)).toBe(expected);
    expect(sizeClass(requests)).toBeLessThan(SIZES);
  });
});

describe("the class of the gap before", () => {
  it.each([
    [0, 0],
    [299, 0],
    [300, 1],
    [3_599, 1],
    [3_600, 2],
    [14_399, 2],
    [14_400, 3],
    [43_199, 3],
    [43_200, 4],
    [1e9, 4],
    [undefined, 5],
  ])("of %d s is %d", (gap, expected) => {
    expect(gapClass(gap)).toBe(expected);
    expect(gapClass(gap)).toBeLessThan(GAPS);
  });
});

describe("a cumulative hazard", () => {
  it("adds up where chances multiply", () => {
    expect(cumulative(0)).toBeCloseTo(0, 12);
    expect(Math.exp(-cumulative(0.2) - cumulative(0.3))).toBeCloseTo(0.8 * 0.7, 12);
  });

  it("is finite for what is certain", () => {
    expect(cumulative(1)).toBeCloseTo(-Math.log(0.0001), 9);
    expect(cumulative(2)).toBe(cumulative(1));
  });
});

describe("sums of parts", () => {
  it("do not depend on their order, and are within a millionth", () => {
    const parts = [0.1, 1 / 3, 1e-3, 0.7, 2.9].map(exactly);
    const sum = (some: readonly number[]) => some.reduce((total, part) => total + part, 0);
    expect(sum(parts)).toBe(sum(parts.toReversed()));
    expect(Math.abs(exactly(1 / 3) - 1 / 3)).toBeLessThan(1e-6);
    expect(exactly(0.5)).toBe(0.5);
  });
});

/** A fleet that saw silences of one class in one bin: so many ended there, so many outlived it. */
function seen(ended: number, outlived: number, { size = 2, gap = 1, bin = 4 } = {}): Fleet {
  const fleet = new Fleet();
  fleet.count(size, gap, bin, true, ended);
  fleet.count(size, gap, bin, false, outlived);
  fleet.commit();
  return fleet;
}

const chance = (hazard: number | undefined) => 1 - Math.exp(-(hazard ?? Number.NaN));

describe("the fleet's life tables", () => {
  it("before anything is known expect less and less for each second of a silence", () => {
    const row = new Fleet().row(0);
    const perSecond = [...row].map((hazard, bin) => hazard / ((EDGE[bin + 1] ?? 0) - (EDGE[bin] ?? 0)));
    expect(row).toHaveLength(BINS);
    for (let bin = 1; bin < BINS; bin++) expect(perSecond[bin]).toBeLessThan(perSecond[bin - 1] ?? 0);
    for (const hazard of row) {
      expect(hazard).toBeGreaterThan(0);
      expect(chance(hazard)).toBeLessThanOrEqual(0.5 + 1e-9);
    }
  });

  it("learn how often silences end, once there are many", () => {
    expect(chance(seen(300, 700).row(2, 1)[4])).toBeCloseTo(0.3, 2);
    expect(chance(seen(1_000, 0).row(2, 1)[4])).toBeGreaterThan(0.98);
    expect(chance(seen(0, 1_000).row(2, 1)[4])).toBeLessThan(0.01);
  });

  it("believe few less than many, and the wider class where the narrower has none", () => {
    const [few, many] = [seen(3, 0).row(2, 1)[4] ?? 0, seen(300, 0).row(2, 1)[4] ?? 0];
    const none = new Fleet().row(2, 1)[4] ?? 0;
    expect(few).toBeGreaterThan(none);
    expect(many).toBeGreaterThan(few);
    const fleet = seen(300, 700);
    // All silences were of that one class: of the others is known what is known of all.
    expect(chance(fleet.row(5, 3)[4])).toBeCloseTo(0.3, 2);
    expect(chance(fleet.row(2)[4])).toBeCloseTo(0.3, 2);
  });

  it("tell classes of size and of gap apart", () => {
    const fleet = new Fleet();
    fleet.count(2, 1, 4, true, 500);
    fleet.count(2, 3, 4, false, 500);
    fleet.count(3, 1, 4, false, 500);
    fleet.commit();
    expect(chance(fleet.row(2, 1)[4])).toBeGreaterThan(0.95);
    expect(chance(fleet.row(2, 3)[4])).toBeLessThan(0.05);
    expect(chance(fleet.row(3, 1)[4])).toBeLessThan(0.05);
    expect(chance(fleet.row(2)[4])).toBeCloseTo(0.5, 1);
    expect(chance(fleet.row(3)[4])).toBeLessThan(0.05);
  });

  it("keep bins apart, the first and the last of each class too", () => {
    for (const bin of [0, BINS - 1]) {
      for (const size of [0, SIZES - 1]) {
        for (const gap of [0, GAPS - 1]) {
          const fleet = seen(500, 0, { size, gap, bin });
          const before = new Fleet();
          for (let other = 0; other < BINS; other++) {
            if (other === bin) expect(fleet.row(size, gap)[other]).toBeGreaterThan(3);
            else expect(fleet.row(size, gap)[other]).toBe(before.row(size, gap)[other]);
          }
        }
      }
    }
  });

  it("show what a tick brought only at its end", () => {
    const fleet = new Fleet();
    const before = [...fleet.row(2, 1)];
    fleet.count(2, 1, 4, true, 100);
    expect([...fleet.row(2, 1)]).toEqual(before);
    fleet.commit();
    expect(fleet.row(2, 1)[4]).toBeGreaterThan(before[4] ?? 0);
  });

  it("forget slowly: ten thousand silences later others count", () => {
    const fleet = seen(1_000, 0);
    fleet.count(2, 1, 4, false, 20_000);
    fleet.commit();
    expect(chance(fleet.row(2, 1)[4])).toBeLessThan(0.001);
  });

  it("come back from the store as they were", () => {
    const fleet = seen(30, 70);
    fleet.countBlock(5, true, 0.25);
    fleet.commit();
    const again = new Fleet();
    again.row(2, 1);
    again.tables().forEach((table, i) => {
      table.set(fleet.tables()[i] ?? []);
    });
    again.restored();
    for (const [size, gap] of [
      [2, 1],
      [2, undefined],
      [0, 5],
    ] as const) {
      expect([...again.row(size, gap)]).toEqual([...fleet.row(size, gap)]);
    }
    expect([...again.blocks]).toEqual([...fleet.blocks]);
  });
});

describe("a block of the week", () => {
  it("is livelier or quieter than the others by what it brought against what was expected", () => {
    const fleet = new Fleet();
    for (let i = 0; i < 100; i++) {
      fleet.countBlock(0, true, 0.5);
      fleet.countBlock(BLOCKS - 1, i % 4 === 0, 0.5);
      fleet.countBlock(3, i % 2 === 0, 0.5);
    }
    expect([...fleet.blocks].every((block) => block === 0)).toBe(true);
    fleet.commit();
    // A doubt of thirty uses: 130 to 80, 55 to 80, as many as expected.
    expect(fleet.blocks[0]).toBeCloseTo(Math.log(130 / 80), 6);
    expect(fleet.blocks[BLOCKS - 1]).toBeCloseTo(Math.log(55 / 80), 6);
    expect(fleet.blocks[3]).toBeCloseTo(0, 9);
    expect(fleet.blocks[1]).toBe(0);
  });

  it("is not changed by a tick that brings nothing of it, and counts nothing twice", () => {
    const fleet = new Fleet();
    fleet.countBlock(0, true, 0.5);
    fleet.commit();
    const before = fleet.blocks[0];
    fleet.countBlock(1, true, 0.5);
    fleet.commit();
    fleet.commit();
    expect(fleet.blocks[0]).toBe(before);
  });

  it("is quieter for what is expected and does not come", () => {
    const fleet = new Fleet();
    fleet.countBlock(2, false, 0.5);
    fleet.commit();
    expect(fleet.blocks[2]).toBeCloseTo(Math.log(30 / 30.5), 6);
  });
});
