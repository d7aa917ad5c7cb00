import type { Control } from "../core/control.ts";
import { baselineOf } from "../core/fill-cost/baseline.ts";
import { finishedHours, firstOpenHour, forgetHours, HOUR_MS } from "../core/fill-cost/closed-hours.ts";
import { avoidedCost } from "../core/fill-cost/economics.ts";
import { addHour, type FillHistory, type Normal } from "../core/fill-cost/fill-history.ts";
import { liveFillCost } from "../core/fill-cost/spike-settings.ts";
import type { KnownEvent } from "../core/known-event.ts";
import type { PrefixState } from "../core/prefix-state.ts";
import type { ControlSession } from "./control-session.ts";
import type { FillHistoryStore, PrefixStore, UsageReader } from "./ports.ts";

export interface HistoryPorts {
  readonly history: FillHistoryStore;
  readonly prefixes: Pick<PrefixStore, "all">;
  readonly usage: UsageReader;
}

/** Usage records expire after eight days; older hours saved what nobody can say any more. */
const USAGE_KEPT_HOURS = 7 * 24;

/**
 * Once an hour: puts the hours that are over into the history, with what they saved, and computes what is normal. When
 * another manifest goes live, what it costs to fill is looked up again.
 *
 * A run that dies in between is made good by the next one: an hour that is added twice counts once, and the ledger
 * forgets an hour only when the history has it.
 *
 * @param events known events of the last seven days; `undefined` if they cannot be read: the baseline stays as it was
 * @returns the history as it is stored now
 */
export async function keepHistory(
  ports: HistoryPorts,
  session: ControlSession,
  history: FillHistory,
  events: readonly KnownEvent[] | undefined,
  now: number,
): Promise<FillHistory> {
  const { control } = session;
  const open = firstOpenHour(now);
  const isHourly = history.normal?.hour !== open;
  if (!isHourly && history.normal?.live?.digest === control.serving?.digest) return history;
  const states = await ports.prefixes.all();
  const hours = isHourly ? await withFinishedHours(ports.usage, history, control, states, now) : history;
  const normal: Normal = {
    hour: open,
    baseline:
      history.normal !== undefined && (events === undefined || !isHourly)
        ? history.normal.baseline
        : baselineOf(hours.hours, events ?? [], control.createdAt, open * HOUR_MS),
    ...(control.serving !== undefined && { live: liveFillCost(states, control.serving.digest, now) }),
  };
  const next: FillHistory = { ...hours, normal };
  await ports.history.write(next);
  if (isHourly) {
    await session.change((current) => {
      const ledger = forgetHours(current.ledger, open);
      return ledger === current.ledger ? current : { ...current, ledger };
    });
  }
  return next;
}

async function withFinishedHours(
  usage: UsageReader,
  history: FillHistory,
  { ledger }: Control,
  states: readonly PrefixState[],
  now: number,
): Promise<FillHistory> {
  const ttls = new Map(states.map((state) => [state.fingerprint, state.grantedTtl ?? state.ttl]));
  let next = history;
  for (const { hour, fillCost, spent } of finishedHours(ledger, lastKnown(history), now)) {
    const from = hour * HOUR_MS;
    const isRecorded = hour >= firstOpenHour(now) - USAGE_KEPT_HOURS;
    const records = isRecorded ? await usage.between(from, from + HOUR_MS) : [];
    const saved = avoidedCost(records, (fingerprint) => ttls.get(fingerprint));
    next = addHour(next, { hour, fillCost, spend: spent, ...saved });
  }
  return next;
}

/** The hour from which on nothing can be missing. What was found to be damaged may have hidden any hour before it. */
function lastKnown({ hours, problem }: FillHistory): number | undefined {
  const newest = hours.at(-1)?.hour;
  if (problem === undefined) return newest;
  return Math.max(newest ?? 0, Math.floor(problem.at / HOUR_MS) - 1);
}
