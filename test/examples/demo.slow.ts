import { beforeAll, describe, expect, it } from "vitest";
import { demoSvg, writtenDemoSvg } from "../../docs/demo-svg.ts";
import { FAULT_NAMES, playFault } from "../../examples/demo/break-story.ts";
import { playFoundingStory } from "../../examples/demo/founding-story.ts";

describe("the demo's founding story", () => {
  const lines: string[] = [];
  beforeAll(() => playFoundingStory((line) => lines.push(line)));

  it("prints the same bytes from run to run: those of docs/demo.svg (else: npm run docs)", () => {
    expect(demoSvg(lines)).toBe(writtenDemoSvg());
  });

  it("shows our lane warm after the flip, and the pinned one as cold as no warmer at all", () => {
    const lane = (name: string) =>
      /(\d+) % after the flip/.exec(lines.find((line) => line.startsWith(name)) ?? "")?.[1];
    expect(lane("this warmer")).toBe("100");
    expect(Number(lane("cron pinned to blue"))).toBeLessThan(100);
    expect(lane("cron pinned to blue")).toBe(lane("no warmer"));
  });

  it("ends with a verdict: when each lane's fault was seen, dollars a month, and the next command", () => {
    expect(lines.at(-1)).toMatch(
      /this warmer saw it in minute 120 .* the pinned cron: never.* \$\d+\.\d\d, \$\d+\.\d\d and \$\d+\.\d\d a month\. Next: `npx warmer status`\.$/,
    );
  });

  it("flips when the gate has its proof, and is warm from the flip on", () => {
    const told = lines.filter((line) => /asks the gate|green is warm after|from flip to warm/.test(line));
    expect(told).toEqual([
      expect.stringContaining("`warmer flip green --wait` asks the gate"),
      expect.stringMatching(/green is warm after \d+\.\d s: 2 of 2 required prefixes proven$/),
      expect.stringMatching(/live-color = green, traffic moves; 0\.0 s from flip to warm$/),
    ]);
  });

  it("pages nobody", () => {
    expect(lines.join("\n")).not.toContain("ALARM");
  });
});

describe("a fault of the demo", () => {
  it.each(FAULT_NAMES)("%s is heard, and is quiet again after the mending", async (name) => {
    const lines: string[] = [];
    await playFault(name, (line) => lines.push(line));
    expect(lines.at(-1)).toMatch(
      /spoke \d+\.\d minutes after the fault and was quiet again \d+\.\d minutes after the mending.* Next: `npx warmer /,
    );
  });
});
