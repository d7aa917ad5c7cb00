import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Advised,
  advisedTtl,
  encodeTtlAdvice,
  headOf,
  MOST_LISTED,
  NO_ADVICE,
  parseTtlAdvice,
  type TtlAdvice,
} from "../../../lib/core/plan/ttl-advice.ts";
import { sha256 } from "../../../lib/core/prefix.ts";

const head = fc.nat().map((n) => headOf(sha256(String(n))));
const advice: fc.Arbitrary<TtlAdvice> = fc.record({
  unlisted: fc.constantFrom("1h" as const, "own" as const),
  listed: fc
    .array(fc.tuple(head, fc.constantFrom<Advised>("1h", "5m", "own")), { maxLength: MOST_LISTED })
    .map((entries) => new Map(entries)),
});

describe("TTL advice", () => {
  it("says of every prefix what it said before it was written and read", () => {
    fc.assert(
      fc.property(advice, (given) => {
        const read = parseTtlAdvice(encodeTtlAdvice(given));
        if (typeof read === "string") throw new Error(read);
        for (const fingerprint of [...given.listed.keys(), "unlisted"])
          expect(advisedTtl(read, fingerprint)).toBe(advisedTtl(given, fingerprint));
      }),
    );
  });

  it("is the same text in whatever order it was found", () => {
    fc.assert(
      fc.property(advice, ({ unlisted, listed }) => {
        const other = new Map([...listed].reverse());
        expect(encodeTtlAdvice({ unlisted, listed: other })).toBe(encodeTtlAdvice({ unlisted, listed }));
      }),
    );
  });

  it.each<["1h" | "own", readonly Advised[]]>([
    ["1h", ["5m", "own"]],
    ["own", ["1h", "5m"]],
  ])(
    "fits a parameter of the standard tier with %s for the unlisted and the longest list, and with no longer one",
    (unlisted, kinds) => {
      const bytes = (count: number) => {
        const entries = Array.from({ length: count }, (_, i): [string, Advised] => [
          headOf(sha256(String(i))),
          kinds[i % 2] ?? "own",
        ]);
        return Buffer.byteLength(encodeTtlAdvice({ unlisted, listed: new Map(entries) }));
      };
      expect(bytes(MOST_LISTED)).toBeLessThanOrEqual(4_096);
      expect(bytes(MOST_LISTED + 1)).toBeGreaterThan(4_096);
    },
  );

  it("tells a prefix by as much of its fingerprint as status shows", () => {
    const fingerprint = sha256("a");
    const given: TtlAdvice = { unlisted: "1h", listed: new Map([[fingerprint.slice(0, 12), "5m"]]) };
    expect(advisedTtl(given, fingerprint)).toBe("5m");
    expect(advisedTtl(given, `${fingerprint.slice(0, 11)}x`)).toBe("1h");
  });

  it("of nothing leaves each prompt its own TTL", () => {
    expect(encodeTtlAdvice(NO_ADVICE)).toBe('{"schema":1,"unlisted":"own"}');
    expect(advisedTtl(NO_ADVICE, sha256("a"))).toBeUndefined();
  });

  it.each([
    ["no text", "", "TTL advice: (root)"],
    ["no JSON", "1h", "TTL advice: (root)"],
    ["another value", "null", "TTL advice: (root)"],
    [
      "a newer schema",
      '{"schema":2,"unlisted":"own"}',
      "TTL advice: schema must be 1, what this release reads, got 2",
    ],
    ["no schema", '{"unlisted":"own"}', "TTL advice: schema must be 1"],
    [
      "5m for all that is unknown",
      '{"schema":1,"unlisted":"5m"}',
      'TTL advice: unlisted must be "1h" or "own", got "5m"',
    ],
    [
      "half a head",
      '{"schema":1,"unlisted":"own","5m":"0123"}',
      'TTL advice: 5m must list heads of fingerprints, got "0123"',
    ],
    ["a list of another form", '{"schema":1,"unlisted":"own","1h":["a"]}', "TTL advice: 1h must be a text"],
  ])("is not read from %s, and it is said why", (_what, text, why) => {
    expect(parseTtlAdvice(text)).toContain(why);
  });

  it("is told from what else a parameter may hold without an exception", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(typeof parseTtlAdvice(text)).toBe("string");
      }),
    );
  });
});
