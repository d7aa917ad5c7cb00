import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { pauseByOperator } from "../../lib/app/pause.ts";
import { type GlobalOptions, openDeployment } from "../deployment.ts";
import type { Ended } from "../exit.ts";
import { type InPartition, onlyPartition, tellEach } from "../partitions.ts";
import { reasonText } from "../reason.ts";

export function addPause(program: Command, ended: Ended): void {
  program
    .command("pause")
    .description("send nothing until somebody resumes; ticks go on and report `paused`")
    .requiredOption("--reason <TEXT>", "why; kept as an incident and shown by `warmer status`", reasonText)
    .option("--prefix <NAME>", "pause only this prefix, by its name in the manifest")
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { reason: string; prefix?: string }>();
      const { reason, prefix } = options;
      const deployment = await openDeployment(options);
      if (prefix !== undefined) onlyPartition(deployment, "--prefix");
      const by = await deployment.first.ports.identity.whoAmI();
      const run: InPartition = async ({ ports }) => {
        const control = await pauseByOperator(
          ports,
          { reason, by, ...(prefix !== undefined && { prefix }) },
          randomUUID(),
        );
        const paused = prefix === undefined ? control.paused : control.prefixes?.[prefix]?.paused;
        const resume = `warmer resume${prefix === undefined ? "" : ` --prefix ${prefix}`} --reason "…"`;
        const { generation } = control;
        const text = `paused       by ${paused?.by}: ${paused?.reason} (generation ${generation})\nnext         ${resume}`;
        return { value: { paused, generation }, text };
      };
      ended(await tellEach(deployment, options, run));
    });
}
