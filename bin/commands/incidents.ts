import { type Command, Option } from "commander";
import { closeIncident } from "../../lib/app/close-incident.ts";
import type { OperatedPartition } from "../../lib/aws/operator.ts";
import { CAUSES, type CauseCode } from "../../lib/core/diagnosis.ts";
import type { Incident } from "../../lib/core/incident.ts";
import { formatUsd } from "../../lib/core/money.ts";
import { type Deployment, type GlobalOptions, openDeployment } from "../deployment.ts";
import type { Ended } from "../exit.ts";
import { wholeNumber } from "../numbers.ts";
import { makeOutput } from "../output.ts";
import { type InPartition, inPartitions, onlyPartition } from "../partitions.ts";
import { reasonText } from "../reason.ts";

const DEFAULT_LIMIT = 20;

export function addIncidents(program: Command, ended: Ended): void {
  const incidents = program
    .command("incidents")
    .description("what happened to the control state and to fill cost, and how it ended; newest first")
    .option("--limit <N>", "at most so many", wholeNumber(1, 1000), DEFAULT_LIMIT)
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { limit: number }>();
      const run: InPartition = async ({ ports }) => {
        const listed = await ports.incidents.list(options.limit);
        const text = listed.length === 0 ? "no incidents" : listed.map(incidentText).join("\n");
        return { value: listed, text };
      };
      ended(await inPartitions(options, run));
    });
  incidents
    .command("close")
    .description("say what an incident was; refused (exit code 4) until 15 minutes show that it is over")
    .argument("<ID>", "as `warmer incidents` lists it")
    .addOption(new Option("--cause <CODE>", "what it was").choices(Object.keys(CAUSES)).makeOptionMandatory())
    .requiredOption("--note <TEXT>", "what was found and done; kept with the incident", reasonText)
    .action(async (id: string, _options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { cause: CauseCode; note: string }>();
      const { cause, note } = options;
      const { config, ports } = await partitionWith(id, await openDeployment(options));
      const by = await ports.identity.whoAmI();
      const closed = await closeIncident(ports, config, { id, cause, note, by });
      makeOutput(options.json === true).data(closed, incidentText(closed));
    });
}

/** An incident belongs to one partition; where several have one of this id, it must be named. */
async function partitionWith(id: string, deployment: Deployment): Promise<OperatedPartition> {
  const found = await Promise.all(deployment.partitions.map(({ ports }) => ports.incidents.get(id)));
  const partitions = deployment.partitions.filter((_partition, i) => found[i] !== undefined);
  if (partitions.length === 0) return deployment.first;
  return onlyPartition({ ...deployment, partitions }, "an incident of this id");
}

function incidentText(incident: Incident): string {
  const { id, kind, prefix, cause, alarm, level, openedAt, openedBy, reason, hourSpent } = incident;
  const what = level === undefined ? kind : `${kind} ${level}`;
  const opened = `${id}  ${new Date(openedAt).toISOString()}  ${prefix ?? "warmer"} ${what} (${alarm ?? cause}) by ${openedBy}: ${reason}; ${formatUsd(hourSpent)} spent that hour`;
  return [opened, ...endingOf(incident)].join("\n    ");
}

function endingOf({ kind, calmAt, closedAt, closedBy, closeReason, rootCause, note }: Incident): string[] {
  const holds = kind === "paused" || kind === "throttled";
  const calm = calmAt === undefined ? "still going on" : `calm since ${new Date(calmAt).toISOString()}`;
  const ended = closedAt === undefined ? "" : `${new Date(closedAt).toISOString()} by ${closedBy}`;
  return [
    ...(closedAt === undefined && holds ? ["not resumed yet"] : []),
    ...(closedAt === undefined && kind === "fill_cost" ? [`${calm}, not closed yet`] : []),
    ...(closedAt !== undefined && holds ? [`resumed ${ended}: ${closeReason}`] : []),
    ...(closedAt !== undefined && !holds ? [`closed ${ended}`] : []),
    ...(rootCause === undefined ? [] : [`cause ${rootCause}: ${note}`]),
  ];
}
