import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dueAt, expiresAt, NEVER, spreadOffset, type Ttl } from "../../lib/core/due.ts";
import { HOUR, MINUTE, NOON, SECOND } from "./samples.ts";

const TTLS: readonly Ttl[] = ["5m", "1h"];
const MARGIN = 10 * SECOND;
const DELIVERY = 15 * SECOND;

const ttl = fc.constantFrom(...TTLS);
const instant = fc.integer({ min: NOON, max: NOON + 24 * HOUR });
const placeInWave = fc.integer({ min: 0, max: 30 * SECOND });
const withinMinute = fc.integer({ min: 0, max: MINUTE - 1 });

/** The latest moment at which the tick of the minute after `tick` can send. */
const latestNextSend = (tick: number, place: number) =>
  (Math.floor(tick / MINUTE) + 2) * MINUTE + DELIVERY + place;

describe("expiresAt", () => {
  it.each([
    ["5m", 5 * MINUTE],
    ["1h", HOUR],
  ] as const)("counts %s from the start of the last request", (ttl, life) => {
    expect(expiresAt(NOON + 1, ttl)).toBe(NOON + 1 + life);
  });
});

describe("dueAt", () => {
  // 25 s are kept for delivery and margin, so second 25 of a minute is where the answer steps by a minute.
  it.each([
    { ttl: "5m", start: 0, due: 3 },
    { ttl: "5m", start: 24_999, due: 3 },
    { ttl: "5m", start: 25_000, due: 4 },
    { ttl: "5m", start: 25_001, due: 4 },
    { ttl: "5m", start: 59_999, due: 4 },
    { ttl: "1h", start: 0, due: 58 },
    { ttl: "1h", start: 24_999, due: 58 },
    { ttl: "1h", start: 25_000, due: 59 },
    { ttl: "1h", start: 59_999, due: 59 },
  ] as const)("of a $ttl entry used $start ms into a minute is minute $due", ({ ttl, start, due }) => {
    expect(dueAt(NOON + start, ttl)).toBe(NOON + due * MINUTE);
  });

  it("comes earlier for a prefix that waits for its turn in the wave", () => {
    expect(dueAt(NOON + 25_000, "5m", 0)).toBe(NOON + 4 * MINUTE);
    expect(dueAt(NOON + 25_000, "5m", 1)).toBe(NOON + 3 * MINUTE);
    expect(dueAt(NOON + 25_000, "5m", 60_000)).toBe(NOON + 3 * MINUTE);
    expect(dueAt(NOON + 25_000, "5m", 60_001)).toBe(NOON + 2 * MINUTE);
  });

  it("touches now exactly if the next tick could send later than the expiry minus its margin", () => {
    fc.assert(
      fc.property(
        instant,
        ttl,
        placeInWave,
        fc.integer({ min: 0, max: HOUR }),
        (start, ttl, place, later) => {
          const tick = start + later;
          const mayComeTooLate = latestNextSend(tick, place) > expiresAt(start, ttl) - MARGIN;
          expect(tick >= dueAt(start, ttl, place)).toBe(mayComeTooLate);
        },
      ),
    );
  });

  it("touches at most two minutes before the last safe moment", () => {
    fc.assert(
      fc.property(instant, ttl, placeInWave, (start, ttl, place) => {
        const lastSafe = expiresAt(start, ttl) - MARGIN - DELIVERY - place;
        expect(dueAt(start, ttl, place)).toBeLessThanOrEqual(lastSafe - MINUTE);
        expect(dueAt(start, ttl, place)).toBeGreaterThan(lastSafe - 2 * MINUTE);
      }),
    );
  });

  it("gives the start of a minute, so that the second of the tick does not matter", () => {
    fc.assert(
      fc.property(instant, ttl, placeInWave, (start, ttl, place) => {
        expect(dueAt(start, ttl, place) % MINUTE).toBe(0);
      }),
    );
  });
});

describe("a prefix that is touched at every tick from which it is due", () => {
  /** One tick per wall-clock minute, each at any second, delivered late, and then waiting for its turn. */
  const ticks = (minutes: number) =>
    fc.array(fc.record({ second: withinMinute, delay: fc.integer({ min: 0, max: DELIVERY }) }), {
      minLength: minutes,
      maxLength: minutes,
    });

  function touches(
    first: number,
    ttl: Ttl,
    place: number,
    schedule: readonly { second: number; delay: number }[],
  ): number[] {
    const starts = [first];
    for (const [minute, { second, delay }] of schedule.entries()) {
      const last = starts.at(-1) ?? first;
      const now = NOON + (minute + 1) * MINUTE + second + delay;
      if (now > last && now >= dueAt(last, ttl, place)) starts.push(now + place);
    }
    return starts;
  }

  const gaps = (starts: readonly number[]) => starts.slice(1).map((start, i) => start - (starts[i] ?? start));

  it.each([
    ["5m", 40],
    ["1h", 200],
  ] as const)("never lets a %s entry expire, however unevenly the ticks fall", (ttl, minutes) => {
    fc.assert(
      fc.property(withinMinute, placeInWave, ticks(minutes), (start, place, schedule) => {
        const starts = touches(NOON + start, ttl, place, schedule);
        for (const gap of gaps(starts)) expect(gap).toBeLessThanOrEqual(expiresAt(0, ttl) - MARGIN);
        expect(starts.length).toBeGreaterThan(2);
      }),
    );
  });

  it.each([
    ["5m", 3, 5],
    ["1h", 58, 60],
  ] as const)("reads a %s entry every %i to %i wall-clock minutes", (ttl, least, most) => {
    fc.assert(
      fc.property(withinMinute, ticks(3 * most), (start, schedule) => {
        const minutes = touches(NOON + start, ttl, 0, schedule).map((touch) => Math.floor(touch / MINUTE));
        for (const gap of gaps(minutes)) {
          expect(gap).toBeGreaterThanOrEqual(least);
          expect(gap).toBeLessThanOrEqual(most);
        }
      }),
    );
  });

  it("is read 20 times an hour at most with 5m, and once with 1h", () => {
    const earlyTicks = Array.from({ length: 180 }, () => ({ second: 0, delay: 0 }));
    const inHour = (ttl: Ttl) =>
      touches(NOON, ttl, 0, earlyTicks).filter((start) => start > NOON + HOUR && start <= NOON + 2 * HOUR);
    expect(inHour("5m")).toHaveLength(20);
    expect(inHour("1h")).toHaveLength(1);
  });
});

describe("spreadOffset", () => {
  const fingerprint = fc.stringMatching(/^[0-9a-f]{64}$/);

  it("brings the first keep-alive of a 1h prefix forward by whole minutes, less than 50", () => {
    fc.assert(
      fc.property(fingerprint, (fingerprint) => {
        const offset = spreadOffset(fingerprint, "1h");
        expect(offset % MINUTE).toBe(0);
        expect(offset).toBeGreaterThanOrEqual(0);
        expect(offset).toBeLessThan(50 * MINUTE);
        expect(spreadOffset(fingerprint, "1h")).toBe(offset);
      }),
    );
  });

  it("leaves a 5m prefix alone, which has no hour to be spread over", () => {
    fc.assert(fc.property(fingerprint, (fingerprint) => spreadOffset(fingerprint, "5m") === 0));
  });

  it("spreads prefixes that were filled together: no minute gets more than a tenth of them", () => {
    const perMinute = new Map<number, number>();
    for (let i = 0; i < 1_000; i++) {
      const minute = spreadOffset(`prefix ${i}`, "1h") / MINUTE;
      perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1);
    }
    expect(perMinute.size).toBe(50);
    expect(Math.max(...perMinute.values())).toBeLessThan(100);
  });
});

it("NEVER lies after every due time", () => {
  expect(NEVER).toBeGreaterThan(dueAt(Date.UTC(9999, 11, 31), "1h"));
  expect(Number.isSafeInteger(NEVER)).toBe(true);
});
