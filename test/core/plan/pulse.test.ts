import { describe, expect, it } from "vitest";
import { Pulse } from "../../../lib/core/plan/pulse.ts";

const MINUTE = 30_000_000;

/** A pulse that saw so many uses, and so many expected ones, in one minute. */
function seen(uses: number, expected: number, minute = MINUTE): Pulse {
  const pulse = new Pulse();
  for (let i = 0; i < uses; i++) pulse.count(0, true);
  pulse.count(expected, false);
  pulse.commit(minute);
  return pulse;
}

describe("the fleet's pulse", () => {
  it.each([
    // uses, expected, ln of (uses + 10) / (expected + 10), between -3 and 3
    [0, 0, 0],
    [50, 50, 0],
    [10, 0, Math.log(2)],
    [0, 10, -Math.log(2)],
    [3, 100, Math.log(13 / 110)],
    [0, 190, -Math.log(20)],
    [0, 200, -3],
    [200, 0, 3],
  ])("of %d uses where %d were expected is %d", (uses, expected, value) => {
    expect(seen(uses, expected).value).toBeCloseTo(value, 12);
  });

  it("shows what a tick brought only at its end", () => {
    const pulse = new Pulse();
    pulse.count(40, false);
    expect(pulse.value).toBe(0);
    pulse.commit(MINUTE);
    expect(pulse.value).toBeLessThan(-1);
  });

  it("halves what it saw in four hours, and not a bit of it in ticks that bring nothing", () => {
    const pulse = seen(0, 80);
    const before = pulse.numbers();
    for (let minute = 1; minute < 240; minute++) pulse.commit(MINUTE + minute);
    expect(pulse.numbers()).toEqual(before);
    pulse.count(20, false);
    pulse.commit(MINUTE + 240);
    expect(pulse.numbers()).toEqual([0, 60, MINUTE + 240]);
    expect(pulse.value).toBeCloseTo(Math.log(10 / 70), 12);
  });

  it("is the same for any order of what came within a tick", () => {
    const parts = [0.1, 0.7, 1 / 3, 2.9, 1e-7];
    const [a, b] = [new Pulse(), new Pulse()];
    for (const part of parts) a.count(part, part > 0.5);
    for (const part of parts.toReversed()) b.count(part, part > 0.5);
    a.commit(MINUTE);
    b.commit(MINUTE);
    expect(a.numbers()).toEqual(b.numbers());
  });

  it("comes back from the store as it was, and leaves the numbers behind its own", () => {
    const pulse = seen(3, 25);
    const again = new Pulse();
    expect(again.restore([...pulse.numbers(), 7, 8])).toEqual([7, 8]);
    expect([again.value, ...again.numbers()]).toEqual([pulse.value, ...pulse.numbers()]);
  });
});
