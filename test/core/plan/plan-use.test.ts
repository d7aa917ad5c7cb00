import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Ttl } from "../../../lib/core/due.ts";
import { minuteUse, tokensPerRequest, usesByMinute } from "../../../lib/core/plan/plan-use.ts";
import { PACKED, type PrefixUse, UNMARKED } from "../../../lib/core/usage/usage-record.ts";
import { aUse, MINUTE, NOON } from "../samples.ts";

const AT_NOON = NOON / MINUTE;

function aRecord(minute: number, ...prefixes: readonly PrefixUse[]) {
  return { minute: minute * MINUTE, writer: "writer", part: 0, lost: 0, prefixes };
}

describe("what all processes used", () => {
  it("is told minute by minute, the oldest first, whatever the order of the records", () => {
    const records = [2, 0, 1].map((later) => aRecord(AT_NOON + later, aUse({ requests: 1 + later })));
    const uses = usesByMinute(records);
    expect([...uses.keys()]).toEqual([AT_NOON, AT_NOON + 1, AT_NOON + 2]);
    expect(uses.get(AT_NOON + 2)?.get(aUse().fingerprint)?.requests).toBe(3);
  });

  it("adds up each count of one prefix in one minute, and keeps its name", () => {
    const count = fc.nat(1e9);
    const anyUse = fc
      .array(count, { minLength: PACKED.length, maxLength: PACKED.length })
      .map((counts) => aUse(Object.fromEntries(PACKED.map((field, i) => [field, 1 + (counts[i] ?? 0)]))));
    fc.assert(
      fc.property(anyUse, anyUse, (one, other) => {
        const uses = usesByMinute([aRecord(AT_NOON, one), aRecord(AT_NOON, other)]).get(AT_NOON);
        const total = uses?.get(one.fingerprint);
        expect(uses?.size).toBe(1);
        expect(total).toMatchObject({ fingerprint: one.fingerprint, model: one.model });
        for (const field of PACKED) expect(total?.[field]).toBe(one[field] + other[field]);
        expect(total).not.toHaveProperty("turns");
      }),
    );
  });

  it("adds up turns, of as many as are known", () => {
    const known = aUse({ turns: { open: 2, over: 1 } });
    const total = (...uses: readonly PrefixUse[]) =>
      usesByMinute(uses.map((use) => aRecord(AT_NOON, use)))
        .get(AT_NOON)
        ?.get(known.fingerprint)?.turns;
    expect(total(known, known)).toEqual({ open: 4, over: 2 });
    expect(total(known, aUse())).toEqual({ open: 2, over: 1 });
    expect(total(aUse(), known)).toEqual({ open: 2, over: 1 });
  });

  it("keeps prefixes and minutes apart, also those of one record", () => {
    const other = aUse({ fingerprint: "other", requests: 3 });
    const uses = usesByMinute([aRecord(AT_NOON, aUse(), other), aRecord(AT_NOON + 1, other)]);
    expect([...uses.values()].map((minute) => minute.size)).toEqual([2, 1]);
    expect(uses.get(AT_NOON)?.get("other")?.requests).toBe(3);
  });

  it.each([
    ["without a prefix", aUse({ fingerprint: UNMARKED })],
    ["of a use that is none", aUse({ requests: 0 })],
  ])("leaves out requests %s", (_what, use) => {
    expect([
      ...(usesByMinute([aRecord(AT_NOON, use, aUse())])
        .get(AT_NOON)
        ?.values() ?? []),
    ]).toEqual([aUse()]);
  });
});

describe("tokens of one request", () => {
  it.each([
    ["all read", { requests: 10, readTokens: 100_000 }, 10_000],
    [
      "some wrote, with either TTL",
      { requests: 4, readTokens: 10, write5mTokens: 20, write1hTokens: 30 },
      15,
    ],
    ["some neither read nor wrote", { requests: 10, neither: 8, readTokens: 20_000 }, 10_000],
    ["they do not divide", { requests: 3, readTokens: 20_000 }, 6_667],
    ["none read or wrote", { requests: 10, neither: 10, readTokens: 0 }, undefined],
    ["none had tokens", { requests: 10, readTokens: 0 }, undefined],
  ])("are those that a cache took, on average, where %s", (_what, fields, tokens) => {
    expect(tokensPerRequest(aUse(fields))).toBe(tokens);
  });
});

describe("a minute's use", () => {
  const wrote = (fields: Partial<PrefixUse>, marker: Ttl = "5m") =>
    minuteUse(AT_NOON, aUse(fields), { tokens: 1_000, marker }).wrote;

  it("has the record's requests and turns, and the size that is known better", () => {
    const turns = { open: 1, over: 9 };
    expect(minuteUse(AT_NOON, aUse({ turns }), { tokens: 1_000, marker: "1h" })).toEqual({
      minute: AT_NOON,
      requests: 10,
      tokens: 1_000,
      wrote: undefined,
      turns,
    });
  });

  it("wrote nothing where no request was cold, whatever a conversation wrote behind it", () => {
    expect(wrote({ cold: 0, write5mTokens: 500, write1hTokens: 5_000 })).toBeUndefined();
  });

  it.each<[number, number, Ttl]>([
    [1_000, 0, "5m"],
    [0, 1_000, "1h"],
  ])("with %d tokens written as 5m and %d as 1h was granted %s", (write5mTokens, write1hTokens, ttl) => {
    for (const marker of ["5m", "1h"] as const) {
      expect(wrote({ cold: 1, write5mTokens, write1hTokens }, marker)).toBe(ttl);
    }
  });

  it.each([
    [1, 950, "1h"],
    [1, 949, "5m"],
    [2, 1_900, "1h"],
    [2, 1_899, "5m"],
  ])("of %d cold requests with both kinds and %d tokens as 1h was granted %s", (cold, write1hTokens, ttl) => {
    expect(wrote({ cold, write5mTokens: 400, write1hTokens }, "5m")).toBe(ttl);
    expect(wrote({ cold, write5mTokens: 400, write1hTokens }, "1h")).toBe("1h");
  });
});
