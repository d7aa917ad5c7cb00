import { Command } from "commander";
import { shownLines } from "../lib/core/received.ts";
import { addCapture } from "./commands/capture.ts";
import { addCheck } from "./commands/check.ts";
import { addDiagnose } from "./commands/diagnose.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addDrill } from "./commands/drill.ts";
import { addEstimate } from "./commands/estimate.ts";
import { addFlip } from "./commands/flip.ts";
import { addGate } from "./commands/gate.ts";
import { addIncidents } from "./commands/incidents.ts";
import { addInit } from "./commands/init.ts";
import { addLocal } from "./commands/local.ts";
import { addMark } from "./commands/mark.ts";
import { addPause } from "./commands/pause.ts";
import { addPublish } from "./commands/publish.ts";
import { addReplay } from "./commands/replay.ts";
import { addReport } from "./commands/report.ts";
import { addResume } from "./commands/resume.ts";
import { addRetire } from "./commands/retire.ts";
import { addStatus } from "./commands/status.ts";
import { addThrottle } from "./commands/throttle.ts";
import { addWarm } from "./commands/warm.ts";
import type { Ended } from "./exit.ts";

const COMMANDS = [
  addInit,
  addCheck,
  addReplay,
  addEstimate,
  addPublish,
  addGate,
  addFlip,
  addRetire,
  addStatus,
  addWarm,
  addPause,
  addThrottle,
  addResume,
  addIncidents,
  addDiagnose,
  addReport,
  addMark,
  addDrill,
  addDoctor,
  addLocal,
  addCapture,
];

/** The whole command line: every command, option and argument. A command that ran to its end says so to `ended`. */
export function buildProgram(ended: Ended): Command {
  const program = new Command("warmer")
    .description(
      "Keeps the prompt cache warm on whichever color is live, proves it, and never spends past the limit.",
    )
    .option("--json", "print one JSON document on stdout")
    .option("--local", "talk to `warmer local` instead of AWS")
    .option("--partition <NAME>", "only this partition (default: all)")
    .option("--config <FILE>", "the warmer's configuration", "warmer.config.ts")
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(shownLines(withQuotesCut(text))) })
    .exitOverride();
  for (const add of COMMANDS) {
    add(program, ended);
  }
  return program;
}

/** Commander quotes whatever was typed, as it was typed: 40 characters of it are enough. */
function withQuotesCut(text: string): string {
  return text.replace(/'([^'\n]{40})[^'\n]+'/g, "'$1…'");
}
