import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ALARMS, type AlarmDefinition, type AlarmName } from "../../lib/core/alarms.ts";
import { faultOf } from "../docs/commands.ts";

const runbooks = new URL("../../docs/runbooks/", import.meta.url);
const pages = readdirSync(runbooks)
  .filter((file) => file.endsWith(".md"))
  .map((file) => [file.replace(/\.md$/, ""), readFileSync(new URL(file, runbooks), "utf8")] as const);
/** A spike has more to look at than one screen holds. */
const SPIKE = "fill-cost";
const textOf = new Map(pages);
const alarms = Object.entries(ALARMS) as [AlarmName, AlarmDefinition][];
const commands = readdirSync(new URL("../../bin/commands/", import.meta.url)).map((file) =>
  file.replace(".ts", ""),
);

describe("the runbooks", () => {
  it.each(alarms)("have a page for %s that bears its name", (name, { runbook }) => {
    const title = textOf.get(runbook)?.split("\n")[0] ?? "no page";
    expect(title.replace("# ", "").split(", ")).toContain(name);
  });

  it.each(alarms)("are led to by %s with a command that parses", (_name, { nextCommand }) => {
    expect(faultOf(nextCommand)).toBeUndefined();
  });

  it("have no page without an alarm", () => {
    expect(pages.map(([page]) => page).sort()).toEqual(
      [...new Set(alarms.map(([, { runbook }]) => runbook))].sort(),
    );
  });

  it.each(pages.filter(([page]) => page !== SPIKE))(
    "say on one screen what to look at and what to do: %s",
    (_page, text) => {
      expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(30);
      expect(text).toMatch(/^## Look$[\s\S]*^```sh$[\s\S]*^## Do$[\s\S]*^```sh$/m);
    },
  );

  it("lead through a spike in five steps, each with its time and with what its commands print", () => {
    const steps = (textOf.get(SPIKE) ?? "").split(/^## /m).slice(1);
    expect(steps.map((step) => step.split("\n")[0])).toEqual([
      "1. Assess (2 minutes)",
      "2. Known causes (3 minutes)",
      "3. Investigate (5 minutes)",
      "4. Mitigate (at once)",
      "5. Verify (15 minutes)",
    ]);
    for (const step of steps) expect(step).toMatch(/^```console\n\$ warmer .+\n.+/m);
  });

  it.each(pages)("name only commands that exist: %s", (_page, text) => {
    const code = [...text.matchAll(/```(?:sh|console)\n([\s\S]*?)```|`([^`\n]+)`/g)].map(
      ([, block, word]) => block ?? word,
    );
    const named = [...code.join("\n").matchAll(/^(?:\$ )?warmer ([a-z]+)/gm)].map(([, command]) => command);
    expect(named.length).toBeGreaterThan(0);
    for (const command of named) expect(commands).toContain(command);
  });

  it.each(pages)("link to pages that exist: %s", (_page, text) => {
    for (const [, page = ""] of text.matchAll(/\]\(([a-z-]+)\.md\)/g)) expect(textOf.has(page)).toBe(true);
  });
});
