import { Command, CommanderError } from "commander";
import { Refused } from "../lib/app/errors.ts";
import { ConfigFault } from "../lib/core/config.ts";
import { addCheck } from "./commands/check.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addDrill } from "./commands/drill.ts";
import { addFlip } from "./commands/flip.ts";
import { addIncidents } from "./commands/incidents.ts";
import { addInit } from "./commands/init.ts";
import { addLocal } from "./commands/local.ts";
import { addPause } from "./commands/pause.ts";
import { addPublish } from "./commands/publish.ts";
import { addResume } from "./commands/resume.ts";
import { addStatus } from "./commands/status.ts";
import { addThrottle } from "./commands/throttle.ts";
import { addWarm } from "./commands/warm.ts";
import { type Ended, EXIT, type ExitCode } from "./exit.ts";

const COMMANDS = [
  addInit,
  addCheck,
  addPublish,
  addFlip,
  addStatus,
  addWarm,
  addPause,
  addThrottle,
  addResume,
  addIncidents,
  addDrill,
  addDoctor,
  addLocal,
];

/** The CLI: argv in, exit code out. */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const program = new Command("warmer")
    .description(
      "Keeps the prompt cache warm on whichever color is live, proves it, and never spends past the limit.",
    )
    .option("--json", "print one JSON document on stdout")
    .option("--local", "talk to `warmer local` instead of AWS")
    .option("--config <FILE>", "the warmer's configuration", "warmer.config.ts")
    .showSuggestionAfterError()
    .exitOverride();
  const ended: Ended = (ending) => {
    code = ending;
  };
  for (const add of COMMANDS) {
    add(program, ended);
  }
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
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof Refused) return EXIT.refused;
  if (error instanceof ConfigFault) return EXIT.usage;
  return EXIT.failed;
}
