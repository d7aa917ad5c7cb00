import { type Command, InvalidArgumentError } from "commander";
import { type Report, readReport } from "../../lib/app/report.ts";
import { HEALTHY_SHARE } from "../../lib/core/fill-cost/economics.ts";
import { formatUsd } from "../../lib/core/money.ts";
import type { GlobalOptions } from "../deployment.ts";
import type { Ended } from "../exit.ts";
import { type InPartition, inPartitions } from "../partitions.ts";

export function addReport(program: Command, ended: Ended): void {
  program
    .command("report")
    .description("what the warmer cost in a month, what it saved, and whether it is worth it")
    .option(
      "--month <YYYY-MM>",
      "in UTC; this one and the one before are kept (default: this month)",
      monthText,
    )
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { month?: string }>();
      const run: InPartition = async ({ ports }) => {
        const report = await readReport(ports, options.month);
        return { value: report, text: reportText(report) };
      };
      ended(await inPartitions(options, run));
    });
}

/** @throws InvalidArgumentError for what is no month */
export function monthText(value: string): string {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(value)) {
    throw new InvalidArgumentError("must be a month such as 2026-11.");
  }
  return value;
}

const PERCENT = `${100 * HEALTHY_SHARE.least} to ${100 * HEALTHY_SHARE.most} %`;

const VERDICTS: Readonly<Record<Report["verdict"], string>> = {
  healthy: `healthy: fills cost ${PERCENT} of what they avoid`,
  fills_cost_little: `fills cost less than ${100 * HEALTHY_SHARE.least} % of what they avoid: the warmer pays well`,
  fills_cost_much: `fills cost more than ${100 * HEALTHY_SHARE.most} % of what they avoid; look for prefixes that nobody reads, and for fills that repeat: warmer diagnose`,
  costs_more_than_it_saves:
    'it cost more than it saved: take another TTL (1h for requests that are rare), warm fewer prompts, or stop: warmer pause --reason "not worth it"',
  unknown: "savings are unknown: no application recorded what it used",
};

export function reportText(report: Report): string {
  const { month, hours, hoursElapsed, fillCost, spend, avoided, requests, fillShare, verdict, problems } =
    report;
  const share = fillShare === undefined ? "" : `, ${(100 * fillShare).toFixed(1)} % of what was avoided`;
  return [
    `month        ${month}, ${hours} of ${hoursElapsed} hours known`,
    `warm spend   ${formatUsd(spend)}, of it ${formatUsd(fillCost)} fills${share}`,
    ...(verdict === "unknown"
      ? []
      : [
          `avoided      ${formatUsd(avoided)}: what ${requests} requests of the application read, as writes`,
          `net saving   ${formatUsd(report.netSaving)}`,
        ]),
    `verdict      ${VERDICTS[verdict]}`,
    ...problems.map((problem) => `warning      history: ${problem}`),
  ].join("\n");
}
