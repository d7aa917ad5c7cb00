import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { Refused } from "../../lib/app/errors.ts";
import { resumeByOperator } from "../../lib/app/resume.ts";
import { fromUsd } from "../../lib/core/money.ts";
import { type GlobalOptions, openDeployment } from "../deployment.ts";
import { dollars, wholeNumber } from "../numbers.ts";
import { makeOutput } from "../output.ts";
import { reasonText } from "../reason.ts";

interface ResumeOptions extends GlobalOptions {
  readonly reason: string;
  readonly generation?: number;
  readonly allowExtra?: number;
  readonly force?: boolean;
  readonly prefix?: string;
}

export function addResume(program: Command): void {
  program
    .command("resume")
    .description("end a pause and a throttle; refused (exit code 4) while a limit is still met")
    .requiredOption("--reason <TEXT>", "why it is safe now; kept with the incident", reasonText)
    .option("--allow-extra <USD>", "extra room in this UTC hour and day", dollars)
    .option(
      "--generation <N>",
      "refuse if anything changed since you saw this generation in `warmer status` (default: the one at this moment)",
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
    )
    .option("--force", "resume although a limit is still met; the ledger keeps the limits all the same")
    .option("--prefix <NAME>", "resume only this prefix, by its name in the manifest")
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<ResumeOptions>();
      const { config, ports } = await openDeployment(options);
      const seen = await ports.control.read();
      if (seen === undefined) throw new Refused("there is no control item yet; run `warmer init` first");
      const { reason, prefix, allowExtra } = options;
      const control = await resumeByOperator(
        ports,
        config,
        {
          reason,
          by: await ports.identity.whoAmI(),
          generation: options.generation ?? seen.control.generation,
          force: options.force === true,
          ...(prefix !== undefined && { prefix }),
          ...(allowExtra !== undefined && { allowExtra: fromUsd(allowExtra) }),
        },
        randomUUID(),
      );
      makeOutput(options.json === true).data(
        { generation: control.generation },
        `resumed      ${prefix ?? "the warmer"}, generation ${control.generation}; the next tick warms what is due`,
      );
    });
}
