import type { WarmerConfig } from "../core/config.ts";
import type { Control } from "../core/control.ts";
import { isAllowed } from "../core/control-state.ts";
import { eventId } from "../core/known-event.ts";
import { type ManifestEntry, type ManifestHeader, needOf } from "../core/manifest.ts";
import type { MicroUsd } from "../core/money.ts";
import {
  type Gate,
  type GateCallback,
  type GateRequest,
  gateIdFault,
  gateRequestFault,
} from "../core/release/gate.ts";
import { addGate } from "../core/release/serving.ts";
import { GATE_SOURCE } from "../core/trigger.ts";
import { ControlSession } from "./control-session.ts";
import { ManifestDamaged, Refused } from "./errors.ts";
import type {
  Clock,
  ControlStore,
  GateStore,
  KnownEventStore,
  LiveColorParameter,
  ManifestStore,
  WarmSoon,
} from "./ports.ts";

export interface OpenGatePorts {
  readonly clock: Clock;
  readonly control: ControlStore;
  readonly gates: GateStore;
  readonly liveColor: LiveColorParameter;
  readonly manifests: Pick<ManifestStore, "header" | "entries">;
  readonly events: KnownEventStore;
  readonly warm: WarmSoon;
}

/** Who asks, and under which id: the same question asked twice is one gate. */
export interface GateOpening {
  readonly id: string;
  readonly by: string;
  readonly callback?: GateCallback;
}

/**
 * Opens a gate before a color and has the warm cycle begin at once. Asking again under the same id gives the gate
 * as it stands, whatever is asked for, and nothing is spent twice.
 *
 * @throws Refused if the id or the color is none, the color has no manifest, or another color's gate is open
 * @throws ManifestDamaged if the color's manifest does not match its digest; no gate is open then
 */
export async function openGate(
  ports: OpenGatePorts,
  config: Pick<WarmerConfig, "colors" | "concurrency">,
  request: GateRequest,
  { id, by, callback }: GateOpening,
): Promise<Gate> {
  const fault = gateIdFault(id) ?? gateRequestFault(request, config.colors);
  if (fault !== undefined) throw new Refused(fault);
  const known = await ports.gates.get(id);
  if (known?.answer !== undefined) return known;
  const { timeoutMs, minCoverage, failDeployment } = request;
  const { color } = known ?? request;
  const header = await ports.manifests.header(color);
  if (header === undefined || header.prefixes === 0) {
    throw new Refused(
      `${color} has no manifest; run \`warmer publish --color ${color} --release ID prompts/…\` first`,
    );
  }
  const entries = await ports.manifests.entries(header);
  const held = await ports.control.read();
  if (held === undefined) throw new Refused("there is no control item yet; run `warmer init` first");

  const now = ports.clock.now();
  const gate: Gate = known ?? {
    id,
    color,
    minCoverage,
    failDeployment,
    openedAt: now,
    openedBy: by,
    deadline: now + timeoutMs,
    ...(callback !== undefined && { callback }),
  };
  const named = (control: Control): Control => {
    const next = addGate(control, color, id, gate.deadline, now);
    if (!isAllowed(next)) throw new Refused(next.notAllowed);
    return next;
  };
  // What is refused leaves no item behind.
  named(held.control);
  // The item first: the warm cycle may look for it as soon as the control item names it.
  if (known === undefined) await ports.gates.put(gate);
  const expectedCost = firstHourOf(entries, config.concurrency);
  await ports.events.put({
    id: eventId(gate.openedAt, "gate", color, header.digest.slice(0, 12)),
    kind: "gate",
    from: gate.openedAt,
    to: gate.deadline,
    ...(expectedCost !== undefined && { expectedCost }),
    color,
    release: header.release,
    by,
    note: `a gate on ${color}`,
  });
  await new ControlSession(ports.control, `gate.${id}.${now}`, held).change(named);
  await ports.warm.start({ source: GATE_SOURCE, id: `gate ${id}`, time: new Date(now).toISOString() });
  return gate;
}

/** A model without a price is the gate's matter: it finds that prefix cold. */
function firstHourOf(entries: readonly ManifestEntry[], concurrency: number): MicroUsd | undefined {
  try {
    return needOf(entries, concurrency).firstHour;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/**
 * The color that a hook means that names none: the one that was published last, beside the live one.
 *
 * @param ports of each partition, if there are several: it is one color for all
 * @throws Refused if no other color has a manifest
 */
export async function newestCandidate(
  ports: readonly Pick<OpenGatePorts, "liveColor" | "manifests">[],
  { colors }: Pick<WarmerConfig, "colors">,
): Promise<string> {
  const candidates = await Promise.all(ports.map((one) => candidatesOf(one, colors)));
  const [newest] = candidates.flat().sort((a, b) => b.publishedAt - a.publishedAt);
  if (newest === undefined) {
    throw new Refused(
      "no color beside the live one has a manifest; publish the release before it is deployed",
    );
  }
  return newest.color;
}

async function candidatesOf(
  ports: Pick<OpenGatePorts, "liveColor" | "manifests">,
  colors: readonly string[],
): Promise<ManifestHeader[]> {
  const live = await ports.liveColor.read();
  const others = colors.filter((color) => color !== live?.value);
  const headers = await Promise.all(
    others.map((color) =>
      ports.manifests.header(color).catch((error: unknown) => {
        if (error instanceof ManifestDamaged) return undefined;
        throw error;
      }),
    ),
  );
  return headers.filter((header) => header !== undefined);
}
