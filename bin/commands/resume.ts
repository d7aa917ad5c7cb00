import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { Refused } from "../../lib/app/errors.ts";
import { resumeByOperator } from "../../lib/app/resume.ts";
import type { OperatedPartition } from "../../lib/aws/operator.ts";
import { fromUsd } from "../../lib/core/money.ts";
import { type Deployment, type GlobalOptions, openDeployment } from "../deployment.ts";
import type { Ended } from "../exit.ts";
import { dollars, wholeNumber } from "../numbers.ts";
import { type InPartition, onlyPartition, tellEach } from "../partitions.ts";
import { reasonText } from "../reason.ts";

interface ResumeOptions extends GlobalOptions {
  readonly reason: string;
  readonly generation?: number;
  readonly allowExtra?: number;
  readonly force?: boolean;
  readonly prefix?: string;
}

export function addResume(program: Command, ended: Ended): void {
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
      const { reason, prefix, allowExtra } = options;
      const deployment = await openDeployment(options);
      if (prefix !== undefined) onlyPartition(deployment, "--prefix");
      if (options.generation !== undefined) onlyPartition(deployment, "--generation");
      if (allowExtra !== undefined) onlyPartition(deployment, "--allow-extra");
      const by = await deployment.first.ports.identity.whoAmI();
      const run: InPartition = async ({ config, ports }) => {
        const seen = await ports.control.read();
        if (seen === undefined) throw new Refused("there is no control item yet; run `warmer init` first");
        const request = {
          reason,
          by,
          generation: options.generation ?? seen.control.generation,
          force: options.force === true,
          ...(prefix !== undefined && { prefix }),
          ...(allowExtra !== undefined && { allowExtra: fromUsd(allowExtra) }),
        };
        const { generation } = await resumeByOperator(ports, config, request, randomUUID());
        const text = `resumed      ${prefix ?? "the warmer"}, generation ${generation}; the next tick warms what is due`;
        return { value: { generation }, text };
      };
      const partitions = await withHeldOnes(deployment);
      ended(await tellEach({ ...deployment, partitions }, options, run));
    });
}

/** Of several partitions those that there is something to resume in; all of them if there is nothing in any. */
async function withHeldOnes({ partitions, isSectioned }: Deployment): Promise<readonly OperatedPartition[]> {
  if (!isSectioned) return partitions;
  const held = await Promise.all(partitions.map(({ ports }) => ports.control.read()));
  const isHeld = (i: number) => {
    const { paused, throttled } = held[i]?.control ?? {};
    return paused !== undefined || throttled !== undefined;
  };
  const ones = partitions.filter((_partition, i) => isHeld(i));
  return ones.length === 0 ? partitions : ones;
}
