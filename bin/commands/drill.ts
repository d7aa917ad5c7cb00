import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { requestDrill } from "../../lib/app/drill.ts";
import { type GlobalOptions, openDeployment } from "../deployment.ts";
import { makeOutput } from "../output.ts";

export function addDrill(program: Command): void {
  program
    .command("drill")
    .description(
      "fire the drill alarm: proves that a spend alarm reaches the pause function, and pauses nothing",
    )
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { ports } = await openDeployment(options);
      const control = await requestDrill(ports, randomUUID());
      makeOutput(options.json === true).data(
        { drill: control.drill },
        "drill        asked for; the monitor fires it within a minute\nnext         warmer doctor, in about three minutes",
      );
    });
}
