import { describe, expect, it } from "vitest";
import { FAULT_NAMES, playFault } from "../../examples/demo/break-story.ts";

describe("a fault of the demo", () => {
  it.each(FAULT_NAMES)("%s is heard, and is quiet again after the mending", async (name) => {
    const lines: string[] = [];
    await playFault(name, (line) => lines.push(line));
    expect(lines.at(-1)).toMatch(
      /spoke \d+\.\d minutes after the fault and was quiet again \d+\.\d minutes after the mending.* Next: `npx warmer /,
    );
  });
});
