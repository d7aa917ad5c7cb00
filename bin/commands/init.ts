import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { Refused } from "../../lib/app/errors.ts";
import { initWarmer } from "../../lib/app/init.ts";
import { shown } from "../../lib/core/received.ts";
import { type GlobalOptions, openDeployment } from "../deployment.ts";
import { makeOutput } from "../output.ts";

export function addInit(program: Command): void {
  program
    .command("init")
    .description("create the live-color parameter and the control item, once; overwrites nothing")
    .requiredOption("--color <COLOR>", "the color that serves traffic now")
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { color: string }>();
      const { config, ports } = await openDeployment(options);
      if (!config.colors.includes(options.color)) {
        throw new Refused(`--color must be one of ${config.colors.join(", ")}, got ${shown(options.color)}`);
      }
      const report = await initWarmer(ports, options.color, randomUUID());
      makeOutput(options.json === true).data(
        report,
        [
          `live color      ${config.liveColorParameter}: ${report.liveColor === "created" ? `created as ${options.color}` : "existed, kept as it is"}`,
          `control item    ${report.control}`,
          `next            warmer publish --color ${options.color} --release ID prompts/…`,
        ].join("\n"),
      );
    });
}
