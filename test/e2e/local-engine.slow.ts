import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startLocalEngine } from "./local-engine/target.ts";
import { scenario } from "./scenario/scenario.ts";
import { runSteps } from "./steps.ts";

/** A minute on two cores of their own; every command is a process. */
const MOST_MS = 1_800_000;

it(
  "passes the whole end-to-end scenario on the local engine",
  async () => {
    const directory = mkdtempSync(join(tmpdir(), "warmer-scenario-"));
    const target = startLocalEngine(directory);
    const lines: string[] = [];
    try {
      const tally = await runSteps(target.name, scenario(target), (line) => lines.push(line));
      expect(tally, lines.join("\n")).toMatchObject({ failed: 0, notRun: 0 });
      expect(tally.passed).toBeGreaterThan(25);
    } finally {
      await target.stop();
      rmSync(directory, { recursive: true, force: true });
    }
  },
  MOST_MS,
);
