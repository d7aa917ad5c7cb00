import { describe, expect, it } from "vitest";
import type { Ttl } from "../../../lib/core/due.ts";
import { USUAL_TARIFF } from "../../../lib/core/plan/tariff.ts";
import { hash01 } from "../../../lib/core/replay/hash.ts";
import { type OptimumOptions, optimumOf } from "../../../lib/core/replay/optimum.ts";

interface Case
  extends Required<Pick<OptimumOptions, "life5m" | "life1h" | "only5m" | "lambda" | "touchOverhead">> {
  readonly times: readonly number[];
  readonly tokens: readonly number[];
  readonly read: number;
  readonly write5m: number;
  readonly write1h: number;
}

/**
 * The least cost by trying, in every second, every action: nothing, a read, a write with either TTL; and at every
 * request a write with either TTL if the entry is gone. Nothing is assumed about when touches are worth it.
 */
function bruteForce(given: Case): number {
  const { times, tokens, read, touchOverhead, lambda } = given;
  const life = (ttl: Ttl) => (ttl === "5m" ? given.life5m : given.life1h);
  const write = (ttl: Ttl) => (ttl === "5m" ? given.write5m : given.write1h);
  const ttls: readonly Ttl[] = given.only5m ? ["5m"] : ["5m", "1h"];
  const known = new Map<string, number>();
  const least = (second: number, next: number, ttl: Ttl, expiry: number, touched: boolean): number => {
    if (next === times.length) return 0;
    const key = `${second} ${next} ${ttl} ${expiry} ${touched}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const alive = second <= expiry;
    const cached = tokens[next - 1] ?? 0;
    const size = tokens[next] ?? 0;
    const ways: number[] = [];
    if (next > 0 && !touched) {
      if (alive)
        ways.push(read * cached + touchOverhead + least(second, next, ttl, second + life(ttl), true));
      else {
        for (const wanted of ttls) {
          const rest = least(second, next, wanted, second + life(wanted), true);
          ways.push(write(wanted) * cached + touchOverhead + rest);
        }
      }
    }
    if (times[next] !== second) ways.push(least(second + 1, next, ttl, expiry, false));
    else if (alive) ways.push(read * size + least(second, next + 1, ttl, second + life(ttl), true));
    else {
      for (const wanted of ttls) {
        const rest = least(second, next + 1, wanted, second + life(wanted), true);
        ways.push((write(wanted) + lambda) * size + rest);
      }
    }
    const best = Math.min(...ways);
    known.set(key, best);
    return best;
  };
  return least(times[0] ?? 0, 0, "5m", -1, false);
}

function randomCase(seed: number): Case {
  let draw = 0;
  const uniform = () => hash01(seed, draw++);
  const pick = <T>(...choices: readonly [T, ...T[]]): T =>
    choices[Math.floor(uniform() * choices.length)] ?? choices[0];
  const count = 1 + Math.floor(uniform() * 5);
  const times = [Math.floor(uniform() * 5)];
  const tokens = [100];
  while (times.length < count) {
    times.push((times.at(-1) ?? 0) + Math.floor(uniform() ** 2 * 22));
    tokens.push((tokens.at(-1) ?? 0) + pick(0, 0, 30));
  }
  return {
    times,
    tokens,
    life5m: pick(1, 2, 3),
    life1h: pick(5, 7),
    only5m: uniform() < 0.3,
    lambda: pick(0, 0, 0.5, 2),
    touchOverhead: pick(0, 1, 12),
    read: pick(0.025, 0.1, 0.25),
    write5m: pick(1, 1.25),
    write1h: pick(1.25, 2),
  };
}

function wrongCases(from: number, to: number): Case[] {
  const wrong: Case[] = [];
  for (let seed = from; seed < to; seed++) {
    const given = randomCase(seed);
    const { times, tokens, read, write5m, write1h } = given;
    const tariff = { read, write5m, write1h, input: 1_000_000 };
    const found = optimumOf(times, tokens, { ...given, tariffFor: () => tariff });
    if (Math.abs(found - bruteForce(given)) > 1e-6) wrong.push(given);
  }
  return wrong;
}

describe("the optimum", () => {
  it("is what trying every action in every second finds, in 2,500 random cases", () => {
    expect(wrongCases(0, 2_500).slice(0, 3)).toEqual([]);
  });

  it("is what trying every action finds, in a few cases", () => {
    expect(wrongCases(0, 60)).toEqual([]);
  });

  it("charges each request by the tariff of its size, and a keep-alive by that of what is cached", () => {
    const tariffFor = (size: number) => ({ ...USUAL_TARIFF, read: size > 100 ? 0.5 : 0.1 });
    // 400 s apart: a keep-alive of 100 tokens at a tenth and its message, then a read of 200 at a half.
    expect(optimumOf([0, 400], [100, 200], { tariffFor, only5m: true })).toBeCloseTo(125 + 22 + 100, 9);
    expect(optimumOf([0, 400], [200, 100], { tariffFor, only5m: true })).toBeCloseTo(250 + 112 + 10, 9);
  });

  it.each([
    ["nothing", [], 0],
    ["one request is its 5m write", [0], 125],
    ["an entry is alive at the very end of its life", [0, 300], 135],
    ["and one second later costs a touch more", [0, 301], 125 + 10 + 12 + 10],
  ] as const)("of %s", (_what, times, cost) => {
    expect(
      optimumOf(
        times,
        times.map(() => 100),
      ),
    ).toBeCloseTo(cost, 9);
  });

  it("never rises when a TTL may be chosen", () => {
    const times = [0, 1000, 5000, 9000, 30_000];
    const tokens = times.map(() => 1000);
    const both = optimumOf(times, tokens, { tariffFor: () => USUAL_TARIFF });
    expect(both).toBeLessThanOrEqual(optimumOf(times, tokens, { only5m: true }));
  });
});
