import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { Refused } from "../../lib/app/errors.ts";
import { type InitReport, initWarmer } from "../../lib/app/init.ts";
import { beginPartitions } from "../../lib/app/init-partitions.ts";
import { shown } from "../../lib/core/received.ts";
import { type Deployment, type GlobalOptions, openDeployment } from "../deployment.ts";
import type { Ended } from "../exit.ts";
import { type InPartition, tellEach } from "../partitions.ts";

export function addInit(program: Command, ended: Ended): void {
  program
    .command("init")
    .description("create the live-color parameter and the control item, once; overwrites nothing")
    .requiredOption("--color <COLOR>", "the color that serves traffic now")
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { color: string }>();
      const deployment = await openDeployment(options);
      const { config } = deployment;
      if (!config.colors.includes(options.color)) {
        throw new Refused(`--color must be one of ${config.colors.join(", ")}, got ${shown(options.color)}`);
      }
      const begin = config.partitions === undefined ? undefined : await beginning(deployment);
      const run: InPartition = async ({ config: { guardrails }, ports }) => {
        const { share = 0 } = guardrails;
        const report = await initWarmer(
          ports,
          options.color,
          randomUUID(),
          begin && ((empty) => begin(empty, share)),
        );
        const text = [
          `live color      ${config.liveColorParameter}: ${report.liveColor === "created" ? `created as ${options.color}` : "existed, kept as it is"}`,
          `control item    ${report.control}`,
          ...limitsOf(report),
          `next            warmer publish --color ${options.color} --release ID prompts/…`,
        ].join("\n");
        return { value: report, text };
      };
      ended(await tellEach(deployment, options, run));
    });
}

/** What others have spent of the open windows is no new ledger's. */
function limitsOf({ usable }: InitReport): string[] {
  if (usable === undefined) return [];
  const percent = (thousandths: number) => `${thousandths / 10} %`;
  return [
    `limits          usable of this hour's: ${percent(usable.hour)}, of today's: ${percent(usable.day)}. Others spent the rest`,
  ];
}

/** What the ledgers of new partitions begin with. */
function beginning({ config, all, first: { ports } }: Deployment) {
  const shares = all.map(
    ({ config: { partition = "", guardrails } }) => [partition, guardrails.share ?? 0] as const,
  );
  return beginPartitions(
    ports.controlOf,
    new Map(shares),
    config.guardrails,
    ports.clock.now(),
    randomUUID(),
  );
}
