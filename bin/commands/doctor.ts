import type { Command } from "commander";
import { examine } from "../../lib/app/doctor.ts";
import type { Finding } from "../../lib/core/findings.ts";
import { type GlobalOptions, openDeployment } from "../deployment.ts";
import { type Ended, EXIT } from "../exit.ts";
import { makeOutput } from "../output.ts";

export function addDoctor(program: Command, ended: Ended): void {
  program
    .command("doctor")
    .description("look at the deployed warmer as an operator would; exit code 3 if there is a problem")
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { config, ports } = await openDeployment(options);
      const findings = await examine(ports, config);
      makeOutput(options.json === true).data(findings, findings.map(findingText).join("\n"));
      ended(findings.some(({ verdict }) => verdict === "problem") ? EXIT.unhealthy : EXIT.ok);
    });
}

function findingText({ check, verdict, message, next }: Finding): string {
  return `${verdict.padEnd(8)}  ${check.padEnd(14)}${message}${next === undefined ? "" : `\n                        next: ${next}`}`;
}
