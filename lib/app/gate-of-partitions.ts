import type { WarmerConfig } from "../core/config.ts";
import { worst } from "../core/outcome.ts";
import type { Gate } from "../core/release/gate.ts";
import type { GateSettings } from "../core/release/gate-event.ts";
import { gateOfAll, type PartitionGate } from "../core/release/gate-of-partitions.ts";
import { Refused } from "./errors.ts";
import { type GateOpening, newestCandidate, type OpenGatePorts } from "./gate.ts";
import { type GateDesk, type GivenUp, gateDesk } from "./gate-desk.ts";
import { faultOf, type GateReport, type Opened } from "./gate-standing.ts";

/** One partition, as far as its gates are concerned. */
export interface GatedPartition {
  readonly config: WarmerConfig;
  readonly ports: OpenGatePorts;
}

interface Member {
  readonly partition: string;
  readonly config: WarmerConfig;
  readonly ports: OpenGatePorts;
  readonly desk: GateDesk;
}

/** The desk of a warmer, with partitions or without: a gate is one question to all of them. */
export function deskOf(partitions: readonly GatedPartition[]): GateDesk {
  const members = partitions.map(({ config, ports }) => ({
    partition: config.partition ?? "",
    config,
    ports,
    desk: gateDesk(ports, config),
  }));
  const [only] = members;
  if (only !== undefined && only.partition === "") return only.desk;
  return {
    open: (opening, settings) => openAll(members, opening, settings),
    tryToOpen: (opening, settings) => tryToOpenAll(members, opening, settings),
    look: async (id) => {
      const gates = await standingGates(members, id);
      return gates.length === 0 ? undefined : gateOfAll(gates);
    },
    giveUp: (gate, why) => giveUpAll(members, gate, why),
  };
}

/** Each partition's own gate of this id, as far as it was opened. */
async function standingGates(members: readonly Member[], id: string): Promise<PartitionGate[]> {
  const found = await Promise.all(members.map(({ desk }) => desk.look(id)));
  return members.flatMap(({ partition }, i) => {
    const gate = found[i];
    return gate === undefined ? [] : [{ partition, gate }];
  });
}

/** Nothing is opened before every partition is known to have something to warm for the color. */
async function openAll(
  members: readonly Member[],
  opening: GateOpening,
  settings: GateSettings,
): Promise<Gate> {
  const asked = await withColor(members, settings);
  for (const { partition, ports } of members) {
    if ((await ports.manifests.header(asked.color)) !== undefined) continue;
    throw new Refused(
      `the partition ${partition} has no manifest of ${asked.color}; publish the release there first (warmer publish --partition ${partition})`,
    );
  }
  const gates: PartitionGate[] = [];
  for (const { partition, desk } of members) {
    gates.push({ partition, gate: await desk.open(opening, asked) });
  }
  return gateOfAll(gates);
}

/** A partition whose gate cannot be opened is answered as inconclusive: the others must not wait for it. */
async function tryToOpenAll(
  members: readonly Member[],
  opening: GateOpening,
  settings: GateSettings,
): Promise<Opened> {
  const asked = await withColor(members, settings).catch(faultOf);
  if ("outcome" in asked) return { fault: asked };
  const opened = await Promise.all(
    members.map(async (member) => ({ member, opened: await member.desk.tryToOpen(opening, asked) })),
  );
  const faults = opened.flatMap(({ member: { partition }, opened: { fault } }) =>
    fault === undefined ? [] : [{ ...fault, message: `${partition}: ${fault.message}` }],
  );
  const fault = faults.length === 0 ? undefined : oneOf(faults);
  if (fault !== undefined && opened.every(({ opened: { gate } }) => gate === undefined)) return { fault };
  const gates = await Promise.all(
    opened.map(async ({ member, opened: { gate, fault: own } }) => ({
      partition: member.partition,
      gate: gate ?? (await answerWithoutProof(member, opening, asked, own?.message ?? "not opened")),
    })),
  );
  return { gate: gateOfAll(gates), ...(fault !== undefined && { fault }) };
}

/** Stored, so that the partition which answers last knows of it. */
async function answerWithoutProof(
  { config, ports }: Member,
  { id, by }: GateOpening,
  { color, minCoverage, failDeployment }: GateSettings & { readonly color: string },
  reason: string,
): Promise<Gate> {
  const at = ports.clock.now();
  const gate: Gate = {
    id,
    color,
    minCoverage: minCoverage ?? config.gate.minCoverage,
    failDeployment: failDeployment ?? config.gate.failDeployment,
    openedAt: at,
    openedBy: by,
    deadline: at,
    answer: { result: "inconclusive", reason, at },
  };
  // If this fails too, the others wait for an answer that does not come, and their own deadline ends it.
  await ports.gates.put(gate).catch(() => undefined);
  return gate;
}

async function giveUpAll(members: readonly Member[], gate: Gate | undefined, why: GivenUp): Promise<void> {
  const own = gate === undefined ? [] : await standingGates(members, gate.id);
  for (const { partition, desk } of members) {
    const open = own.find((one) => one.partition === partition && one.gate.answer === undefined);
    await desk.giveUp(open?.gate, why);
  }
}

async function withColor(members: readonly Member[], settings: GateSettings) {
  const { color } = settings;
  if (color !== undefined) return { ...settings, color };
  const [first] = members;
  return {
    ...settings,
    color: await newestCandidate(
      members.map(({ ports }) => ports),
      { colors: first?.config.colors ?? [] },
    ),
  };
}

function oneOf(faults: readonly GateReport[]): GateReport {
  const [first = "failed" as const, ...rest] = faults.map(({ outcome }) => outcome);
  return { outcome: worst(first, ...rest), message: faults.map(({ message }) => message).join("; ") };
}
