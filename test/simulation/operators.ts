import { requestDrill } from "../../lib/app/drill.ts";
import { flip } from "../../lib/app/flip.ts";
import { openGate } from "../../lib/app/gate.ts";
import { initWarmer } from "../../lib/app/init.ts";
import { pauseByOperator } from "../../lib/app/pause.ts";
import { resumeByOperator } from "../../lib/app/resume.ts";
import { retireColor } from "../../lib/app/retire.ts";
import { throttleByOperator } from "../../lib/app/throttle.ts";
import { MINUTE } from "../support/memory/world.ts";
import type { Day } from "./day.ts";

const ACT = { by: "ops", reason: "as planned" };

/** Refused, or the table did not answer: the operator goes on with something else. */
async function unlessRefused(day: Day, what: string, act: Promise<unknown>): Promise<Error | undefined> {
  try {
    await act;
    day.trace.add(day.now, `${what}: done`);
    return undefined;
  } catch (error) {
    const refusal = error instanceof Error ? error : new Error(String(error));
    day.trace.add(day.now, `${what}: ${refusal.message}`);
    return refusal;
  }
}

const portsOf = (day: Day) => day.world.ports(day.worker(), "operator");

export function pause(day: Day, prefix?: string): Promise<Error | undefined> {
  const act = { ...ACT, ...(prefix !== undefined && { prefix }) };
  return unlessRefused(day, "pause", pauseByOperator(portsOf(day), act, day.id("ops")));
}

export function throttle(day: Day, maxFillsPerMinute: number): Promise<Error | undefined> {
  return unlessRefused(
    day,
    "throttle",
    throttleByOperator(portsOf(day), { ...ACT, maxFillsPerMinute }, day.id("ops")),
  );
}

/** How an operator resumes. */
export interface Resuming {
  /** The generation that they saw. @default - the one of now */
  readonly saw?: number;
  readonly allowExtra?: number;
  readonly force?: boolean;
  readonly prefix?: string;
}

/** Resumes, and holds the answer against what the operator saw (I6). */
export async function resume(day: Day, { saw, ...how }: Resuming = {}): Promise<Error | undefined> {
  const generation = saw ?? day.control.generation;
  let before = day.control.generation;
  const ports = portsOf(day);
  const control = {
    read: async () => {
      const held = await ports.control.read();
      return held && { ...held, control: day.bug?.resume?.(held.control, generation) ?? held.control };
    },
    write: async (...args: Parameters<typeof ports.control.write>) => {
      before = day.control.generation;
      return ports.control.write(...args);
    },
  };
  const request = { ...ACT, ...how, generation };
  const refusal = await unlessRefused(
    day,
    "resume",
    resumeByOperator({ ...ports, control }, day.world.config, request, day.id("ops")),
  );
  if (refusal === undefined && before !== generation)
    day.broke({ invariant: "I6", what: "a resume was accepted that had not seen the last change" });
  if (refusal?.message.includes("has changed since")) day.effect("F26");
  if (refusal?.message.includes("the cause still holds")) day.effect("F27");
  return refusal;
}

/** As a release pipeline does it that asks nobody: it writes the parameter; the change event may be lost. */
export async function flipBlindly(day: Day, tellsWarmer: boolean): Promise<void> {
  const { world } = day;
  await world.liveColor.write(otherColor(day));
  day.trace.add(day.now, `live color ${world.liveColor.value}`);
  if (tellsWarmer) day.runs.deliver(world.changeEvent());
}

/** As `warmer flip` does it: the gate is asked first. */
export function flipThroughGate(day: Day): Promise<Error | undefined> {
  const ports = day.world.flipPorts();
  const request = { to: otherColor(day), timeoutSeconds: 120, waitMs: MINUTE };
  return unlessRefused(day, "flip", flip(ports, day.world.config, request));
}

/** A pipeline that asks whether the other color is warm. */
export function askGate(day: Day): Promise<Error | undefined> {
  const { world } = day;
  const start = async (event: unknown) => day.runs.deliver(event);
  const ports = { ...portsOf(day), events: world.events, warm: { start } };
  const request = { color: otherColor(day), minCoverage: 1, timeoutMs: 2 * MINUTE, failDeployment: false };
  return unlessRefused(
    day,
    "gate",
    openGate(ports, world.config, request, { id: day.id("gate"), by: "pipeline" }),
  );
}

export function retire(day: Day): Promise<Error | undefined> {
  return unlessRefused(
    day,
    "retire",
    retireColor(portsOf(day), day.world.config, otherColor(day), day.id("ops")),
  );
}

export function drill(day: Day): Promise<Error | undefined> {
  return unlessRefused(day, "drill", requestDrill(portsOf(day), day.id("ops")));
}

/** `warmer init` once more, with another color. */
export async function initAgain(day: Day): Promise<void> {
  const { world } = day;
  const ports = { ...portsOf(day), liveColor: world.liveColor };
  const refusal = await unlessRefused(day, "init", initWarmer(ports, "canary", day.id("ops")));
  if (refusal === undefined) day.effect("F38");
}

export function otherColor(day: Day): string {
  return day.releases.liveColor === "green" ? "blue" : "green";
}
