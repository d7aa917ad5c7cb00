/** One thing that is shown. It answers with what was seen, in a few words. */
export interface Step {
  readonly name: string;
  readonly run: () => Promise<string>;
}

/**
 * Runs steps in order and prints a line for each. Each builds on those before it, so the first that fails is the
 * last that runs.
 *
 * @returns whether all passed
 */
export async function runSteps(steps: readonly Step[], print: (line: string) => void): Promise<boolean> {
  for (const [index, { name, run }] of steps.entries()) {
    const startedAt = performance.now();
    const line = (verdict: string, text: string) =>
      print(
        `${verdict}  ${((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)} s  ${name}: ${text}`,
      );
    try {
      line("PASS", await run());
    } catch (error) {
      line("FAIL", error instanceof Error ? error.message : String(error));
      for (const { name: missed } of steps.slice(index + 1)) print(`----           ${missed}: not run`);
      return false;
    }
  }
  return true;
}
