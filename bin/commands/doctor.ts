import type { Command } from "commander";
import { examine } from "../../lib/app/doctor.ts";
import type { Finding } from "../../lib/core/findings.ts";
import type { GlobalOptions } from "../deployment.ts";
import { type Ended, EXIT } from "../exit.ts";
import { type InPartition, inPartitions } from "../partitions.ts";

export function addDoctor(program: Command, ended: Ended): void {
  program
    .command("doctor")
    .description("look at the deployed warmer as an operator would; exit code 3 if there is a problem")
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const run: InPartition = async ({ config, ports }) => {
        const findings = await examine(ports, config);
        const isWell = findings.every(({ verdict }) => verdict !== "problem");
        const code = isWell ? EXIT.ok : EXIT.unhealthy;
        return { value: findings, text: findings.map(findingText).join("\n"), code };
      };
      ended(await inPartitions(options, run));
    });
}

function findingText({ check, verdict, message, next }: Finding): string {
  return `${verdict.padEnd(8)}  ${check.padEnd(14)}${message}${next === undefined ? "" : `\n                        next: ${next}`}`;
}
