import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WritePace, writeUnits } from "../../lib/aws/write-pace.ts";

const KB = 1_024;

/** Of so many bytes of data; the names and the key come on top. */
function anItem(pk: string, kilobytes: number, dueAt?: number) {
  return { pk, sk: "x", data: new Uint8Array(kilobytes * KB - 100), ...(dueAt !== undefined && { dueAt }) };
}

describe("writeUnits", () => {
  it.each([
    [1, 1],
    [2, 2],
    [380, 380],
  ])("of %i KB are %i, and three times as many where the index lists it", (kilobytes, units) => {
    expect(writeUnits(anItem("a", kilobytes))).toBe(units);
    expect(writeUnits(anItem("a", kilobytes, 1))).toBe(3 * units);
  });

  it("of an empty item are one", () => {
    expect(writeUnits({})).toBe(1);
  });
});

describe("writes of one partition key", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Units that got their turn in each second, of many writes asked for at once. */
  async function perSecond(pace: WritePace, writes: readonly object[], seconds: number): Promise<number[]> {
    let done = 0;
    for (const item of writes) {
      void pace.turn([item as Record<string, unknown>]).then(() => {
        done += writeUnits(item as Record<string, unknown>);
      });
    }
    const counts: number[] = [];
    for (let second = 0; second < seconds; second++) {
      const before = done;
      await vi.advanceTimersByTimeAsync(1_000);
      counts.push(done - before);
    }
    return counts;
  }

  it("stay below 1,000 units in every second, and hardly below 800", async () => {
    const writes = Array.from({ length: 200 }, (_, i) => anItem("prefix", 8, i));
    const counts = await perSecond(new WritePace(), writes, 5);
    for (const count of counts) expect(count).toBeLessThanOrEqual(1_000);
    for (const count of counts) expect(count).toBeGreaterThanOrEqual(768);
  });

  it("do not wait for those of another key", async () => {
    const writes = Array.from({ length: 50 }, (_, i) => anItem(`body#${i}`, 100));
    expect(await perSecond(new WritePace(), writes, 1)).toEqual([5_000]);
  });

  it("that are few never wait", async () => {
    const pace = new WritePace();
    await pace.turn([anItem("prefix", 8, 1)]);
    await pace.turn([anItem("prefix", 8, 2)]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
