import type { WarmerConfig } from "../core/config.ts";
import type { CauseCode } from "../core/diagnosis.ts";
import { fillRate } from "../core/fill-cost/fill-rate.ts";
import { LONGEST_WINDOW_MS } from "../core/fill-cost/spike.ts";
import { unresolved, VERIFY_MS } from "../core/fill-cost/verify-resolved.ts";
import type { Incident } from "../core/incident.ts";
import { shown } from "../core/received.ts";
import { organicTotals } from "../core/usage/organic.ts";
import { Refused } from "./errors.ts";
import type {
  Clock,
  ControlStore,
  FillHistoryStore,
  IncidentStore,
  KnownEventStore,
  PrefixStore,
  UsageReader,
} from "./ports.ts";

export interface ClosePorts {
  readonly clock: Pick<Clock, "now">;
  readonly control: Pick<ControlStore, "read">;
  readonly prefixes: Pick<PrefixStore, "all">;
  readonly history: Pick<FillHistoryStore, "read">;
  readonly events: Pick<KnownEventStore, "between">;
  readonly usage: UsageReader;
  readonly incidents: Pick<IncidentStore, "get" | "put">;
}

/** How an incident ends, as an operator found it out. */
export interface CloseRequest {
  readonly id: string;
  readonly cause: CauseCode;
  readonly note: string;
  /** Who closes it, for the record. */
  readonly by: string;
}

/**
 * Closes an incident with its cause, once the last 15 minutes meet the step "verify" of the runbooks. What ended by
 * itself, or with a resume, is given its cause in the same way.
 *
 * @throws Refused with all that speaks against it, or if there is no such incident, or it has a cause already
 * @throws StateUnreadable if the table does not answer
 */
export async function closeIncident(
  ports: ClosePorts,
  config: WarmerConfig,
  { id, cause, note, by }: CloseRequest,
): Promise<Incident> {
  const now = ports.clock.now();
  const incident = await ports.incidents.get(id);
  if (incident === undefined) {
    throw new Refused(`there is no incident ${shown(id)}; \`warmer incidents\` lists their ids`);
  }
  if (incident.rootCause !== undefined) {
    throw new Refused(`incident ${id} was closed as ${incident.rootCause} already: ${incident.note ?? ""}`);
  }
  const reasons = await whatSpeaksAgainst(ports, config, incident, now);
  if (reasons.length > 0) {
    throw new Refused(
      `incident ${id} is not over yet:\n${reasons.map((reason) => `  - ${reason}`).join("\n")}`,
    );
  }
  const closed: Incident = {
    ...incident,
    ...(incident.closedAt === undefined && { closedAt: now, closedBy: by, closeReason: note }),
    rootCause: cause,
    note,
  };
  await ports.incidents.put(closed);
  return closed;
}

async function whatSpeaksAgainst(
  ports: ClosePorts,
  config: WarmerConfig,
  { openedAt, prefix }: Incident,
  now: number,
): Promise<string[]> {
  const [held, states, { history }, events, records] = await Promise.all([
    ports.control.read(),
    ports.prefixes.all(),
    ports.history.read(),
    ports.events.between(now - LONGEST_WINDOW_MS, now),
    ports.usage.between(now - VERIFY_MS, now),
  ]);
  if (held === undefined) throw new Refused("there is no control item; run `warmer init` first");
  const { control } = held;
  const own = prefix === undefined ? undefined : control.prefixes?.[prefix];
  const isHeld = own?.paused !== undefined || own?.throttled !== undefined;
  const facts = {
    openedAt,
    control,
    reading: fillRate(control, history, events, config, now).reading,
    states,
    organic: organicTotals(records),
    ...config.organic,
    now,
  };
  return [
    ...(isHeld ? [`${prefix} is paused or throttled by itself; resume it first`] : []),
    ...unresolved(facts),
  ];
}
