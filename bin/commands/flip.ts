import type { Command } from "commander";
import { flip } from "../../lib/app/flip.ts";
import { type GlobalOptions, openDeployment } from "../deployment.ts";
import { makeOutput } from "../output.ts";

export function addFlip(program: Command): void {
  program
    .command("flip")
    .argument("<color>", "the color that serves traffic from now on")
    .description("make a color live; the warmer follows within seconds")
    .action(async (color: string, _options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { config, ports } = await openDeployment(options);
      const report = await flip(ports, config, color);
      makeOutput(options.json === true).data(
        report,
        `live color      ${report.from} -> ${report.to} (version ${report.version})\nnext            warmer status`,
      );
    });
}
