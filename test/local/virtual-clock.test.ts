import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventQueue, rank, virtualClock } from "../../lib/local/virtual-clock.ts";

const noop = () => {};

describe("the virtual clock", () => {
  it("stands until it is advanced, and never goes back", () => {
    const clock = virtualClock(1000);
    clock.advanceTo(1500);
    clock.advanceTo(1200);
    expect(clock.now()).toBe(1500);
  });

  it("follows the wall clock at the given speed and stands again afterwards", () => {
    let wall = 50;
    const clock = virtualClock(1000);
    clock.follow(() => wall, 60);
    wall = 60;
    expect(clock.now()).toBe(1600);
    clock.stand();
    wall = 90;
    expect(clock.now()).toBe(1600);
  });
});

describe("the event queue", () => {
  it("orders by instant, then rank, then label, then scheduling", () => {
    const queue = eventQueue({ now: () => 0 });
    const add = (at: number, eventRank: number, label: string) =>
      queue.schedule({ at, rank: eventRank, label, run: noop });
    add(5, rank.housekeeping, "a");
    add(5, rank.delivery, "b");
    add(5, rank.delivery, "a");
    add(5, rank.outside, "z");
    add(4, rank.housekeeping, "z");
    const taken = Array.from({ length: 5 }, () => queue.takeDue(5));
    expect(taken.map((event) => [event?.at, event?.rank, event?.label])).toEqual([
      [4, rank.housekeeping, "z"],
      [5, rank.outside, "z"],
      [5, rank.delivery, "a"],
      [5, rank.delivery, "b"],
      [5, rank.housekeeping, "a"],
    ]);
  });

  it.each([
    [9, false],
    [10, true],
    [11, true],
  ])("gives an event due at 10 when asked until %i: %s", (until, given) => {
    const queue = eventQueue({ now: () => 0 });
    queue.schedule({ at: 10, rank: 0, label: "", run: noop });
    expect(queue.takeDue(until) !== undefined).toBe(given);
  });

  it("counts an instant that has passed as now", () => {
    const queue = eventQueue({ now: () => 100 });
    queue.schedule({ at: 7, rank: 0, label: "", run: noop });
    expect(queue.nextAt()).toBe(100);
  });

  it("gives events in one order, whatever the order in which different ones were scheduled", () => {
    const event = fc.record({
      at: fc.integer({ min: 0, max: 5 }),
      rank: fc.integer({ min: 0, max: 2 }),
      label: fc.constantFrom("a", "b", "c"),
    });
    const drain = (events: readonly { at: number; rank: number; label: string }[]) => {
      const queue = eventQueue({ now: () => 0 });
      for (const each of events) queue.schedule({ ...each, run: noop });
      return events.map(() => queue.takeDue(Infinity)).map((each) => [each?.at, each?.rank, each?.label]);
    };
    const events = fc.uniqueArray(event, { selector: (each) => JSON.stringify(each), maxLength: 20 });
    fc.assert(
      fc.property(
        events.chain((list) =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
        ),
        ([one, other]) => {
          expect(drain(other)).toEqual(drain(one));
        },
      ),
    );
  });
});
