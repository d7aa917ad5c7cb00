import { type Capability, can, TARGETS, type TargetName } from "./capabilities.ts";

/** One thing that is shown. It answers with what was seen, in a few words. */
export interface Step {
  readonly name: string;
  /** What the target must have for it; the step is left out, and said to be, where one is missing. */
  readonly needs?: readonly Capability[];
  readonly run: () => Promise<string>;
}

/** How many steps ended how. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly leftOut: number;
  /** After a failure. */
  readonly notRun: number;
}

/**
 * Runs steps in order and prints a line for each. Each builds on those before it, so the first that fails is the
 * last that runs.
 */
export async function runSteps(
  target: TargetName,
  steps: readonly Step[],
  print: (line: string) => void,
): Promise<Tally> {
  const tally = { passed: 0, failed: 0, leftOut: 0, notRun: 0 };
  for (const { name, needs = [], run } of steps) {
    if (tally.failed > 0) {
      tally.notRun += 1;
      print(`----           ${name}: not run`);
      continue;
    }
    const missing = needs.find((capability) => !can(target, capability));
    if (missing !== undefined) {
      tally.leftOut += 1;
      print(`LACK           ${name}: ${target} lacks ${missing}; shown by: ${showerOf(target, missing)}`);
      continue;
    }
    const startedAt = performance.now();
    const line = (verdict: string, text: string) =>
      print(
        `${verdict}  ${((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)} s  ${name}: ${text}`,
      );
    try {
      line("PASS", await run());
      tally.passed += 1;
    } catch (error) {
      line("FAIL", error instanceof Error ? error.message : String(error));
      tally.failed += 1;
    }
  }
  return tally;
}

function showerOf(target: TargetName, capability: Capability): string {
  const ability = TARGETS[target][capability];
  return ability === true ? target : ability.shownBy;
}
