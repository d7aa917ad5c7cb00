import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../../lib/core/prefix.ts";
import { parseUsageItem } from "../../../lib/core/usage/usage-item.ts";
import {
  divideUses,
  MAX_ITEM_BYTES,
  minuteOf,
  PACKED,
  type PrefixUse,
  packUse,
  storedModel,
  toUsageItem,
  UNMARKED,
  type UsageRecord,
  usageRanges,
} from "../../../lib/core/usage/usage-record.ts";
import { aUse, DAY, HOUR, MINUTE, NOON } from "../samples.ts";

const aRecord = (fields: Partial<UsageRecord> = {}): UsageRecord => ({
  minute: NOON,
  writer: "writer-1",
  part: 0,
  lost: 0,
  prefixes: [aUse()],
  ...fields,
});

const anyUse: fc.Arbitrary<PrefixUse> = fc
  .record({
    name: fc.string(),
    counts: fc.array(fc.nat(), { minLength: PACKED.length, maxLength: PACKED.length }),
    marked: fc.boolean(),
    open: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  })
  .map(({ name, counts, marked, open }) => {
    const [cold = 0, neither = 0, firstHits = 0, more = 0, ...tokens] = counts;
    const [readTokens = 0, write5mTokens = 0, write1hTokens = 0, uncachedTokens = 0] = tokens;
    const first = firstHits + more;
    const requests = cold + neither + first;
    const turns = { open: Math.floor((open ?? 0) * requests), over: 0 };
    return {
      fingerprint: marked ? sha256(name) : UNMARKED,
      model: storedModel(name),
      requests,
      ...(open !== null && turns.open > 0 && { turns: { ...turns, over: requests - turns.open } }),
      ...{ cold, neither, readTokens, write5mTokens, write1hTokens, uncachedTokens, first, firstHits },
    };
  });

describe("a record", () => {
  it("comes back from its item as it was", () => {
    fc.assert(
      fc.property(fc.array(anyUse, { maxLength: 5 }), fc.nat(), fc.nat(), (prefixes, part, lost) => {
        const record = aRecord({ prefixes, part, lost });
        expect(parseUsageItem(JSON.parse(JSON.stringify(toUsageItem(record))))).toEqual(record);
      }),
      { numRuns: 50 },
    );
  });

  it("keeps how turns ended apart from what a reader of the time before looks at", () => {
    const known = aUse({ turns: { open: 3, over: 4 } });
    const { turns, ...before } = toUsageItem(aRecord({ prefixes: [known, aUse()] }));
    expect(turns).toEqual(["3 4", "0 0"]);
    expect(before).toEqual(toUsageItem(aRecord({ prefixes: [aUse(), aUse()] })));
  });

  it("of the time before turns were recorded can be read: nothing is known of any", () => {
    const item = toUsageItem(aRecord());
    expect(item).not.toHaveProperty("turns");
    expect(parseUsageItem(item)).toEqual(aRecord());
  });

  it("has a key of its hour, its minute, its writer and its part", () => {
    const { pk, sk } = toUsageItem(aRecord({ minute: NOON + 5 * MINUTE, part: 3 }));
    expect({ pk, sk }).toEqual({ pk: "usage#2026-11-21T12", sk: "2026-11-21T12:05#writer-1#3" });
  });

  it("has another key in another minute, of another writer, and as another part", () => {
    const keys = [
      aRecord(),
      aRecord({ minute: NOON + MINUTE }),
      aRecord({ writer: "2" }),
      aRecord({ part: 1 }),
    ];
    expect(new Set(keys.map((record) => toUsageItem(record).sk)).size).toBe(4);
  });

  it("expires eight days after its minute, in whole seconds", () => {
    expect(toUsageItem(aRecord()).expiresAt).toBe((NOON + 8 * DAY) / 1_000);
  });
});

describe("the minute of an instant", () => {
  it.each([
    ["one before its start", NOON - 1, NOON - MINUTE],
    ["at its start", NOON, NOON],
    ["one before its end", NOON + MINUTE - 1, NOON],
    ["at its end", NOON + MINUTE, NOON + MINUTE],
  ])("%s", (_when, at, minute) => expect(minuteOf(at)).toBe(minute));
});

describe("a model", () => {
  it.each(["claude-sonnet-5-5", "us.anthropic.claude-sonnet-5-5-v1:0", "publishers/x/models/claude@2026"])(
    "is kept as an id: %s",
    (model) => expect(storedModel(model)).toBe(model),
  );
  it.each([undefined, 7, "", "a b", "Ü", "x\n", "x".repeat(151)])(
    "is other, for what is no id: %j",
    (model) => expect(storedModel(model)).toBe("other"),
  );
  it("may have 150 characters", () => expect(storedModel("x".repeat(150))).toHaveLength(150));
});

describe("dividing a minute", () => {
  it("keeps what fits in one item, and each item below its limit", () => {
    const uses = Array.from({ length: 2_000 }, (_, i) =>
      aUse({ fingerprint: sha256(String(i)), readTokens: 123_456_789, model: "m".repeat(60) }),
    );
    const divisions = divideUses(uses);
    expect(divisions.flat()).toEqual(uses);
    for (const prefixes of divisions) {
      const bytes = Buffer.byteLength(JSON.stringify(toUsageItem(aRecord({ prefixes }))));
      expect(bytes).toBeLessThanOrEqual(MAX_ITEM_BYTES);
    }
    // No item is wasted: two neighbours would not fit into one.
    expect(divisions.length).toBeGreaterThan(1);
    expect(divisions.length).toBeLessThanOrEqual(4);
  });

  it("fills each item to what is left of its limit, and never begins with an empty one", () => {
    // Beside 500 bytes of keys and numbers, each use is its text, that of its turns, and 8 bytes of DynamoDB's.
    const use = aUse({ model: "m".repeat(150), readTokens: 0, uncachedTokens: 0, requests: 1 });
    const size = packUse(use).length + 3 + 8;
    const fit = Math.floor((MAX_ITEM_BYTES - 500) / size);
    const sizes = (count: number) =>
      divideUses(Array.from({ length: count }, () => use)).map((division) => division.length);
    expect([sizes(1), sizes(fit), sizes(fit + 1), sizes(2 * fit)]).toEqual([
      [1],
      [fit],
      [fit, 1],
      [fit, fit],
    ]);
  });

  it("makes one division of nothing, so that losses alone can be told", () =>
    expect(divideUses([])).toEqual([[]]));
});

describe("a damaged item", () => {
  const [packed = ""] = toUsageItem(aRecord()).prefixes;
  it.each([
    ["nothing", undefined, /^item /],
    ["no minute", { minute: undefined }, /^minute /],
    ["an instant within a minute", { minute: NOON + 1 }, /^minute /],
    ["no writer", { writer: "" }, /^writer /],
    ["a negative part", { part: -1 }, /^part /],
    ["half a loss", { lost: 0.5 }, /^lost /],
    ["no list", { prefixes: packed }, /^prefixes /],
    ["a fingerprint cut short", { prefixes: [packed.slice(1)] }, /^prefixes.0 /],
    ["a number too few", { prefixes: [packed.replace(/ \d+$/, "")] }, /^prefixes.0 /],
    ["a number too many", { prefixes: [packed, `${packed} 0`] }, /^prefixes.1 /],
    ["a negative number", { prefixes: [packed.replace(/ \d+$/, " -1")] }, /^prefixes.0 /],
    ["more cold requests than requests", { prefixes: [packed.replace(/ 10 \d+/, " 10 11")] }, /^prefixes.0 /],
  ])("with %s is named by its field", (_what, change, message) => {
    const item = change === undefined ? undefined : { ...toUsageItem(aRecord()), ...change };
    expect(parseUsageItem(item)).toMatch(message);
  });
});

describe("the range of some minutes", () => {
  const at = (minutes: number) => NOON + minutes * MINUTE;
  it.each([
    ["one minute", at(5), at(6), [["12", "12:05", "12:05"]]],
    ["from within a minute, which is left out", at(5) + 1, at(7), [["12", "12:06", "12:06"]]],
    ["to within a minute, which is taken", at(5), at(5) + 1, [["12", "12:05", "12:05"]]],
    ["up to the end of an hour", at(58), at(60), [["12", "12:58", "12:59"]]],
    [
      "one minute past it",
      at(58),
      at(61),
      [
        ["12", "12:58", "12:59"],
        ["13", "13:00", "13:00"],
      ],
    ],
    ["nothing", at(5), at(5), []],
    ["backwards", at(5), at(4), []],
  ])("%s", (_what, from, to, expected) => {
    const day = "2026-11-21T";
    expect(usageRanges(from, to)).toEqual(
      expected.map(([hour, first, last]) => ({
        pk: `usage#${day}${hour}`,
        from: `${day}${first}`,
        to: `${day}${last}$`,
      })),
    );
  });

  it("holds the keys of its minutes and no others", () => {
    const [range] = usageRanges(NOON + MINUTE, NOON + 3 * MINUTE);
    const isIn = (minute: number) => {
      const { sk } = toUsageItem(aRecord({ minute }));
      return range !== undefined && sk >= range.from && sk <= range.to;
    };
    const around = [0, 1, 2, 3].map((minutes) => isIn(NOON + minutes * MINUTE));
    expect(around).toEqual([false, true, true, false]);
  });

  it("of a day is 24 partitions", () => expect(usageRanges(NOON, NOON + 24 * HOUR)).toHaveLength(24));
});
