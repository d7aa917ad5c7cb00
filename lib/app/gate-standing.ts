import type { WarmerConfig } from "../core/config.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Gate, GateRequest } from "../core/release/gate.ts";
import type { GateSettings } from "../core/release/gate-event.ts";
import { ManifestDamaged, Refused, StateUnreadable, TargetUnreadable } from "./errors.ts";
import { type GateOpening, newestCandidate, type OpenGatePorts, openGate } from "./gate.ts";

export type GateConfig = Pick<WarmerConfig, "colors" | "concurrency" | "gate">;

/** How a run of the gate function ended. */
export interface GateReport {
  readonly outcome: Outcome;
  readonly message: string;
}

/**
 * The gate as it stands, or as it is opened now. Asked again, it goes on where an opening broke off.
 *
 * @throws Refused as `openGate` does
 */
export async function standing(
  ports: OpenGatePorts,
  config: GateConfig,
  opening: GateOpening,
  settings: GateSettings,
): Promise<Gate> {
  const known = await ports.gates.get(opening.id);
  if (known === undefined) {
    return openGate(ports, config, await requestOf(ports, config, settings), opening);
  }
  const isOver = known.answer !== undefined || ports.clock.now() >= known.deadline;
  if (isOver || (await isNamed(ports, opening.id))) return known;
  // Whoever opened it died between the two writes. Its color stands: another may have been published since.
  const { color, minCoverage, failDeployment, openedAt, deadline } = known;
  const request = { color, minCoverage, failDeployment, timeoutMs: deadline - openedAt };
  return openGate(ports, config, request, opening);
}

export type Opened =
  | { readonly gate: Gate; readonly fault?: GateReport }
  | { readonly gate?: undefined; readonly fault: GateReport };

/** A fault after the gate was written leaves it to the warm cycle: it must not be answered without proof then. */
export async function tryToOpen(
  ports: OpenGatePorts,
  config: GateConfig,
  opening: GateOpening,
  settings: GateSettings,
): Promise<Opened> {
  try {
    return { gate: await standing(ports, config, opening, settings) };
  } catch (error) {
    const fault = faultOf(error);
    const gate = await openNow(ports, opening.id).catch(() => undefined);
    return gate === undefined ? { fault } : { gate, fault };
  }
}

/** The gate, if the warm cycle works on it. */
async function openNow(ports: OpenGatePorts, id: string): Promise<Gate | undefined> {
  return (await isNamed(ports, id)) ? ports.gates.get(id) : undefined;
}

/** Whether the warm cycle knows of the gate. */
async function isNamed({ control }: OpenGatePorts, id: string): Promise<boolean> {
  const held = await control.read();
  return held?.control.candidate?.gates.includes(id) === true;
}

async function requestOf(
  ports: OpenGatePorts,
  config: GateConfig,
  { color, minCoverage, timeoutSeconds, failDeployment }: GateSettings,
): Promise<GateRequest> {
  return {
    color: color ?? (await newestCandidate([ports], config)),
    minCoverage: minCoverage ?? config.gate.minCoverage,
    timeoutMs: timeoutSeconds === undefined ? config.gate.timeoutMs : timeoutSeconds * 1000,
    failDeployment: failDeployment ?? config.gate.failDeployment,
  };
}

/** What kept a gate from being opened, in words that quote nothing. */
export function faultOf(error: unknown): GateReport {
  if (error instanceof Refused) return { outcome: "gate_refused", message: error.message };
  if (error instanceof StateUnreadable) return { outcome: "state_unreadable", message: error.message };
  if (error instanceof TargetUnreadable) return { outcome: "target_unreadable", message: error.message };
  if (error instanceof ManifestDamaged) return { outcome: "manifest_damaged", message: error.message };
  // Its message may quote what it was about.
  return {
    outcome: "failed",
    message: `an unexpected ${error instanceof Error ? error.name : typeof error}`,
  };
}
