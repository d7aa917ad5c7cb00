import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const PAGE = readFileSync(join(ROOT, "docs/incidents.md"), "utf8");

/** Rows of the page's tables, without their heads. */
const rows = PAGE.split("\n")
  .filter((line) => line.startsWith("| "))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  .filter(([first]) => first !== "No." && first !== "What")
  .map((cells) => ({ row: cells[0] ?? "", cells, tested: cells.at(-1) ?? "" }));

const incidents = rows.filter(({ row }) => /^\d+$/.test(row));

describe("the incident table", () => {
  it("plays the incidents of a release and its warmer, each once and in order", () => {
    expect(incidents.map(({ row }) => Number(row))).toEqual([1, 2, 3, 4, 5, 12, 14]);
  });

  it.each(incidents)("links for incident $row to where it happened", ({ cells }) => {
    expect(cells).toHaveLength(4);
    expect(cells[1]).toMatch(/\]\(https:\/\/[^)\s]+\)/);
  });

  it.each(rows)("names for $row tests that exist", ({ cells, tested }) => {
    for (const cell of cells) expect(cell).not.toBe("");
    const tests = [...tested.matchAll(/`(test\/[^`]+)` "([^"]+)"/g)];
    expect(tests).toHaveLength(tested.split("<br>").length);
    for (const [, file = "", title = ""] of tests) {
      expect(existsSync(join(ROOT, file)), file).toBe(true);
      expect(readFileSync(join(ROOT, file), "utf8"), `${file}: ${title}`).toContain(`"${title}"`);
    }
  });
});
