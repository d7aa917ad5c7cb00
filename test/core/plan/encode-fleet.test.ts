import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeFleet, encodeFleet } from "../../../lib/core/plan/encode-fleet.ts";

const float = fc.float({ noNaN: true });
const tables = fc.array(
  fc.array(float, { maxLength: 5 }).map((numbers) => Float32Array.from(numbers)),
  { maxLength: 4 },
);
const numbers = fc.array(fc.double({ noNaN: true }), { maxLength: 4 });

const emptied = (some: readonly Float32Array[]) => some.map(({ length }) => new Float32Array(length));

describe("what was learned of the fleet", () => {
  it("comes back as it was: tables in 32 bits, numbers in 64", () => {
    fc.assert(
      fc.property(tables, numbers, (some, others) => {
        const into = emptied(some);
        expect(decodeFleet(encodeFleet(some, others), into)).toEqual(others);
        expect(into).toEqual(some);
      }),
      { numRuns: 40 },
    );
  });

  it("is read from the midst of other bytes too", () => {
    const bytes = encodeFleet([Float32Array.of(1, 2)], [Math.PI]);
    const around = Uint8Array.of(9, 9, 9, ...bytes, 9);
    const into = [new Float32Array(2)];
    expect(decodeFleet(around.subarray(3, 3 + bytes.length), into)).toEqual([Math.PI]);
    expect(into).toEqual([Float32Array.of(1, 2)]);
  });

  it.each([
    ["nothing", () => new Uint8Array(0)],
    ["shorter than its head", (bytes: Uint8Array) => bytes.subarray(0, 7)],
    ["its head alone", (bytes: Uint8Array) => bytes.subarray(0, 8)],
    ["a byte short", (bytes: Uint8Array) => bytes.subarray(0, -1)],
    ["a byte long", (bytes: Uint8Array) => Uint8Array.of(...bytes, 0)],
    ["another version's", (bytes: Uint8Array) => Uint8Array.of(0, 0, 0, 2, ...bytes.subarray(4))],
    [
      "one number more",
      (bytes: Uint8Array) => Uint8Array.of(...bytes.subarray(0, 7), 2, ...bytes.subarray(8)),
    ],
  ])("is refused where it is %s, and the tables stay as they are", (_what, damage) => {
    const bytes = damage(encodeFleet([Float32Array.of(1, 2)], [3]));
    const into = [Float32Array.of(7, 8)];
    expect(() => decodeFleet(bytes, into)).toThrow(RangeError);
    expect(() => decodeFleet(bytes, into)).toThrow(
      `must have version 3 and the policy's tables, got: ${bytes.length} bytes; forget it`,
    );
    expect(into).toEqual([Float32Array.of(7, 8)]);
  });

  it("is refused by a policy whose tables are others", () => {
    const bytes = encodeFleet([Float32Array.of(1, 2)], [3]);
    expect(() => decodeFleet(bytes, [new Float32Array(3)])).toThrow("forget it");
    expect(() => decodeFleet(bytes, [new Float32Array(2), new Float32Array(1)])).toThrow("forget it");
    expect(decodeFleet(bytes, [new Float32Array(1), new Float32Array(1)])).toEqual([3]);
  });
});
