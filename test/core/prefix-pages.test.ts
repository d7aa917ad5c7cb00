import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NEVER } from "../../lib/core/due.ts";
import { sha256 } from "../../lib/core/prefix.ts";
import { goesAlong, inPages, pageOffset, pageSize } from "../../lib/core/prefix-pages.ts";
import { afterTouch, type PrefixState } from "../../lib/core/prefix-state.ts";
import { abandon } from "../../lib/core/reconcile.ts";
import { aFilledState, aWarmState, MINUTE, NOON } from "./samples.ts";

function fleet(prefixes: number, fields: Partial<PrefixState> = {}): PrefixState[] {
  return Array.from({ length: prefixes }, (_, i) =>
    aWarmState({ fingerprint: sha256(`prefix ${i}`), ttl: "1h", grantedTtl: "1h", ...fields }),
  );
}

function pagesOf(states: readonly PrefixState[]): Map<string, number> {
  const pages = new Map<string, number>();
  for (const { page = "none" } of states) pages.set(page, (pages.get(page) ?? 0) + 1);
  return pages;
}

describe("pageSize", () => {
  it.each([
    [1, 8],
    [2, 8],
    [3, 12],
    [4, 16],
    [15, 60],
    [16, 64],
    [17, 64],
    [256, 64],
  ])("with %i requests in flight is %i", (concurrency, size) => {
    expect(pageSize(concurrency)).toBe(size);
  });
});

describe("inPages", () => {
  it.each([
    [1, 1],
    [16, 1],
    [17, 2],
    [32, 2],
    [33, 4],
    [64, 4],
    [65, 8],
  ])("divides %i prefixes into pages for 16 each: %i", (prefixes, most) => {
    const pages = pagesOf(inPages(fleet(prefixes), 16));
    expect(pages.size).toBeLessThanOrEqual(most);
    const bits = Math.log2(most);
    for (const page of pages.keys()) expect(page).toMatch(new RegExp(`^${bits}\\.\\d+$`));
  });

  it("spreads prefixes over all of them", () => {
    const pages = pagesOf(inPages(fleet(128), 16));
    expect([...pages.keys()].sort()).toEqual(Array.from({ length: 8 }, (_, i) => `3.${i}`));
    expect(Math.max(...pages.values())).toBeLessThan(32);
  });

  it("fills none of the 1,024 pages of 47,000 prefixes beyond a small item", () => {
    const pages = pagesOf(inPages(fleet(47_000), 64));
    expect(pages.size).toBe(1_024);
    expect(Math.max(...pages.values())).toBeLessThan(96);
  });

  it("puts a prefix where its fingerprint says, whoever else is there and in whatever order", () => {
    const states = inPages(fleet(40), 16);
    const pageOf = new Map(states.map(({ fingerprint, page }) => [fingerprint, page]));
    fc.assert(
      fc.property(fc.shuffledSubarray(states, { minLength: 33 }), (some) => {
        for (const { fingerprint, page } of inPages(some, 16)) expect(page).toBe(pageOf.get(fingerprint));
      }),
    );
  });

  it("counts the live color's alone: a color beside it moves nothing", () => {
    const live = fleet(16);
    const beside = fleet(32, { beside: true }).slice(16);
    expect([...pagesOf(inPages([...live, ...beside], 16)).keys()]).toEqual(["0.0"]);
  });

  it("gives an optional prefix no page, and takes it from one that has become optional", () => {
    const [state] = inPages(fleet(1, { required: false, page: "0.0" }), 16);
    expect(state).not.toHaveProperty("page");
  });

  it("leaves what is not served any more where it was", () => {
    const retired = abandon(aWarmState({ page: "5.17" }));
    expect(inPages([retired, ...fleet(3)], 16)[0]).toEqual(retired);
  });
});

describe("the first keep-alives of a page's prefixes", () => {
  it("are brought forward by whole minutes, less than 50, and not at all with 5m", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 20 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (bits, share) => {
          const page = `${bits}.${Math.floor(share * 2 ** bits)}`;
          const offset = pageOffset(page, "1h");
          expect(offset % MINUTE).toBe(0);
          expect(offset).toBeGreaterThanOrEqual(0);
          expect(offset).toBeLessThan(50 * MINUTE);
          expect(pageOffset(page, "5m")).toBe(0);
        },
      ),
    );
  });

  it("lie evenly: 100 pages put two into each minute, or one more or less", () => {
    const minutes = new Map<number, number>();
    for (let index = 0; index < 128; index++) {
      const offset = pageOffset(`7.${index}`, "1h");
      minutes.set(offset, (minutes.get(offset) ?? 0) + 1);
    }
    expect(minutes.size).toBe(50);
    expect([...new Set(minutes.values())].sort()).toEqual([2, 3]);
  });

  it("fall due in the same minute, whatever their fingerprints", () => {
    const filled = (name: string) =>
      aFilledState({ fingerprint: sha256(name), page: "3.5", ttl: "1h", grantedTtl: "1h" });
    const [one, other] = ["one", "other"].map((name) =>
      afterTouch(filled(name), { verdict: "warm" }, 10_000, NOON + 3_000, NOON + 4_000),
    );
    expect(one?.dueAt).toBe(other?.dueAt);
    expect(one?.fingerprint).not.toBe(other?.fingerprint);
  });
});

describe("a prefix goes along with its page", () => {
  const due = NOON + 10 * MINUTE;
  const warm = (fields: Partial<PrefixState> = {}) =>
    aWarmState({ ttl: "1h", grantedTtl: "1h", dueAt: due, ...fields });

  it.each([
    ["1h", 2],
    ["5m", 1],
  ] as const)("of %s up to %i minutes before it must", (ttl, minutes) => {
    const state = warm({ ttl, grantedTtl: ttl });
    expect(goesAlong(state, due - minutes * MINUTE)).toBe(true);
    expect(goesAlong(state, due - minutes * MINUTE - 1)).toBe(false);
  });

  it("by the TTL that was granted", () => {
    expect(goesAlong(warm({ grantedTtl: "5m" }), due - 2 * MINUTE)).toBe(false);
  });

  it.each([
    { what: "is optional", fields: { required: false } },
    { what: "is stopped", fields: { stopped: "warmer_loop" } },
    { what: "waits to be tried again", fields: { retryAt: due } },
    { what: "is not served any more", fields: { dueAt: NEVER } },
  ] as const)("but not if it $what", ({ fields }) => {
    expect(goesAlong(warm(fields), due)).toBe(false);
  });

  it("but not before a read has proven it", () => {
    expect(goesAlong(aFilledState({ dueAt: due }), due)).toBe(false);
  });
});
