import type { WarmerConfig } from "../core/config.ts";
import type { Control } from "../core/control.ts";
import { MINUTE_MS } from "../core/due.ts";
import { type FleetPlan, openPolicy } from "../core/plan/fleet-plan.ts";
import { isPlanned } from "../core/plan/plan-prefix.ts";
import { isNews, membersOf } from "../core/plan/plan-round.ts";
import { type UsesByMinute, usesByMinute } from "../core/plan/plan-use.ts";
import type { Policy } from "../core/plan/policy.ts";
import type { PrefixState } from "../core/prefix-state.ts";
import type { PlanStore, PrefixStore, UsageReader } from "./ports.ts";

/** A record is written at most ten seconds after its minute, and then has to arrive. */
const RECORDED_WITHIN_MS = 15_000;

/** What was used longer ago than this, while nobody looked, is not learned any more. */
const LOOK_BACK_MS = 2 * 3_600_000;

export interface PlanPorts {
  readonly prefixes: Pick<PrefixStore, "some" | "all" | "save">;
  readonly usage: UsageReader;
  readonly plan: PlanStore;
}

/** What a run knows of the optional prefixes before it plans. */
export interface Look {
  readonly policy: Policy;
  /** `undefined` if there is none, or it is damaged. */
  readonly stored: FleetPlan | undefined;
  /** Uses that the planner has not seen yet. */
  readonly uses: UsesByMinute;
  /** The optional prefixes that were used. */
  readonly used: readonly PrefixState[];
  /** What is stored is another policy's, or lost: every optional prefix is looked at. */
  readonly isChanged: boolean;
  readonly problems: readonly string[];
}

/**
 * Reads what the application used since the last cycle began. It costs one read and one query (two over a full hour),
 * and one more read for each hundred prefixes that were used.
 *
 * @throws StateUnreadable
 */
export async function lookAtUse(
  { plan, usage, prefixes }: PlanPorts,
  { policy: settings }: Pick<WarmerConfig, "policy">,
  { lastCycle }: Pick<Control, "lastCycle">,
  startedAt: number,
): Promise<Look> {
  const { from, to } = unseen(lastCycle?.startedAt ?? startedAt, startedAt);
  const [read, records] = await Promise.all([plan.read(), from < to ? usage.between(from, to) : []]);
  const { policy, problem } = openPolicy(settings, read);
  const stored = read === undefined || "damaged" in read ? undefined : read;
  const uses = usesByMinute(records);
  const fingerprints = [...new Set([...uses.values()].flatMap((minute) => [...minute.keys()]))];
  const known = fingerprints.length === 0 ? [] : await prefixes.some(fingerprints);
  const members = membersOf(known.filter(isPlanned), policy, startedAt);
  const used = [...members.values()].filter(({ plan: state }) =>
    [...uses].some(([minute, of]) => of.has(state.fingerprint) && isNews(state, minute)),
  );
  return {
    policy,
    stored,
    uses,
    used: used.map(({ prefix }) => prefix),
    isChanged: stored?.policy !== settings.name,
    problems: problem === undefined ? [] : [problem],
  };
}

/** The finished minutes whose records may not all have been there when the last cycle began. */
function unseen(lastStartedAt: number, startedAt: number): { readonly from: number; readonly to: number } {
  const minuteStart = (at: number) => Math.floor(at / MINUTE_MS) * MINUTE_MS;
  const to = minuteStart(startedAt);
  return { from: Math.max(to - LOOK_BACK_MS, minuteStart(lastStartedAt - RECORDED_WITHIN_MS)), to };
}
