import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { requestDrill } from "../../lib/app/drill.ts";
import type { GlobalOptions } from "../deployment.ts";
import type { Ended } from "../exit.ts";
import { type InPartition, inPartitions } from "../partitions.ts";

export function addDrill(program: Command, ended: Ended): void {
  program
    .command("drill")
    .description(
      "fire the drill alarm: proves that a spend alarm reaches the pause function, and pauses nothing",
    )
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const run: InPartition = async ({ ports }) => {
        const control = await requestDrill(ports, randomUUID());
        const text =
          "drill        asked for; the monitor fires it within a minute\nnext         warmer doctor, in about three minutes";
        return { value: { drill: control.drill }, text };
      };
      ended(await inPartitions(options, run));
    });
}
