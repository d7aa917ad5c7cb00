import type { Command } from "commander";
import type { Incident } from "../../lib/core/incident.ts";
import { formatUsd } from "../../lib/core/money.ts";
import { type GlobalOptions, openDeployment } from "../deployment.ts";
import { wholeNumber } from "../numbers.ts";
import { makeOutput } from "../output.ts";

const DEFAULT_LIMIT = 20;

export function addIncidents(program: Command): void {
  program
    .command("incidents")
    .description("what happened to the control state: who, when, why, and how it ended; newest first")
    .option("--limit <N>", "at most so many", wholeNumber(1, 1000), DEFAULT_LIMIT)
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { limit: number }>();
      const { ports } = await openDeployment(options);
      const incidents = await ports.incidents.list(options.limit);
      const text = incidents.length === 0 ? "no incidents" : incidents.map(incidentText).join("\n");
      makeOutput(options.json === true).data(incidents, text);
    });
}

function incidentText(incident: Incident): string {
  const {
    id,
    kind,
    prefix,
    cause,
    alarm,
    openedAt,
    openedBy,
    reason,
    hourSpent,
    closedAt,
    closedBy,
    closeReason,
  } = incident;
  const ended =
    closedAt === undefined
      ? kind === "limit_met"
        ? ""
        : "\n    not resumed yet"
      : `\n    resumed ${new Date(closedAt).toISOString()} by ${closedBy}: ${closeReason}`;
  return `${id}  ${new Date(openedAt).toISOString()}  ${prefix ?? "warmer"} ${kind} (${alarm ?? cause}) by ${openedBy}: ${reason}; ${formatUsd(hourSpent)} spent that hour${ended}`;
}
