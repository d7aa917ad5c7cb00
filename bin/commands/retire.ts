import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { retireColor } from "../../lib/app/retire.ts";
import { type GlobalOptions, openDeployment } from "../deployment.ts";
import { makeOutput } from "../output.ts";

export function addRetire(program: Command): void {
  program
    .command("retire")
    .argument("<color>", "a color that is kept warm beside the live one")
    .description("stop keeping a color warm that is not live; the next tick leaves its prefixes alone")
    .action(async (color: string, _options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { config, ports } = await openDeployment(options);
      await retireColor(ports, config, color, randomUUID());
      makeOutput(options.json === true).data(
        { retired: color },
        `retired         ${color}\nnext            warmer status`,
      );
    });
}
