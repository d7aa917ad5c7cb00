import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { PAGE, playSpike, RUNBOOK, type SpikeStory, withStory } from "../../docs/spike-story.ts";

const runbook = readFileSync(RUNBOOK, "utf8");
const page = readFileSync(PAGE, "utf8");

describe("the spike of the runbook", () => {
  let story: SpikeStory;
  beforeAll(async () => {
    story = await playSpike(inject("assembly"));
  });

  it("is printed as the commands print it (else: npm run docs)", () => {
    expect(withStory(runbook, story)).toBe(runbook);
  });

  it("is mailed as the page shows it (else: npm run docs)", () => {
    expect(withStory(page, story)).toBe(page);
  });

  it("has all its commands on the page, in order", () => {
    const shown = [...runbook.matchAll(/^```console\n\$ (.*)$/gm)].map(([, command]) => command);
    expect(shown).toEqual(story.typed.map(({ command }) => command));
  });

  it("shows no prompt and no key", () => {
    const printed = story.typed.map((typed) => typed.printed).join("\n") + story.mail;
    expect(printed).not.toMatch(/You answer for|local-warmer-key/);
  });
});
