import { beforeAll, describe, expect, it } from "vitest";
import { FAULT_NAMES, playFault } from "../../examples/demo/break-story.ts";
import { playFoundingStory } from "../../examples/demo/founding-story.ts";

async function printed(play: (print: (line: string) => void) => Promise<void>): Promise<string> {
  const lines: string[] = [];
  await play((line) => lines.push(line));
  return lines.join("\n");
}

describe("the demo's founding story", () => {
  let story: string;
  beforeAll(async () => {
    story = await printed((print) => playFoundingStory(print, 3));
  });

  it("shows our lane warm after the flip, and the pinned one as cold as no warmer at all", () => {
    const lane = (name: string) =>
      /(\d+) % after the flip/.exec(story.split("\n").find((line) => line.startsWith(name)) ?? "")?.[1];
    expect(lane("this warmer")).toBe("100");
    expect(Number(lane("cron pinned to blue"))).toBeLessThan(100);
    expect(lane("cron pinned to blue")).toBe(lane("no warmer"));
  });

  it("ends with a verdict: when each lane's fault was seen, dollars a month, and the next command", () => {
    expect(story.split("\n").at(-1)).toMatch(
      /this warmer saw it in minute 120 .* the pinned cron: never.* \$\d+\.\d\d, \$\d+\.\d\d and \$\d+\.\d\d a month\. Next: `npx warmer status`\.$/,
    );
  });

  it("pages nobody", () => {
    expect(story).not.toContain("ALARM");
  });
});

describe("a fault of the demo", () => {
  const told = new Map<string, string>();

  it.each(FAULT_NAMES)("%s is heard, and is quiet again after the mending", async (name) => {
    told.set(name, await printed((print) => playFault(name, print)));
    expect(told.get(name)?.split("\n").at(-1)).toMatch(
      /spoke \d+\.\d minutes after the fault and was quiet again \d+\.\d minutes after the mending.* Next: `npx warmer /,
    );
  });

  it("prints the same bytes from run to run", async () => {
    const [name] = FAULT_NAMES;
    expect(name).toBeDefined();
    if (name !== undefined) expect(await printed((print) => playFault(name, print))).toBe(told.get(name));
  });
});
