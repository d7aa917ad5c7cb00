import { openGate } from "../../../lib/app/gate.ts";
import { type MonitorReport, monitorCycle } from "../../../lib/app/monitor-cycle.ts";
import { pauseByOperator } from "../../../lib/app/pause.ts";
import { resumeByOperator } from "../../../lib/app/resume.ts";
import { retireColor } from "../../../lib/app/retire.ts";
import type { WarmReport } from "../../../lib/app/warm-cycle.ts";
import type { Control } from "../../../lib/core/control.ts";
import type { Gate, GateCallback, GateRequest } from "../../../lib/core/release/gate.ts";
import { writtenTokens } from "../../../lib/core/usage.ts";
import { Worker } from "./scheduler.ts";
import { type MemoryWorld, MINUTE, type RunOptions } from "./world.ts";

/** What a pipeline asks; what is left out holds for these tests. */
export interface Asked extends Partial<GateRequest> {
  readonly id?: string;
  readonly callback?: GateCallback;
  /** Of the run that the gate asks for. */
  readonly run?: RunOptions;
}

/** A gate that was opened, and the run that works on it at once. */
export interface Opened {
  readonly gate: Gate;
  readonly run: Promise<WarmReport | "killed" | "none">;
}

/** Begins to open a gate on green, inside of work that the scheduler runs. */
export async function opening(world: MemoryWorld, asked: Asked = {}): Promise<Opened> {
  const { id = "gate-1", callback, run: options = {}, ...request } = asked;
  const started: Promise<WarmReport | "killed">[] = [];
  const start = async (event: unknown) => {
    started.push(world.run(event, options));
  };
  const ports = { ...world.ports(new Worker(world.scheduler)), events: world.events, warm: { start } };
  const full = { color: "green", minCoverage: 1, timeoutMs: 5 * MINUTE, failDeployment: false, ...request };
  const by = { id, by: "test", ...(callback !== undefined && { callback }) };
  const gate = await openGate(ports, world.config, full, by);
  return { gate, run: started[0] ?? Promise.resolve("none" as const) };
}

/** Opens a gate on green, and lets the run end that it asks for. */
export async function ask(world: MemoryWorld, asked: Asked = {}): Promise<Gate> {
  const { gate, run } = await world.scheduler.until(opening(world, asked));
  await world.scheduler.until(run);
  return gateOf(world, gate.id);
}

/** The gate as it stands. @throws Error if there is none */
export async function gateOf(world: MemoryWorld, id = "gate-1"): Promise<Gate> {
  const gate = await world.gates.get(id);
  if (gate === undefined) throw new Error(`there is no gate ${id}`);
  return gate;
}

export function retire(world: MemoryWorld, color: string): Promise<Control> {
  const ports = { control: world.control, liveColor: world.liveColor };
  return retireColor(ports, world.config, color, `retire-${color}-${world.now}`);
}

export function pause(world: MemoryWorld, prefix?: string): Promise<Control> {
  const ports = world.ports(new Worker(world.scheduler));
  const act = { by: "ops", reason: "looking", ...(prefix !== undefined && { prefix }) };
  return world.scheduler.until(pauseByOperator(ports, act, `pause-${world.now}`));
}

export function resume(world: MemoryWorld, prefix?: string): Promise<Control> {
  const ports = world.ports(new Worker(world.scheduler));
  const { generation } = world.control.control;
  const act = { by: "ops", reason: "looked", generation, ...(prefix !== undefined && { prefix }) };
  return world.scheduler.until(resumeByOperator(ports, world.config, act, `resume-${world.now}`));
}

/** Begins a round of the monitor, inside of work that the scheduler runs. */
export function monitoring(world: MemoryWorld): Promise<MonitorReport> {
  monitors += 1;
  return monitorCycle(
    world.monitorPorts(new Worker(world.scheduler)),
    world.config,
    `monitoring-${monitors}`,
  );
}

let monitors = 0;

/** A touch that reached the provider, told by the words of its prompt. */
export interface Touch {
  readonly at: number;
  readonly words: string;
  readonly fill: boolean;
}

/** Writes down every touch from now on. The list grows while the world goes on. */
export function watch(world: MemoryWorld): Touch[] {
  const touches: Touch[] = [];
  const { provider } = world;
  const answer = provider.answer.bind(provider);
  provider.answer = (request) => {
    const answered = answer(request);
    const [, words] = /for the (.+?) desk/.exec(String(request.body)) ?? [];
    const logged = provider.log.at(-1);
    if (logged?.endpoint === "messages" && words !== undefined) {
      const fill = logged.usage !== undefined && writtenTokens(logged.usage) > 0;
      touches.push({ at: logged.at, words, fill });
    }
    return answered;
  };
  return touches;
}

/** `fill` or `read` of each touch of prompts with these words, in order. */
export function kindsOf(touches: readonly Touch[], words: string, since = 0): string[] {
  return touches
    .filter((touch) => touch.words === words && touch.at >= since)
    .map(({ fill }) => (fill ? "fill" : "read"));
}

/** Subjects of what people heard of flips, without the service's name; each as often as it was sent. */
export function notices(world: MemoryWorld): string[] {
  return world.notifier.heard
    .filter(({ subject }) => subject.includes("live color"))
    .map(({ subject }) => subject.slice(subject.indexOf("live color")));
}

/** What people heard of the flip with this version of the parameter. @throws Error unless that was one notice */
export function isToldOf(world: MemoryWorld, version: number) {
  const [notice, ...more] = world.notifier.heard.filter(({ message }) =>
    message.includes(`parameter version ${version})`),
  );
  if (notice === undefined || more.length > 0)
    throw new Error(`${more.length} notices of version ${version} too many`);
  return notice;
}
