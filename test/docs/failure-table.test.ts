import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const ROWS = 45;

interface Row {
  readonly number: number;
  readonly cells: readonly string[];
  readonly tests: readonly { readonly file: string; readonly title: string }[];
  readonly owner: string | undefined;
}

/** The rows of the failure table in docs/reliability.md. */
function failureTable(): Row[] {
  const page = readFileSync(join(ROOT, "docs/reliability.md"), "utf8");
  return page
    .split("\n")
    .filter((line) => /^\| F\d+ \|/.test(line))
    .map((line) => {
      const cells = line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim());
      const tested = cells[3] ?? "";
      const tests = [...tested.matchAll(/`(test\/[^`]+)` "([^"]+)"/g)].map(([, file = "", title = ""]) => ({
        file,
        title,
      }));
      const owner = /not tested yet|not promised/.exec(tested)?.[0];
      return { number: Number(cells[0]?.slice(1)), cells, tests, owner };
    });
}

/** Whether a source file has a test, or a group of tests, of this title. */
function hasTest(source: string, title: string): boolean {
  const quoted = [`"${title}"`, `'${title}'`, `\`${title}\``];
  return quoted.some((literal) => source.includes(literal));
}

describe("the failure table", () => {
  const rows = failureTable();

  it(`lists F1 to F${ROWS}, each once and in order`, () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: ROWS }, (_, i) => i + 1));
  });

  it.each(rows)(
    "says for F$number what happens, and names tests or that there is none",
    ({ cells, tests, owner }) => {
      expect(cells).toHaveLength(5);
      for (const cell of cells) expect(cell).not.toBe("");
      expect(tests.length > 0 || owner !== undefined).toBe(true);
    },
  );

  it.each(rows.filter(({ tests }) => tests.length > 0))(
    "names for F$number tests that exist",
    ({ tests }) => {
      for (const { file, title } of tests) {
        expect(existsSync(join(ROOT, file)), file).toBe(true);
        expect(hasTest(readFileSync(join(ROOT, file), "utf8"), title), `${file}: ${title}`).toBe(true);
      }
    },
  );

  it("would see a test that was renamed", () => {
    expect(hasTest('it("pauses once", () => {})', "pauses once")).toBe(true);
    expect(hasTest('it("pauses once and for all", () => {})', "pauses once")).toBe(false);
  });
});
