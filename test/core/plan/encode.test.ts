import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MINUTE_MS, NEVER, type Ttl } from "../../../lib/core/due.ts";
import { decodePlanState, encodePlanState } from "../../../lib/core/plan/encode.ts";
import type { PlanState } from "../../../lib/core/plan/policy.ts";
import { USUAL_TARIFF } from "../../../lib/core/plan/tariff.ts";

const LEARNED = 5;
const given = { fingerprint: "a", required: true, tariff: USUAL_TARIFF };
const policy = { learnedSize: LEARNED };

const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
const ttl = fc.constantFrom<Ttl>("5m", "1h");
const minute = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 2 }).map((at) => at * MINUTE_MS),
  fc.constant(NEVER),
);

const states: fc.Arbitrary<PlanState> = fc.record({
  fingerprint: fc.constant(given.fingerprint),
  required: fc.constant(given.required),
  tariff: fc.constant(given.tariff),
  tokens: uint(32),
  requests: uint(16),
  born: uint(32),
  lastUse: uint(32),
  lastStart: uint(32).map((seconds) => seconds * 1000),
  live: ttl,
  advice: ttl,
  touchesLeft: uint(8),
  touchesSent: uint(8),
  touchAt: minute,
  dueAt: minute,
  retired: fc.boolean(),
  filled: fc.boolean(),
  learned: fc
    .array(uint(16), { minLength: LEARNED, maxLength: LEARNED })
    .map((numbers) => Uint16Array.from(numbers)),
});

describe("a prefix's stored plan", () => {
  it("comes back as it was, whatever it holds", () => {
    fc.assert(
      fc.property(states, (state) => {
        expect(decodePlanState(encodePlanState(state), given, policy)).toEqual(state);
      }),
    );
  });

  it("takes 32 bytes, and two for each learned number", () => {
    fc.assert(
      fc.property(states, (state) => {
        expect(encodePlanState(state)).toHaveLength(32 + 2 * LEARNED);
      }),
      { numRuns: 5 },
    );
  });

  it("is read from the midst of other bytes too", () => {
    fc.assert(
      fc.property(states, uint(4), (state, before) => {
        const bytes = encodePlanState(state);
        const around = new Uint8Array(before + bytes.length + 3).fill(0xaa);
        around.set(bytes, before);
        const part = around.subarray(before, before + bytes.length);
        expect(decodePlanState(part, given, policy)).toEqual(state);
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    ["a byte short", (bytes: Uint8Array) => bytes.subarray(1)],
    ["a byte long", (bytes: Uint8Array) => Uint8Array.of(...bytes, 0)],
    ["of an older version", (bytes: Uint8Array) => Uint8Array.of(2, ...bytes.subarray(1))],
    ["empty", () => new Uint8Array(0)],
  ])("is refused where it is %s, and the message says what to do", (_what, damage) => {
    const [state] = fc.sample(states, { numRuns: 1, seed: 1 });
    if (state === undefined) throw new Error("there is no sample");
    const bytes = damage(encodePlanState(state));
    expect(() => decodePlanState(bytes, given, policy)).toThrow(RangeError);
    expect(() => decodePlanState(bytes, given, policy)).toThrow(
      `must have version 3 and 42 bytes, got: version ${bytes[0]}, ${bytes.length} bytes; forget it`,
    );
  });
});
