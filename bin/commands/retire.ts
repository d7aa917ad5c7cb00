import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { retireColor } from "../../lib/app/retire.ts";
import type { GlobalOptions } from "../deployment.ts";
import type { Ended } from "../exit.ts";
import { type InPartition, inPartitions } from "../partitions.ts";

export function addRetire(program: Command, ended: Ended): void {
  program
    .command("retire")
    .argument("<color>", "a color that is kept warm beside the live one")
    .description("stop keeping a color warm that is not live; the next tick leaves its prefixes alone")
    .action(async (color: string, _options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const run: InPartition = async ({ config, ports }) => {
        await retireColor(ports, config, color, randomUUID());
        const text = `retired         ${color}\nnext            warmer status`;
        return { value: { retired: color }, text };
      };
      ended(await inPartitions(options, run));
    });
}
