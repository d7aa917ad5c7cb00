import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { pauseByOperator } from "../../lib/app/pause.ts";
import { type GlobalOptions, openDeployment, operator } from "../deployment.ts";
import { makeOutput } from "../output.ts";
import { reasonText } from "../reason.ts";

export function addPause(program: Command): void {
  program
    .command("pause")
    .description("send nothing until somebody resumes; ticks go on and report `paused`")
    .requiredOption("--reason <TEXT>", "why; kept and shown by `warmer status`", reasonText)
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { reason: string }>();
      const { ports } = await openDeployment(options);
      const control = await pauseByOperator(ports, { reason: options.reason, by: operator() }, randomUUID());
      makeOutput(options.json === true).data(
        { paused: control.paused, generation: control.generation },
        `paused       by ${control.paused?.by}: ${control.paused?.reason} (generation ${control.generation})\nnext         warmer resume --reason "…"`,
      );
    });
}
