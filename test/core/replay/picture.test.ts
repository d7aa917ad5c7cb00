import { describe, expect, it } from "vitest";
import { replayPicture } from "../../../lib/core/replay/picture.ts";
import type { Replay } from "../../../lib/core/replay/report.ts";

/** A replay of two days whose optimum is 10 dollars a day, with policies that cost so much a day. */
function aReplay(usdPerDay: Readonly<Record<string, number>>, fields: Partial<Replay> = {}): Replay {
  return {
    name: "usage",
    model: "claude-sonnet-5-5",
    requests: 1_234,
    prefixes: 5,
    days: 2,
    lambda: 0.5,
    optimum: { usd: 20, usd5m: 25 },
    policies: Object.entries(usdPerDay).map(([policy, perDay]) => ({
      policy,
      usd: 2 * perDay,
      usdPerDay: perDay,
      ratio: perDay / 10,
      ratioAtLambda: perDay / 10,
      hitRate: 0.876,
      touchesPerRequest: 1,
    })),
    ...fields,
  };
}

function widths(svg: string): number[] {
  return [...svg.matchAll(/<rect x="\d+" y="\d+" width="([\d.]+)"/g)].map(([, width]) => Number(width));
}

const numbers = (svg: string, pattern: RegExp) => [...svg.matchAll(pattern)].map(([, text]) => Number(text));

describe("the picture of a replay", () => {
  it("has a bar for each policy, as long as its dollars, and a line for the optimum", () => {
    const svg = replayPicture(aReplay({ adaptive: 12, always: 18, off: 24 }));
    const [first = 0, second = 0, longest = 0] = widths(svg);
    expect(longest).toBe(420);
    expect(first / longest).toBeCloseTo(12 / 24, 3);
    expect(second / longest).toBeCloseTo(18 / 24, 3);
    const [bar = 0] = numbers(svg, /<rect x="(\d+)"/g);
    const [line = 0] = numbers(svg, /<line x1="([\d.]+)"/g);
    expect((line - bar) / longest).toBeCloseTo(10 / 24, 3);
    expect(numbers(svg, / x2="([\d.]+)"/g)).toEqual([line]);
  });

  it("cuts bars at four times the optimum, and marks those", () => {
    const svg = replayPicture(aReplay({ adaptive: 12, cron: 40, wild: 41 }));
    expect(widths(svg).map(Math.round)).toEqual([126, 420, 420]);
    expect(svg.match(/›/g)).toHaveLength(1);
    expect(svg).toContain("› $41.00");
    expect(replayPicture(aReplay({ adaptive: 12, cron: 40 }))).not.toContain("›");
  });

  it("says of each policy dollars a day, times the optimum, and hits", () => {
    const svg = replayPicture(aReplay({ adaptive: 12.345 }));
    expect(svg).toContain(">adaptive</text>");
    expect(svg).toContain(" $12.35 · 1.23× · 87.6 % hits</text>");
  });

  it("says what was replayed, and what the line is", () => {
    const svg = replayPicture(aReplay({ off: 20 }));
    expect(svg).toContain(">usage: dollars a day by policy</text>");
    expect(svg).toContain(
      ">1234 requests over 2.0 days, claude-sonnet-5-5; the line is the optimum with the future known, $10.00</text>",
    );
    expect(svg).toContain('role="img" aria-label="Dollars a day by policy"');
  });

  it("tells the warmer's own policies, none, and the others apart by color", () => {
    const colors = (...names: readonly string[]) =>
      names.map((name) => /height="20" fill="(#\w+)"/.exec(replayPicture(aReplay({ [name]: 20 })))?.[1]);
    const [adaptive, adaptive5m, off, off1h, cron, always] = colors(
      ...["adaptive", "adaptive-5m", "off", "off-1h", "cron(4m)", "always"],
    );
    expect([adaptive5m, off1h, always]).toEqual([adaptive, off, cron]);
    expect(new Set([adaptive, off, cron]).size).toBe(3);
  });

  it("puts rows below each other, none beyond the edge", () => {
    for (const count of [1, 3, 9]) {
      const policies = Object.fromEntries(Array.from({ length: count }, (_, i) => [`policy ${i}`, 10 + i]));
      const svg = replayPicture(aReplay(policies));
      const tops = numbers(svg, /<rect x="\d+" y="(\d+)"/g);
      const names = numbers(svg, /y="(\d+)" text-anchor="end"/g);
      const [height = 0] = numbers(svg, /<svg [^>]*height="(\d+)"/g);
      const [width = 0] = numbers(svg, /<svg [^>]*width="(\d+)"/g);
      expect(tops).toEqual(tops.toSorted((a, b) => a - b));
      expect(new Set(tops).size).toBe(count);
      tops.forEach((top, i) => {
        // The text stands on a line within its bar, and the bar ends above the next one.
        expect(names[i]).toBeGreaterThan(top);
        expect(names[i]).toBeLessThan(top + 20);
        expect(top + 20).toBeLessThan(tops[i + 1] ?? height);
      });
      const [from = 0] = numbers(svg, / y1="(\d+)"/g);
      const [to = 0] = numbers(svg, / y2="(\d+)"/g);
      expect(from).toBeLessThan(tops[0] ?? 0);
      expect(from).toBeGreaterThan(46);
      expect(to).toBeGreaterThanOrEqual((tops.at(-1) ?? 0) + 20);
      expect(to).toBeLessThan(height);
      expect(Math.max(...numbers(svg, /<text x="(\d+)"/g))).toBeLessThan(width - 100);
    }
  });

  it("shows names as they are, whatever characters they have", () => {
    const svg = replayPicture(aReplay({ 'a<b>&"c"': 20 }, { name: "<script>", model: "m&m" }));
    expect(svg).toContain("a&#60;b&#62;&#38;&#34;c&#34;");
    expect(svg).toContain("&#60;script&#62;: dollars");
    expect(svg).toContain("m&#38;m;");
    expect(svg).not.toContain("<script>");
  });

  it("is one document that ends with a line feed", () => {
    const svg = replayPicture(aReplay({ off: 20 }));
    expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg"')).toBe(true);
    expect(svg.endsWith("\n</svg>\n")).toBe(true);
    expect(svg).toContain('<rect width="100%" height="100%" fill="white"/>');
  });
});
