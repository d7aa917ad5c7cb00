import type { Command } from "commander";
import { diagnose } from "../../lib/app/diagnose.ts";
import { CAUSES, type Candidate, type Diagnosis } from "../../lib/core/diagnosis.ts";
import { eventText } from "../../lib/core/event-text.ts";
import { formatUsd } from "../../lib/core/money.ts";
import type { GlobalOptions } from "../deployment.ts";
import type { Ended } from "../exit.ts";
import { type InPartition, inPartitions } from "../partitions.ts";

export function addDiagnose(program: Command, ended: Ended): void {
  program
    .command("diagnose")
    .description(
      "which pattern the fill cost of the last 15 minutes matches, with evidence and what to type next",
    )
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const run: InPartition = async ({ config, ports }) => {
        const diagnosis = await diagnose(ports, config, ports.clock.now());
        return { value: diagnosis, text: diagnosisText(diagnosis) };
      };
      ended(await inPartitions(options, run));
    });
}

export function diagnosisText({
  from,
  to,
  fillCost,
  fills,
  unexpected,
  failed,
  events,
  candidates,
}: Diagnosis): string {
  return [
    `window       ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`,
    `fill cost    ${formatUsd(fillCost)}; ${fills} fills, ${unexpected} of them where a read was due; ${failed} touches failed`,
    ...events.map((event) => `known        ${eventText(event, to)}`),
    ...candidates.flatMap(candidateText),
  ].join("\n");
}

function candidateText({ cause, confidence, evidence, next }: Candidate): string[] {
  return [
    `cause        ${cause} (${Math.round(100 * confidence)} %): ${CAUSES[cause].meaning}`,
    ...evidence.map((fact) => `  evidence   ${fact}`),
    ...next.map((command) => `  next       ${command}`),
  ];
}
