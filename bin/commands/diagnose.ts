import type { Command } from "commander";
import { diagnose } from "../../lib/app/diagnose.ts";
import { CAUSES, type Candidate, type Diagnosis } from "../../lib/core/diagnosis.ts";
import { eventText } from "../../lib/core/event-text.ts";
import { formatUsd } from "../../lib/core/money.ts";
import { type GlobalOptions, openDeployment } from "../deployment.ts";
import { makeOutput } from "../output.ts";

export function addDiagnose(program: Command): void {
  program
    .command("diagnose")
    .description(
      "which pattern the fill cost of the last 15 minutes matches, with evidence and what to type next",
    )
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { config, ports } = await openDeployment(options);
      const diagnosis = await diagnose(ports, config, ports.clock.now());
      makeOutput(options.json === true).data(diagnosis, diagnosisText(diagnosis));
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
