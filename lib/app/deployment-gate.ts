import { shown } from "../core/received.ts";
import { type Gate, letsPass } from "../core/release/gate.ts";
import { type GateEvent, type GateSettings, parseGateEvent } from "../core/release/gate-event.ts";
import { CallbackFailed, Refused } from "./errors.ts";
import type { OpenGatePorts } from "./gate.ts";
import { type GateDesk, gateDesk } from "./gate-desk.ts";
import { faultOf, type GateConfig, type GateReport } from "./gate-standing.ts";
import type { Clock, GateCallbacks } from "./ports.ts";

export interface DeploymentGatePorts extends OpenGatePorts {
  readonly callbacks: GateCallbacks;
}

/** What a run needs beside the gates themselves. */
export interface DeskPorts {
  readonly clock: Clock;
  readonly desk: GateDesk;
  readonly callbacks: GateCallbacks;
}

/** One run of the gate function. */
export interface GateInvocation {
  /** Of this invocation alone. */
  readonly id: string;
  /** What the stack says about CodeDeploy's gates, since their events say nothing. */
  readonly codeDeploy: GateSettings;
}

/** What a run came to: its report, and what the caller gets; without a reply the run ends as an error. */
export interface GateRun {
  readonly report: GateReport;
  readonly reply?: GateReply;
}

export type GateReply =
  | (Gate & { readonly passes?: boolean })
  | { readonly refused: string }
  | { readonly hookStatus: "SUCCEEDED" | "FAILED" }
  | { readonly hookStatus: "IN_PROGRESS"; readonly callBackDelay: number };

/**
 * Seconds until ECS looks again; it takes 30 if nothing is said. A small release is warm 5 to 8 s after its gate was
 * opened (a fill, 2 s, a read), and a look costs three reads of the table.
 */
const LOOK_AGAIN_S = 10;

/** The tick after a deadline comes within a minute and seldom takes half of one; then nobody is at work any more. */
const ANSWER_GRACE_MS = 90_000;

/**
 * Answers whoever asks the gate function: opens the gate, or says how it stands. The warm cycle finds the answers;
 * this only passes them on. What keeps it from opening a gate is `inconclusive` by its own fault: the release goes on
 * unless it is told otherwise, and people hear of it.
 */
export function runGate(
  ports: DeploymentGatePorts,
  config: GateConfig,
  event: unknown,
  run: GateInvocation,
): Promise<GateRun> {
  return runGateAt({ ...ports, desk: gateDesk(ports, config) }, config, event, run);
}

/** The same at any desk: that of one state, or of several partitions. */
export async function runGateAt(
  ports: DeskPorts,
  config: Pick<GateConfig, "gate">,
  event: unknown,
  run: GateInvocation,
): Promise<GateRun> {
  const asked = parseGateEvent(event);
  switch (asked.kind) {
    case "bad":
      return { report: { outcome: "bad_event", message: asked.message } };
    case "codedeploy":
      return forCodeDeploy(ports, config, asked, run.codeDeploy);
    case "bad_ecs":
      return goOn(ports, config, asked.settings, run, { outcome: "bad_event", message: asked.message });
    case "ecs":
      return forEcs(ports, config, asked, run);
    default:
      return forCaller(ports, asked, run);
  }
}

/** CodeDeploy waits for a callback, not for this run: the tick that answers the gate makes it. */
async function forCodeDeploy(
  ports: DeskPorts,
  config: Pick<GateConfig, "gate">,
  { id, by, callback }: Extract<GateEvent, { kind: "codedeploy" }>,
  settings: GateSettings,
): Promise<GateRun> {
  const { gate, fault } = await ports.desk.tryToOpen({ id, by, callback }, settings);
  if (gate !== undefined) {
    if (fault === undefined) return { report: seen(gate), reply: asReply(gate) };
    // Without a reply, so that it is heard of; the tick's proof is worth more than an answer now.
    return { report: { ...fault, message: `${fault.message}; the gate ${id} is open, the tick answers it` } };
  }
  const passes = !failsDeployment(config, settings);
  const message = `${fault.message}; ${by} ${passes ? "goes on without proof" : "is stopped"}`;
  try {
    await ports.callbacks.tell(callback, passes);
    return { report: { outcome: fault.outcome, message } };
  } catch (error) {
    if (!(error instanceof CallbackFailed)) throw error;
    return {
      report: {
        outcome: "callback_failed",
        message: `${error.message}; no gate was opened: ${fault.message}`,
      },
    };
  }
}

/** ECS asks again and again, and takes an error for a failed release: every look must end as a reply. */
async function forEcs(
  ports: DeskPorts,
  config: Pick<GateConfig, "gate">,
  { id, by, settings }: Extract<GateEvent, { kind: "ecs" }>,
  run: GateInvocation,
): Promise<GateRun> {
  const { gate, fault } = await ports.desk.tryToOpen({ id, by }, settings);
  if (gate === undefined) return goOn(ports, config, settings, run, fault);
  if (gate.answer !== undefined) return { report: fault ?? seen(gate), reply: hookReply(letsPass(gate)) };
  const now = ports.clock.now();
  if (now < gate.deadline + ANSWER_GRACE_MS) {
    const reply = { hookStatus: "IN_PROGRESS", callBackDelay: LOOK_AGAIN_S } as const;
    return { report: fault ?? seen(gate), reply };
  }
  const report = {
    outcome: "gate_unanswered",
    message: `the gate ${id} on ${gate.color} ended at ${new Date(gate.deadline).toISOString()}; the warm function gave no answer`,
  } as const;
  return goOn(ports, config, gate, run, report, gate);
}

/** Whoever invokes the function gets the gate itself, and a refusal as one: the CLI tells it from a fault. */
async function forCaller(
  { desk }: DeskPorts,
  asked: Extract<GateEvent, { kind: "open" | "look" }>,
  run: GateInvocation,
): Promise<GateRun> {
  try {
    const gate =
      asked.kind === "look"
        ? await desk.look(asked.id)
        : await desk.open({ id: asked.id ?? `gate-${run.id}`, by: "invocation" }, asked.settings);
    if (gate === undefined)
      throw new Refused(`there is no gate ${shown(asked.id)}; leave the id out to open one`);
    return { report: seen(gate), reply: asReply(gate) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { report: faultOf(error), reply: { refused: error.message } };
  }
}

/** Lets ECS go on, or stops it, without proof; an error is no way to be heard here, so the news are. */
async function goOn(
  ports: DeskPorts,
  config: Pick<GateConfig, "gate">,
  settings: GateSettings,
  run: GateInvocation,
  report: GateReport,
  gate?: Gate,
): Promise<GateRun> {
  const passes = !failsDeployment(config, settings);
  const message = `${report.message}; the release ${passes ? "goes on without proof" : "is stopped"}`;
  const why = { message, reason: report.message, at: ports.clock.now(), runId: run.id };
  const isTold = await ports.desk.giveUp(gate, why).then(
    () => true,
    () => false,
  );
  return {
    report: { ...report, message: isTold ? message : `${message}; this line is all that tells of it` },
    reply: hookReply(passes),
  };
}

function failsDeployment(config: Pick<GateConfig, "gate">, { failDeployment }: GateSettings): boolean {
  return failDeployment ?? config.gate.failDeployment;
}

function hookReply(passes: boolean) {
  return { hookStatus: passes ? "SUCCEEDED" : "FAILED" } as const;
}

function asReply(gate: Gate): GateReply {
  return gate.answer === undefined ? gate : { ...gate, passes: letsPass(gate) };
}

function seen({ id, color, answer, progress, deadline }: Gate): GateReport {
  if (answer !== undefined)
    return { outcome: "gate_answered", message: `${id} on ${color}: ${answer.result}, ${answer.reason}` };
  const far = progress === undefined ? "" : `, ${progress.warm} of ${progress.required} warm`;
  return {
    outcome: "gate_open",
    message: `${id} on ${color} is open until ${new Date(deadline).toISOString()}${far}`,
  };
}
