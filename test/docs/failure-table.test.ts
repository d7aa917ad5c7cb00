import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
/** Rows of the failure table, and items of the acceptance suite. */
const ROWS = 45;

interface Row {
  readonly number: number;
  readonly cells: readonly string[];
  readonly tests: readonly { readonly file: string; readonly title: string }[];
  readonly owner: string | undefined;
}

/** Rows of a table in docs/reliability.md that begin with this letter; its tests are in the given column. */
function rowsOf(letter: string, column: number): Row[] {
  const page = readFileSync(join(ROOT, "docs/reliability.md"), "utf8");
  return page
    .split("\n")
    .filter((line) => new RegExp(`^\\| ${letter}\\d+ \\|`).test(line))
    .map((line) => {
      const cells = line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim());
      const tested = cells[column] ?? "";
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

describe.each([
  { table: "failure table", letter: "F", column: 3, width: 5 },
  { table: "acceptance table", letter: "A", column: 2, width: 4 },
])("the $table", ({ letter, column, width }) => {
  const rows = rowsOf(letter, column);

  it(`lists ${letter}1 to ${letter}${ROWS}, each once and in order`, () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: ROWS }, (_, i) => i + 1));
  });

  it.each(rows)(
    "says for row $number what happens, and names tests or that there is none",
    ({ cells, tests, owner }) => {
      expect(cells).toHaveLength(width);
      for (const cell of cells) expect(cell).not.toBe("");
      expect(tests.length > 0 || owner !== undefined).toBe(true);
    },
  );

  it.each(rows.filter(({ tests }) => tests.length > 0))(
    "names for row $number tests that exist",
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
