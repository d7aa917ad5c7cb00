import { applicationUse, costOf, type Evidence, fillsSince } from "../core/causes/evidence.ts";
import { candidatesOf } from "../core/causes/rules.ts";
import type { WarmerConfig } from "../core/config.ts";
import type { Control } from "../core/control.ts";
import type { Diagnosis } from "../core/diagnosis.ts";
import { MINUTE_MS, NEVER } from "../core/due.ts";
import { liveFillCost } from "../core/fill-cost/spike-settings.ts";
import { StateUnreadable } from "./errors.ts";
import type { ControlStore, KnownEventStore, PrefixStore, UsageReader } from "./ports.ts";

export interface DiagnosePorts {
  readonly control: Pick<ControlStore, "read">;
  readonly prefixes: Pick<PrefixStore, "all">;
  readonly events: Pick<KnownEventStore, "between">;
  readonly usage: UsageReader;
}

/** The longest window of a level, and the minute that is under way. */
const WINDOW_MINUTES = 16;

/** What ended shortly before may be what the first fills answered to. */
const EVENTS_BEFORE_MS = 60 * MINUTE_MS;

/**
 * Which patterns the fill cost of the last quarter of an hour matches, from state alone. Reads every prefix item, so it
 * runs when somebody asks or a level fires, not every minute.
 *
 * @param now ms since the epoch
 * @throws StateUnreadable if the table does not answer, was written by a newer version, or before `warmer init`
 */
export async function diagnose(
  ports: DiagnosePorts,
  { expected }: Pick<WarmerConfig, "expected">,
  now: number,
): Promise<Diagnosis> {
  const from = (Math.floor(now / MINUTE_MS) + 1 - WINDOW_MINUTES) * MINUTE_MS;
  const [held, states, events, records] = await Promise.all([
    ports.control.read(),
    ports.prefixes.all(),
    ports.events.between(from - EVENTS_BEFORE_MS, now),
    ports.usage.between(from, now),
  ]);
  if (held === undefined) throw new StateUnreadable("there is no control item; run `warmer init`");
  const { control } = held;
  const minutes = control.ledger.minutes.filter(({ minute }) => minute * MINUTE_MS >= from);
  const sum = (field: "fillCost" | "fills" | "unexpected" | "failed") =>
    minutes.reduce((total, minute) => total + minute[field], 0);
  const fills = fillsSince(states, from);
  const evidence: Evidence = {
    from,
    now,
    fills,
    cost: costOf(fills),
    failures: minutes.map(({ minute, failed }) => ({ at: minute * MINUTE_MS, failed })),
    live: states.filter((state) => state.dueAt !== NEVER && state.beside !== true),
    liveCost: liveFillCost(states, "", now).all,
    expectedPrefixes: expected.prefixes,
    events,
    ...recentChanges(control, from),
    application: applicationUse(records, states),
  };
  return {
    from,
    to: now,
    fillCost: sum("fillCost"),
    fills: sum("fills"),
    unexpected: sum("unexpected"),
    failed: sum("failed"),
    candidates: candidatesOf(evidence),
    events: events.filter((event) => event.to >= from),
  };
}

function recentChanges({ deployed, lastResume }: Control, from: number) {
  return {
    ...(deployed !== undefined && deployed.changed.length > 0 && { deployedAt: deployed.since }),
    ...(lastResume !== undefined && lastResume.at >= from && { resumedAt: lastResume.at }),
  };
}
