import { CommanderError } from "commander";
import { EXIT, type ExitCode, exitCodeOf } from "./exit.ts";
import { makeOutput } from "./output.ts";
import { buildProgram } from "./program.ts";

/** The CLI: argv in, exit code out. */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const program = buildProgram((ending) => {
    code = ending;
  });
  try {
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    return failed(error);
  }
}

function failed(error: unknown): ExitCode {
  // Commander has printed its own message; --help and --version end here too, with exit code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  makeOutput(false).talk(error instanceof Error ? error.message : String(error));
  return exitCodeOf(error);
}
