import type { Command } from "commander";
import { type FlipReport, flip } from "../../lib/app/flip.ts";
import type { GlobalOptions } from "../deployment.ts";
import { type Ended, EXIT } from "../exit.ts";
import { makeOutput } from "../output.ts";
import { reasonText } from "../reason.ts";
import { addGateOptions, type GateOptions, gateProgress, gateQuestion, openForAll } from "./gate.ts";

/** Longer than a gate's default: whoever waits has flipped already. */
const PROOF_PATIENCE_MS = 600_000;

export function addFlip(program: Command, ended: Ended): void {
  addGateOptions(
    program
      .command("flip")
      .argument("<color>", "the color that serves traffic from now on")
      .description("ask the gate, make a color live, and tell how fast it was warm")
      .option("--wait", "wait until every required prefix is proven warm; exit code 3 if that takes too long")
      .option("--force", "flip without asking the gate")
      .option("--reason <TEXT>", "why it is forced; required with --force", reasonText),
  ).action(async (color: string, _options, command: Command) => {
    const options = command.optsWithGlobals<
      GlobalOptions & GateOptions & { wait?: boolean; force?: boolean; reason?: string }
    >();
    const { reason } = options;
    if (options.force === true && reason === undefined) {
      command.error("error: --force needs --reason: it is kept with the flip");
    }
    const { config, partitions, first } = await openForAll(options);
    const [, ...others] = partitions.map(({ ports }) => ports);
    const ports = { ...first.ports, others };
    const output = makeOutput(options.json === true);
    const request = {
      to: color,
      ...gateQuestion(options),
      ...(options.force === true &&
        reason !== undefined && { force: { reason, by: await ports.identity.whoAmI() } }),
      ...(options.wait === true && { waitMs: PROOF_PATIENCE_MS }),
    };
    const report = await flip(ports, config, request, (gate) => output.talk(gateProgress(gate)));
    const inconclusive = typeof report.gate === "object" && report.gate.answer?.result === "inconclusive";
    if (inconclusive) output.talk(`flipped without proof: ${gateWord(report)}`);
    output.data(
      { ...report, ...(reason !== undefined && { reason }) },
      flipText(report, options.wait === true),
    );
    ended(options.wait === true && report.secondsToWarm === undefined ? EXIT.unhealthy : EXIT.ok);
  });
}

function flipText(report: FlipReport, waited: boolean): string {
  const { from, to, version, secondsToWarm } = report;
  return [
    `live color      ${from} -> ${to} (version ${version})`,
    `gate            ${gateWord(report)}`,
    ...(secondsToWarm !== undefined ? [`warm            ${secondsToWarm.toFixed(1)} s after the flip`] : []),
    ...(waited && secondsToWarm === undefined ? ["warm            not proven yet"] : []),
    "next            warmer status",
  ].join("\n");
}

function gateWord({ gate }: FlipReport): string {
  if (gate === "rollback") return "not asked: back to the color that was live before";
  if (gate === "forced") return "not asked: forced";
  return `${gate.answer?.result}: ${gate.answer?.reason}`;
}
