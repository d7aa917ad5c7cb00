import { type Command, InvalidArgumentError } from "commander";
import { askGate, type GateQuestion } from "../../lib/app/ask-gate.ts";
import { shown } from "../../lib/core/received.ts";
import { type Gate, letsPass, MAX_GATE_MS } from "../../lib/core/release/gate.ts";
import { type Deployment, type GlobalOptions, openDeployment } from "../deployment.ts";
import { type Ended, EXIT, UsageFault } from "../exit.ts";
import { makeOutput } from "../output.ts";

export function addGate(program: Command, ended: Ended): void {
  addGateOptions(
    program
      .command("gate")
      .argument("<color>", "the color that wants to take traffic")
      .description(
        "warm a color and ask for proof; exit code 4 if it is cold. A gate that cannot be answered lets pass, unless it must not",
      ),
  ).action(async (color: string, _options, command: Command) => {
    const options = command.optsWithGlobals<GlobalOptions & GateOptions>();
    const { ports } = (await openForAll(options)).first;
    const output = makeOutput(options.json === true);
    const gate = await askGate(ports, { color, ...gateQuestion(options) }, (open) =>
      output.talk(gateProgress(open)),
    );
    if (gate.answer?.result === "inconclusive") output.talk(`not proven: ${gate.answer.reason}`);
    output.data({ ...gate, passes: letsPass(gate) }, gateText(gate));
    ended(letsPass(gate) ? EXIT.ok : EXIT.refused);
  });
}

/** @throws UsageFault if one partition is named: traffic moves for all of them at once */
export function openForAll(options: GlobalOptions): Promise<Deployment> {
  if (options.partition !== undefined) {
    throw new UsageFault("--partition cannot be given here: a color goes live in all partitions at once");
  }
  return openDeployment(options);
}

export interface GateOptions {
  readonly minCoverage?: number;
  readonly timeout?: number;
  readonly failInconclusive?: boolean;
}

/** What `gate` and `flip` can be asked. */
export function addGateOptions(command: Command): Command {
  return command
    .option(
      "--min-coverage <SHARE>",
      "share of the predicted traffic that must be proven warm (default: as configured)",
      share,
    )
    .option(
      "--timeout <SECONDS>",
      "how long the answer may take, at most 3600 (default: as configured)",
      seconds,
    )
    .option("--fail-inconclusive", "also refuse when the question cannot be answered");
}

export function gateQuestion({
  minCoverage,
  timeout,
  failInconclusive,
}: GateOptions): Omit<GateQuestion, "color"> {
  return {
    ...(minCoverage !== undefined && { minCoverage }),
    ...(timeout !== undefined && { timeoutSeconds: timeout }),
    ...(failInconclusive === true && { failDeployment: true }),
  };
}

export function gateProgress({ color, progress }: Gate): string {
  return progress === undefined
    ? `gate            ${color}: opened`
    : `gate            ${color}: ${progress.warm} of ${progress.required} required prefixes proven, ${(100 * progress.coverage).toFixed(1)} % of the predicted traffic`;
}

function gateText({ color, openedAt, progress, answer }: Gate): string {
  const seconds = answer === undefined ? "?" : ((answer.at - openedAt) / 1000).toFixed(1);
  return [
    `gate            ${color} is ${answer?.result ?? "unknown"} after ${seconds} s`,
    ...(progress === undefined ? [] : [`coverage        ${(100 * progress.coverage).toFixed(1)} %`]),
    `because         ${answer?.reason ?? "no answer"}`,
  ].join("\n");
}

function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1))
    throw new InvalidArgumentError(`must be above 0 and at most 1, got ${shown(text)}`);
  return value;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= 1 && value <= MAX_GATE_MS / 1000))
    throw new InvalidArgumentError(
      `must be a whole number from 1 to ${MAX_GATE_MS / 1000}, got ${shown(text)}`,
    );
  return value;
}
