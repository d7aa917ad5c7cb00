import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { throttleByOperator } from "../../lib/app/throttle.ts";
import { type GlobalOptions, openDeployment } from "../deployment.ts";
import { wholeNumber } from "../numbers.ts";
import { makeOutput } from "../output.ts";
import { reasonText } from "../reason.ts";

const DEFAULT_REASON = "no reason given";

export function addThrottle(program: Command): void {
  program
    .command("throttle")
    .description(
      "at most so many cache writes in any minute, until somebody resumes; reads are not held back",
    )
    .requiredOption("--max-fills-per-minute <N>", "1 to 600", wholeNumber(1, 600))
    .option("--reason <TEXT>", "why; kept as an incident", reasonText, DEFAULT_REASON)
    .option("--prefix <NAME>", "throttle only this prefix, by its name in the manifest")
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<
        GlobalOptions & { maxFillsPerMinute: number; reason: string; prefix?: string }
      >();
      const { ports } = await openDeployment(options);
      const { reason, prefix, maxFillsPerMinute } = options;
      const by = await ports.identity.whoAmI();
      const request = { reason, by, maxFillsPerMinute, ...(prefix !== undefined && { prefix }) };
      const control = await throttleByOperator(ports, request, randomUUID());
      makeOutput(options.json === true).data(
        { maxFillsPerMinute, prefix, generation: control.generation },
        `throttled    ${prefix ?? "the warmer"} to ${maxFillsPerMinute} fills a minute (generation ${control.generation})\nnext         warmer resume${prefix === undefined ? "" : ` --prefix ${prefix}`} --reason "…"`,
      );
    });
}
