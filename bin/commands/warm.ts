import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import type { WarmReport } from "../../lib/app/warm-cycle.ts";
import { MANUAL_SOURCE } from "../../lib/core/trigger.ts";
import type { GlobalOptions } from "../deployment.ts";
import { type Ended, EXIT } from "../exit.ts";
import { type InPartition, inPartitions } from "../partitions.ts";

export function addWarm(program: Command, ended: Ended): void {
  program
    .command("warm")
    .description("run one warm cycle now, in the deployed function; exit code 3 if it does not end well")
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const run: InPartition = async ({ ports }) => {
        const event = {
          source: MANUAL_SOURCE,
          id: randomUUID(),
          time: new Date(ports.clock.now()).toISOString(),
        };
        const report = (await ports.warm.invoke(event)) as WarmReport;
        const code = report.healthy ? EXIT.ok : EXIT.unhealthy;
        return { value: report, text: reportText(report), code };
      };
      ended(await inPartitions(options, run));
    });
}

function reportText(report: WarmReport): string {
  return [
    `outcome      ${report.outcome}: ${report.message}`,
    ...(report.color === undefined ? [] : [`color        ${report.color}, release ${report.release}`]),
    `touches      ${report.due} due: ${report.fills} fills, ${report.keepAlives} keep-alives, ${report.failed} failed`,
    ...report.problems.map(
      ({ prefix, outcome, message }) =>
        `  ${prefix}: ${outcome}${message === undefined ? "" : ` (${message})`}`,
    ),
  ].join("\n");
}
