import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { pauseByOperator } from "../../lib/app/pause.ts";
import { type GlobalOptions, openDeployment } from "../deployment.ts";
import { makeOutput } from "../output.ts";
import { reasonText } from "../reason.ts";

export function addPause(program: Command): void {
  program
    .command("pause")
    .description("send nothing until somebody resumes; ticks go on and report `paused`")
    .requiredOption("--reason <TEXT>", "why; kept as an incident and shown by `warmer status`", reasonText)
    .option("--prefix <NAME>", "pause only this prefix, by its name in the manifest")
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { reason: string; prefix?: string }>();
      const { ports } = await openDeployment(options);
      const { reason, prefix } = options;
      const by = await ports.identity.whoAmI();
      const control = await pauseByOperator(
        ports,
        { reason, by, ...(prefix !== undefined && { prefix }) },
        randomUUID(),
      );
      const paused = prefix === undefined ? control.paused : control.prefixes?.[prefix]?.paused;
      const resume = `warmer resume${prefix === undefined ? "" : ` --prefix ${prefix}`} --reason "…"`;
      makeOutput(options.json === true).data(
        { paused, generation: control.generation },
        `paused       by ${paused?.by}: ${paused?.reason} (generation ${control.generation})\nnext         ${resume}`,
      );
    });
}
