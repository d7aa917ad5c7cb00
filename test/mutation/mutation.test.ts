import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EQUIVALENTS, whyEquivalent } from "./equivalents.ts";
import { GROUP_NAMES, GROUPS, groupOf, isLeftOut, RINGS } from "./groups.ts";
import { pageOf } from "./page.ts";
import { isSampled, type Mutant, NOT_SAMPLED } from "./sample.ts";
import { type Count, countsOf, groupCount, overallOf, type Report, scoreOf, survivorsOf } from "./score.ts";

const pathOf = (file: string) => new URL(`../../${file}`, import.meta.url);

const aMutant = (more: Partial<Mutant> = {}): Mutant => ({
  id: "1",
  fileName: "/somewhere/lib/core/x.ts",
  mutatorName: "EqualityOperator",
  replacement: "a < b",
  location: { start: { line: 2, column: 1 }, end: { line: 2, column: 9 } },
  ...more,
});

const reported = (status: string, more: object = {}) => ({
  mutatorName: "EqualityOperator",
  replacement: "a < b",
  status,
  location: { start: { line: 2 } },
  ...more,
});

describe("a report", () => {
  const report: Report = {
    files: {
      "lib/core/due.ts": {
        source: "first\n  return a <= b;\n",
        mutants: [
          ...["Killed", "Timeout", "Survived", "NoCoverage", "RuntimeError", "Ignored"].map((status) =>
            reported(status),
          ),
          reported("CompileError", { statusReason: NOT_SAMPLED }),
        ],
      },
    },
  };

  it("counts what a test or an endless loop found, and what no test reaches as survived", () => {
    expect(countsOf(report).get("lib/core/due.ts")).toEqual({ killed: 2, survived: 2, left: 1 });
  });

  it("names the line of each survivor", () => {
    expect(survivorsOf(report)).toHaveLength(2);
    expect(survivorsOf(report)[0]).toEqual({
      file: "lib/core/due.ts",
      line: 2,
      text: "return a <= b;",
      mutator: "EqualityOperator",
      replacement: "a < b",
    });
  });
});

describe("the score", () => {
  const counts = (inGroup: Count, other: Count) =>
    new Map([
      ["lib/core/due.ts", inGroup],
      ["lib/core/estimate.ts", other],
    ]);
  const whole = { killed: 90, survived: 10, left: 0 };

  it("of nothing is none", () => {
    expect(scoreOf({ killed: 0, survived: 0, left: 5 })).toBeUndefined();
    expect(overallOf(new Map())).toBeUndefined();
  });

  it("is the share that was found", () => expect(scoreOf(whole)).toBe(90));

  it("of everything is exact where everything was run", () => {
    const overall = overallOf(counts(whole, { killed: 30, survived: 70, left: 0 }));
    expect(overall).toEqual({ score: 60, low: 60, high: 60 });
  });

  // Wilson's interval of 8 of 10: 0.4902 to 0.9433.
  it("of everything estimates only what was not run", () => {
    const overall = overallOf(counts(whole, { killed: 8, survived: 2, left: 90 }));
    expect(overall?.score).toBeCloseTo((90 + 8 + 90 * 0.8) / 2, 6);
    expect(overall?.low).toBeCloseTo((98 + 90 * 0.4902) / 2, 2);
    expect(overall?.high).toBeCloseTo((98 + 90 * 0.9433) / 2, 2);
  });

  it("of what no sample stands for is none", () => {
    expect(overallOf(counts(whole, { killed: 0, survived: 0, left: 90 }))).toBeUndefined();
  });

  it("of a group needs all its files", () => {
    const all = new Map(GROUPS.warmth.map((file) => [file, whole]));
    expect(groupCount(all, "warmth")).toEqual({ killed: 270, survived: 30, left: 0 });
    all.delete("lib/core/due.ts");
    expect(groupCount(all, "warmth")).toBeUndefined();
  });
});

describe("a sample", () => {
  it("of one takes every mutant", () => {
    for (let i = 0; i < 100; i++) expect(isSampled(aMutant(), "f", `line ${i}`, 1)).toBe(true);
  });

  it("takes about one of n", () => {
    const taken = Array.from({ length: 4_000 }, (_, i) => isSampled(aMutant(), "f", `line ${i}`, 10));
    expect(taken.filter(Boolean).length).toBeGreaterThan(320);
    expect(taken.filter(Boolean).length).toBeLessThan(480);
  });

  it("asks what a mutant is, not where: lines above it and its number change nothing", () => {
    const moved = aMutant({
      id: "2",
      location: { start: { line: 9, column: 5 }, end: { line: 9, column: 6 } },
    });
    for (let i = 0; i < 100; i++) {
      expect(isSampled(moved, "f", `    line ${i}`, 3)).toBe(isSampled(aMutant(), "f", `line ${i}`, 3));
    }
  });
});

describe("the groups", () => {
  it.each(GROUP_NAMES.flatMap((group) => GROUPS[group].map((file) => [file, group] as const)))(
    "have %s, once, as a file of a ring (%s)",
    (file, group) => {
      expect(existsSync(pathOf(file))).toBe(true);
      expect(groupOf(file)).toBe(group);
      expect(Object.values(RINGS).some(({ folder }) => file.startsWith(`${folder}/`))).toBe(true);
    },
  );

  it.each(Object.values(RINGS).flatMap(({ without }) => [...without]))(
    "leave out a test that is there: %s",
    (entry) => {
      const [file = "", name = ""] = entry.split("#");
      expect(readFileSync(pathOf(file), "utf8")).toContain(name);
    },
  );

  it("leave out a whole file, or one test of it", () => {
    const without = ["a.test.ts", "b.test.ts#takes long"];
    expect(isLeftOut(without, "a.test.ts", "anything")).toBe(true);
    expect(isLeftOut(without, "b.test.ts", "a trace takes long")).toBe(true);
    expect(isLeftOut(without, "b.test.ts", "a trace is short")).toBe(false);
    expect(isLeftOut(without, "c.test.ts", "a trace takes long")).toBe(false);
  });
});

describe("a survivor with a reason", () => {
  it.each(EQUIVALENTS.map((one) => [one.file, one] as const))("names a line of %s", (file, { line, why }) => {
    const lines = readFileSync(pathOf(file), "utf8").split("\n");
    expect(lines.filter((text) => text.includes(line)).length).toBeGreaterThan(0);
    expect(why.length).toBeGreaterThan(20);
  });

  it("is that change of that line, and no other", () => {
    const [known] = EQUIVALENTS.filter(({ becomes }) => becomes !== undefined);
    if (known === undefined) throw new Error("unreachable");
    const survivor = {
      file: known.file,
      line: 1,
      text: known.line,
      mutator: "",
      replacement: known.becomes ?? "",
    };
    expect(whyEquivalent(survivor)).toBe(known.why);
    expect(whyEquivalent({ ...survivor, replacement: "something else" })).toBeUndefined();
    expect(whyEquivalent({ ...survivor, file: "lib/core/other.ts" })).toBeUndefined();
  });
});

describe("docs/mutation.md", () => {
  it("shows groups, files and how sure a sample is", () => {
    const page = pageOf({
      counts: new Map([
        ["lib/core/estimate.ts", { killed: 8, survived: 2, left: 90 }],
        ...GROUPS.warmth.map((file) => [file, { killed: 9, survived: 1, left: 0 }] as const),
      ]),
      survivors: [],
      sample: 10,
      files: 4,
    });
    expect(page).toContain("| `lib/core/due.ts` | warmth | 9 | 1 | 0 | 90.0 |");
    expect(page).toContain("| 27 | 3 | 90.0 | 90 |");
    const part = pageOf({ counts: new Map(), survivors: [], sample: 1, files: 4 });
    expect(part).toContain("Only the 0 files below were run, of 4");
    expect(page).toMatch(/40 of 130 mutants.* between \d\d\.\d and \d\d\.\d %/);
  });
});
