import { Argument, type Command } from "commander";
import { listMarks, type MarkReport, markEvent } from "../../lib/app/mark.ts";
import { EXPLAINS } from "../../lib/core/fill-cost/spike.ts";
import { ANNOUNCED_KINDS, type AnnouncedKind, type KnownEvent } from "../../lib/core/known-event.ts";
import { formatUsd, fromUsd } from "../../lib/core/money.ts";
import { type GlobalOptions, openDeployment } from "../deployment.ts";
import type { Ended } from "../exit.ts";
import { resolveInstant, type TypedInstant, typedInstant } from "../instants.ts";
import { dollars } from "../numbers.ts";
import { age } from "../output.ts";
import { type InPartition, onlyPartition, tellEach } from "../partitions.ts";

interface MarkOptions extends GlobalOptions {
  readonly from?: TypedInstant;
  readonly to?: TypedInstant;
  readonly expectedCost?: number;
  readonly note?: string;
  readonly dryRun?: boolean;
  readonly list?: boolean;
}

const HOUR_MS = 3_600_000;

export function addMark(program: Command, ended: Ended): void {
  program
    .command("mark")
    .addArgument(new Argument("[kind]", "what is expected to cost fills").choices(ANNOUNCED_KINDS))
    .description(
      "announce what will cost fills, so that it is named, left out of the baseline, and explained up to 1.5 times its cost; no limit changes",
    )
    .option("--from <TIME>", "2026-11-21T14:00Z, now, or +2h from now (default: now)", typedInstant)
    .option("--to <TIME>", "2026-11-21T16:00Z, now, or +2h from --from (default: +1h)", typedInstant)
    .option("--expected-cost <USD>", "what its fills will cost; without it nothing is explained", dollars)
    .option("--note <TEXT>", "shown in notifications, at most 200 bytes")
    .option("--dry-run", "say what would be marked, and store nothing")
    .option("--list", "show the marks of the last 7 days and those to come")
    .action(async (kind: AnnouncedKind | undefined, _options, command: Command) => {
      const options = command.optsWithGlobals<MarkOptions>();
      if ((kind === undefined) !== (options.list === true)) {
        command.error("error: give one kind of event, or --list");
      }
      const { expectedCost, note = "", dryRun } = options;
      const deployment = await openDeployment(options);
      if (expectedCost !== undefined) onlyPartition(deployment, "--expected-cost");
      const run: InPartition = async ({ ports }) => {
        if (kind === undefined) {
          const marks = await listMarks(ports);
          return { value: marks, text: marks.length === 0 ? "no marks" : marks.map(lineOf).join("\n") };
        }
        const now = ports.clock.now();
        const from = resolveInstant(options.from ?? { now: true }, now, now);
        const report = await markEvent(ports, {
          kind,
          from,
          to: resolveInstant(options.to ?? { after: HOUR_MS }, now, from),
          ...(expectedCost !== undefined && { expectedCost: fromUsd(expectedCost) }),
          note,
          by: await ports.identity.whoAmI(),
          dryRun: dryRun === true,
        });
        return { value: report, text: reportText(report) };
      };
      ended(await tellEach(deployment, options, run));
    });
}

function reportText({ event, stored, replaces, overlaps }: MarkReport): string {
  const { expectedCost } = event;
  return [
    `${stored ? "marked" : "would mark"}`.padEnd(13) + spanOf(event),
    expectedCost === undefined
      ? "explains     nothing: no --expected-cost was given; it is named, and left out of the baseline"
      : `explains     up to ${formatUsd(EXPLAINS * expectedCost)} of fills, ${EXPLAINS} times what is expected; the limits hold all the while`,
    ...(replaces === undefined ? [] : [`replaces     ${lineOf(replaces)}`]),
    ...overlaps.map((other) => `overlaps     ${lineOf(other)}`),
    "next         warmer mark --list",
  ].join("\n");
}

function spanOf({ kind, from, to }: KnownEvent): string {
  return `${kind} from ${minuteOf(from)} to ${minuteOf(to)} (${age(to - from)})`;
}

/** One line for one mark: when, what, how much, whose. */
function lineOf(event: KnownEvent): string {
  const { expectedCost, color, release, by, note } = event;
  const what = [color, release].filter((part) => part !== undefined).join(" ");
  const cost = expectedCost === undefined ? "cost unknown" : formatUsd(expectedCost);
  return `${spanOf(event)}  ${cost}  ${[what, note].filter((part) => part !== "").join(": ") || "no note"}  by ${by}`;
}

function minuteOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16)}Z`;
}
