import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import type { WarmReport } from "../../lib/app/warm-cycle.ts";
import { MANUAL_SOURCE } from "../../lib/core/trigger.ts";
import { type GlobalOptions, openDeployment } from "../deployment.ts";
import { type Ended, EXIT } from "../exit.ts";
import { makeOutput } from "../output.ts";

export function addWarm(program: Command, ended: Ended): void {
  program
    .command("warm")
    .description("run one warm cycle now, in the deployed function; exit code 3 if it does not end well")
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { ports } = await openDeployment(options);
      const event = {
        source: MANUAL_SOURCE,
        id: randomUUID(),
        time: new Date(ports.clock.now()).toISOString(),
      };
      const report = (await ports.warm.invoke(event)) as WarmReport;
      makeOutput(options.json === true).data(
        report,
        [
          `outcome      ${report.outcome}: ${report.message}`,
          ...(report.color === undefined ? [] : [`color        ${report.color}, release ${report.release}`]),
          `touches      ${report.due} due: ${report.fills} fills, ${report.keepAlives} keep-alives, ${report.failed} failed`,
          ...report.problems.map(
            ({ prefix, outcome, message }) =>
              `  ${prefix}: ${outcome}${message === undefined ? "" : ` (${message})`}`,
          ),
        ].join("\n"),
      );
      ended(report.healthy ? EXIT.ok : EXIT.unhealthy);
    });
}
