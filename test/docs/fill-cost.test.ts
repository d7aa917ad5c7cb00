import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PAGE, RUNBOOK } from "../../docs/spike-story.ts";
import { resolveConfig } from "../../lib/core/config.ts";
import { CAUSES } from "../../lib/core/diagnosis.ts";
import { HEALTHY_SHARE } from "../../lib/core/fill-cost/economics.ts";
import { EXPLAINS, LEVELS, RESPONSE_TIME } from "../../lib/core/fill-cost/spike.ts";
import { EVENT_KINDS } from "../../lib/core/known-event.ts";
import { TEST_OPTIONS } from "../support/options.ts";

const runbook = readFileSync(RUNBOOK, "utf8");
const page = readFileSync(PAGE, "utf8");

/** Codes in the first cells of a page's tables. */
const codesIn = (text: string) =>
  [...text.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? ""),
  );

describe("the pages about fill cost", () => {
  const { factors, windows } = resolveConfig(TEST_OPTIONS).spikes;

  it.each(LEVELS)("say when %s fires, and when somebody looks", (level) => {
    const minutes = level === "critical" ? windows.critical : windows.warning;
    expect(page).toMatch(
      new RegExp(
        `^\\| ${level} .*more than ${factors[level]} times \\| ${minutes} minutes \\| ${RESPONSE_TIME[level]} \\|$`,
        "m",
      ),
    );
    expect(runbook).toMatch(new RegExp(`\\b${factors[level]}\\s(times|\\()`));
  });

  it("name every cause, what it means, and what to do", () => {
    const causes = Object.keys(CAUSES).sort();
    expect(codesIn(runbook).sort()).toEqual(causes);
    expect(codesIn(page)).toEqual(expect.arrayContaining(causes));
  });

  it("name every kind of mark, and how much a mark explains", () => {
    expect(codesIn(page)).toEqual(expect.arrayContaining([...EVENT_KINDS]));
    expect(page).toContain(`explains fills up to ${EXPLAINS} times its predicted cost`);
  });

  it("say which share of the avoided cost is healthy", () => {
    const percent = (share: number) => Math.round(100 * share);
    expect(page).toContain(`${percent(HEALTHY_SHARE.least)} to ${percent(HEALTHY_SHARE.most)} %`);
  });
});
