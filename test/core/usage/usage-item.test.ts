import { describe, expect, it } from "vitest";
import { parseUsageItem } from "../../../lib/core/usage/usage-item.ts";
import { type PrefixUse, toUsageItem } from "../../../lib/core/usage/usage-record.ts";
import { aUse, NOON } from "../samples.ts";

const aRecord = (...prefixes: readonly PrefixUse[]) => ({
  minute: NOON,
  writer: "w",
  part: 0,
  lost: 0,
  prefixes,
});

/** What is said of a record with this use. */
const parsed = (use: Partial<PrefixUse>) => parseUsageItem(toUsageItem(aRecord(aUse(use))));

describe("the counts of a use", () => {
  it.each<Partial<PrefixUse>>([
    { cold: 10 },
    { neither: 10 },
    { cold: 4, neither: 6 },
    { first: 10, firstHits: 10 },
    { turns: { open: 4, over: 6 } },
    { turns: { open: 0, over: 10 } },
  ])("add up at exactly its ten requests: %j", (use) => {
    expect(parsed(use)).toEqual(aRecord(aUse(use)));
  });

  it.each<Partial<PrefixUse>>([
    { cold: 11 },
    { neither: 11 },
    { cold: 5, neither: 6 },
    { first: 11, firstHits: 0 },
    { first: 4, firstHits: 5 },
    { turns: { open: 5, over: 6 } },
    { turns: { open: 11, over: 0 } },
  ])("are damaged with one more than that: %j", (use) => {
    expect(parsed(use)).toBe(
      "prefixes.0 counts more cold, neither or first requests, or turns, than requests",
    );
  });

  it("are told by the use whose counts do not add up", () => {
    const item = toUsageItem(aRecord(aUse(), aUse({ cold: 11 })));
    expect(parseUsageItem(item)).toMatch(/^prefixes\.1 counts /);
  });
});

describe("turns beside the uses", () => {
  const item = toUsageItem(aRecord(aUse({ turns: { open: 1, over: 2 } })));

  it("are one text for each use", () => {
    expect(parseUsageItem({ ...item, turns: ["1 2", "0 0"] })).toBe("turns has not one text for each prefix");
    expect(parseUsageItem({ ...item, turns: [] })).toBe("turns has not one text for each prefix");
  });

  it.each(["1", "1 2 3", "1 2x", "x1 2", "a b", "-1 2", "1.5 2"])("are damaged as %j", (turns) => {
    expect(parseUsageItem({ ...item, turns: [turns] })).toMatch(/^turns\.0 /);
  });

  it("that count nothing say that nothing is known", () => {
    expect(parseUsageItem({ ...item, turns: ["0 0"] })).toEqual(aRecord(aUse()));
    expect(parseUsageItem({ ...item, turns: ["0 3"] })).toEqual(
      aRecord(aUse({ turns: { open: 0, over: 3 } })),
    );
  });
});
