import type { WarmerConfig } from "../core/config.ts";
import type { Control } from "../core/control.ts";
import type { DeployedVersion } from "../core/deployed.ts";
import { HOUR_MS } from "../core/fill-cost/closed-hours.ts";
import { netSaving } from "../core/fill-cost/economics.ts";
import type { FillHistory } from "../core/fill-cost/fill-history.ts";
import { notAhead } from "../core/fill-cost/fill-minutes.ts";
import { type FillRate, fillRate } from "../core/fill-cost/fill-rate.ts";
import { LONGEST_WINDOW_MS } from "../core/fill-cost/spike.ts";
import { watchSpike } from "../core/fill-cost/spike-watch.ts";
import { spikeIncidentId } from "../core/incident.ts";
import { type KnownEvent, LONGEST_EVENT_MS } from "../core/known-event.ts";
import type { MetricPoint } from "../core/metrics.ts";
import { toUsd } from "../core/money.ts";
import { markObserved } from "./automatic-marks.ts";
import type { ControlSession } from "./control-session.ts";
import { StateUnreadable } from "./errors.ts";
import { type HistoryPorts, keepHistory } from "./keep-history.ts";
import type { IncidentStore, KnownEventStore } from "./ports.ts";

export interface FillCostPorts extends HistoryPorts {
  readonly events: KnownEventStore;
  readonly incidents: IncidentStore;
  /** What this function runs on. */
  readonly version: DeployedVersion;
}

/** What the monitor made of fill cost in one minute. */
export interface FillCostWatch extends FillRate {
  readonly points: readonly MetricPoint[];
  readonly history: FillHistory;
  /** What was damaged, or does not fit together; for people. */
  readonly problems: readonly string[];
}

/**
 * Every minute: reads the rate of fill cost against what is normal, and watches whether a spike begins, rises or ends.
 * Nothing that is damaged here silences a gauge: it is left out, and told.
 *
 * @throws StateUnreadable if the table does not answer
 */
export async function watchFillCost(
  ports: FillCostPorts,
  config: WarmerConfig,
  session: ControlSession,
  now: number,
): Promise<FillCostWatch> {
  const read = await ports.history.read();
  const problems = [...read.problems];
  if (session.control.ledger.minutes !== notAhead(session.control.ledger.minutes, now)) {
    problems.push("touches were settled by a clock that runs ahead; they count as of now");
    await session.change((control) => withoutFuture(control, now));
  }
  const damage = read.problems.length === 0 ? {} : { problem: { at: now, text: read.problems.join("; ") } };
  const events = await knownEvents(ports, session, now, problems);
  const kept = await keepHistory(ports, session, { ...read.history, ...damage }, events, now);
  const touching = (events ?? []).filter(({ from, to }) => from <= now && to >= now - LONGEST_WINDOW_MS);
  const rate = fillRate(session.control, kept, touching, config, now);
  const history = await watched(ports, kept, session.control, rate, now);
  const saving = netSaving(history, session.control.createdAt, now);
  return {
    ...rate,
    history,
    problems: [...problems, ...clockProblems(session.control, history, now)],
    points: [
      { name: "FillRate", value: toUsd(rate.reading.rate) },
      ...(rate.reading.ratio === undefined
        ? []
        : [{ name: "SpikeRatio" as const, value: rate.reading.ratio }]),
      ...(saving === undefined ? [] : [{ name: "NetSaving" as const, value: toUsd(saving) }]),
    ],
  };
}

function withoutFuture(control: Control, now: number): Control {
  const minutes = notAhead(control.ledger.minutes, now);
  return minutes === control.ledger.minutes
    ? control
    : { ...control, ledger: { ...control.ledger, minutes } };
}

/** Hours that are not over: somebody's clock ran ahead. Their money is safe, and they count when their time has come. */
function clockProblems({ ledger }: Control, { hours }: FillHistory, now: number): string[] {
  const hour = Math.floor(now / HOUR_MS);
  return [
    // A clock may be some seconds ahead when an hour begins.
    ...(ledger.hour.key > hour + 1 ? ["the ledger's hour lies ahead of this clock"] : []),
    ...((hours.at(-1)?.hour ?? 0) >= hour ? ["the history holds hours that are not over"] : []),
  ];
}

/** Events that cannot be read explain nothing: rather an alarm too many than a silence. */
async function knownEvents(
  { events, version }: FillCostPorts,
  session: ControlSession,
  now: number,
  problems: string[],
): Promise<KnownEvent[] | undefined> {
  try {
    const known = await events.between(now - LONGEST_EVENT_MS, now);
    const reversed = known.filter(({ from, to }) => to < from).map(({ id }) => id);
    if (reversed.length > 0) problems.push(`marks that end before they begin: ${reversed.join(", ")}`);
    const written = await markObserved(events, session, version, known, now);
    return [...known.filter(({ id }) => !written.some((event) => event.id === id)), ...written];
  } catch (error) {
    if (!(error instanceof StateUnreadable)) throw error;
    problems.push(`known events explain nothing: ${error.message}`);
    return undefined;
  }
}

/** Follows a spike. The incident is marked calm before it is forgotten, and remembered before it is told. */
async function watched(
  { history: store, incidents }: FillCostPorts,
  history: FillHistory,
  { generation }: Control,
  { reading }: FillRate,
  now: number,
): Promise<FillHistory> {
  const { watch: stored, ...rest } = history;
  const incident = stored === undefined ? undefined : await incidents.get(stored.incident);
  // What an operator has closed is over: the next spike is another one.
  const before = incident?.closedAt === undefined ? stored : undefined;
  const { watch, change } = watchSpike(before, reading.level, spikeIncidentId(generation, now), now);
  if (watch === stored) return history;
  if (change === "calmed" && incident !== undefined) await incidents.put({ ...incident, calmAt: now });
  const next: FillHistory = watch === undefined ? rest : { ...rest, watch };
  await store.write(next);
  return next;
}
