import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { throttleByOperator } from "../../lib/app/throttle.ts";
import { type GlobalOptions, openDeployment } from "../deployment.ts";
import type { Ended } from "../exit.ts";
import { wholeNumber } from "../numbers.ts";
import { type InPartition, onlyPartition, tellEach } from "../partitions.ts";
import { reasonText } from "../reason.ts";

const DEFAULT_REASON = "no reason given";

export function addThrottle(program: Command, ended: Ended): void {
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
      const { reason, prefix, maxFillsPerMinute } = options;
      const deployment = await openDeployment(options);
      if (prefix !== undefined) onlyPartition(deployment, "--prefix");
      const by = await deployment.first.ports.identity.whoAmI();
      const request = { reason, by, maxFillsPerMinute, ...(prefix !== undefined && { prefix }) };
      const run: InPartition = async ({ ports }) => {
        const { generation } = await throttleByOperator(ports, request, randomUUID());
        const text = `throttled    ${prefix ?? "the warmer"} to ${maxFillsPerMinute} fills a minute (generation ${generation})\nnext         warmer resume${prefix === undefined ? "" : ` --prefix ${prefix}`} --reason "…"`;
        return { value: { maxFillsPerMinute, prefix, generation }, text };
      };
      ended(await tellEach(deployment, options, run));
    });
}
