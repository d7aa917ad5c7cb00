import { randomUUID } from "node:crypto";
import { type Command, InvalidArgumentError } from "commander";
import { resumeByOperator } from "../../lib/app/resume.ts";
import { type GlobalOptions, openDeployment, operator } from "../deployment.ts";
import { makeOutput } from "../output.ts";
import { reasonText } from "../reason.ts";

export function addResume(program: Command): void {
  program
    .command("resume")
    .description("end a pause; refused (exit code 4) while a limit is still met")
    .requiredOption("--reason <TEXT>", "why it is safe now", reasonText)
    .option("--generation <N>", "the generation that you saw in `warmer status`", generationNumber)
    .option("--force", "resume although the cause still holds; the ledger keeps the limits all the same")
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<
        GlobalOptions & { reason: string; generation?: number; force?: boolean }
      >();
      const { config, ports } = await openDeployment(options);
      const { reason, generation, force } = options;
      const request = {
        reason,
        by: operator(),
        force: force === true,
        ...(generation !== undefined && { generation }),
      };
      const control = await resumeByOperator(ports, config, request, randomUUID());
      makeOutput(options.json === true).data(
        { generation: control.generation },
        `resumed      generation ${control.generation}; the next tick warms what is due`,
      );
    });
}

function generationNumber(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError("must be a whole number.");
  return number;
}
