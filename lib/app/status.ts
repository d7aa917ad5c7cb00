import type { WarmerConfig } from "../core/config.ts";
import type { Control, Pause, Throttling } from "../core/control.ts";
import { NEVER } from "../core/due.ts";
import type { Baseline } from "../core/fill-cost/baseline.ts";
import { netSaving } from "../core/fill-cost/economics.ts";
import type { ReadHistory } from "../core/fill-cost/fill-history-item.ts";
import { fillRate } from "../core/fill-cost/fill-rate.ts";
import { LONGEST_WINDOW_MS, type SpikeReading } from "../core/fill-cost/spike.ts";
import type { SpikeWatch } from "../core/fill-cost/spike-watch.ts";
import type { KnownEvent } from "../core/known-event.ts";
import { windowsAt } from "../core/ledger.ts";
import type { MicroUsd } from "../core/money.ts";
import type { Outcome } from "../core/outcome.ts";
import { aliveUntil, isWarm, type PrefixState } from "../core/prefix-state.ts";
import { limitIn } from "../core/window-limits.ts";
import { type AdviceStatus, adviceStatus } from "./advice-status.ts";
import { type OrganicStatus, organicStatus } from "./organic-status.ts";
import type {
  AdviceParameter,
  Clock,
  ControlStore,
  FillHistoryStore,
  KnownEventStore,
  LiveColorParameter,
  ManifestStore,
  PrefixStore,
  Subscriptions,
  UsageReader,
} from "./ports.ts";
import { resolveTarget } from "./resolve-target.ts";

export interface PrefixStatus {
  readonly name: string;
  readonly fingerprint: string;
  readonly required: boolean;
  /** Warm for the previous color or for a gate's candidate, not for the live color. */
  readonly beside?: boolean;
  readonly ttl: string;
  readonly proof: "warm" | "filled" | "cold" | "stopped";
  /** Start of the confirming read, ms since the epoch. */
  readonly provenAt?: number;
  readonly aliveUntil?: number;
  readonly dueAt: number;
  readonly stopped?: string;
  /** Why the planner leaves an optional prefix alone; absent while it is kept warm. */
  readonly passed?: string;
}

/** Everything an operator needs to see, in one value. */
export interface Status {
  readonly healthy: boolean;
  readonly now: number;
  readonly live:
    | { readonly kind: "target"; readonly color: string; readonly release: string; readonly version: number }
    | { readonly kind: "fault"; readonly outcome: Outcome; readonly message: string };
  readonly state: "not_initialised" | "running" | "paused";
  readonly paused?: Pause;
  readonly throttled?: Throttling;
  /** Prefixes that are paused or throttled by themselves, by name. */
  readonly prefixControls?: Control["prefixes"];
  readonly generation?: number;
  readonly lastCycle?: Control["lastCycle"];
  /** Colors that are kept warm beside the live one, and until when. */
  readonly beside: readonly {
    readonly color: string;
    readonly role: "previous" | "candidate";
    readonly until: number;
  }[];
  /** The last change of the live color. */
  readonly flip?: Control["flip"];
  readonly prefixes: readonly PrefixStatus[];
  readonly spend?: {
    readonly hour: MicroUsd;
    readonly hourlyLimit: MicroUsd;
    readonly day: MicroUsd;
    readonly dailyLimit: MicroUsd;
    readonly fillCostToday: MicroUsd;
  };
  /** What fills cost, against what is normal; absent before `warmer init`. */
  readonly fillCost?: FillCostStatus;
  /** The application's own use in the last 15 minutes; absent without a record of it. */
  readonly organic?: OrganicStatus;
  /** What the application is advised; absent if nothing is published. */
  readonly advice?: AdviceStatus;
  /** Endpoints that have not confirmed their subscription: they hear nothing. */
  readonly unconfirmed: readonly string[];
}

/** The rate of fill cost, and the baseline that it is measured by. Money in micro-USD. */
export interface FillCostStatus extends SpikeReading {
  readonly baseline: Baseline;
  /** The incident of the spike that is under way, and the highest level that it reached. */
  readonly spike?: SpikeWatch;
  /** What was saved over the last seven whole days, less what the warmer cost; absent as long as it is unknown. */
  readonly netSaving?: MicroUsd;
  /** What is damaged of the history, or was found to be. */
  readonly problems: readonly string[];
}

const ORGANIC_WINDOW_MS = 15 * 60_000;

/** What was lost is missing from the baseline for as long. */
const PROBLEM_SHOWN_MS = 7 * 86_400_000;

export async function readStatus(
  ports: {
    readonly clock: Clock;
    readonly liveColor: LiveColorParameter;
    readonly control: ControlStore;
    readonly prefixes: Pick<PrefixStore, "all">;
    readonly manifests: Pick<ManifestStore, "header">;
    readonly subscriptions: Subscriptions;
    readonly usage: UsageReader;
    readonly history: Pick<FillHistoryStore, "read">;
    readonly events: Pick<KnownEventStore, "between">;
    readonly advice: Pick<AdviceParameter, "read">;
  },
  config: WarmerConfig,
): Promise<Status> {
  const now = ports.clock.now();
  const [target, held, known, unconfirmed, records, read, events, advice] = await Promise.all([
    resolveTarget(ports, config),
    ports.control.read(),
    ports.prefixes.all(),
    ports.subscriptions.unconfirmed(),
    ports.usage.between(now - ORGANIC_WINDOW_MS, now),
    ports.history.read(),
    ports.events.between(now - LONGEST_WINDOW_MS, now),
    adviceStatus(ports.advice),
  ]);
  const prefixes = known
    .filter((state) => state.dueAt !== NEVER || state.passed !== undefined)
    .map((state) => prefixStatus(state, now))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const control = held?.control;
  const served = target.kind === "target" && control?.serving?.digest === target.header.digest;
  const allWarm =
    served && prefixes.every((prefix) => prefix.proof === "warm" || !prefix.required || prefix.beside);
  return {
    healthy: control !== undefined && control.paused === undefined && allWarm,
    now,
    live:
      target.kind === "target"
        ? {
            kind: "target",
            color: target.color,
            release: target.header.release,
            version: target.parameterVersion,
          }
        : { kind: "fault", outcome: target.outcome, message: target.message },
    state: control === undefined ? "not_initialised" : control.paused === undefined ? "running" : "paused",
    ...(control !== undefined && controlFields(control, config, now)),
    beside: besideLive(control, now),
    prefixes,
    ...(control !== undefined && { fillCost: fillCostStatus(control, read, events, config, now) }),
    ...(records.length > 0 && { organic: organicStatus(records, known) }),
    ...(advice !== undefined && { advice }),
    unconfirmed,
  };
}

function fillCostStatus(
  control: Control,
  { history, problems }: ReadHistory,
  events: readonly KnownEvent[],
  config: WarmerConfig,
  now: number,
): FillCostStatus {
  const { reading, baseline } = fillRate(control, history, events, config, now);
  const saving = netSaving(history, control.createdAt, now);
  const { problem } = history;
  const isRecent = problem !== undefined && now - problem.at < PROBLEM_SHOWN_MS;
  return {
    ...reading,
    baseline,
    ...(history.watch !== undefined && { spike: history.watch }),
    ...(saving !== undefined && { netSaving: saving }),
    problems: [
      ...problems,
      ...(isRecent
        ? [`${problem.text}, found ${new Date(problem.at).toISOString()}; it is learnt anew`]
        : []),
    ],
  };
}

function besideLive(control: Control | undefined, now: number): Status["beside"] {
  const liveColor = control?.serving?.color;
  return (["previous", "candidate"] as const).flatMap((role) => {
    const beside = control?.[role];
    return beside === undefined || beside.until <= now || beside.color === liveColor
      ? []
      : [{ color: beside.color, role, until: beside.until }];
  });
}

function controlFields(control: Control, { guardrails }: WarmerConfig, now: number) {
  const { hour, day } = windowsAt(control.ledger, now);
  return {
    generation: control.generation,
    ...(control.paused !== undefined && { paused: control.paused }),
    ...(control.throttled !== undefined && { throttled: control.throttled }),
    ...(control.prefixes !== undefined && { prefixControls: control.prefixes }),
    ...(control.lastCycle !== undefined && { lastCycle: control.lastCycle }),
    ...(control.flip !== undefined && { flip: control.flip }),
    spend: {
      hour: hour.spent,
      hourlyLimit: limitIn(hour, guardrails.hourly),
      day: day.spent,
      dailyLimit: limitIn(day, guardrails.daily),
      fillCostToday: day.fillCost,
    },
  };
}

function prefixStatus(state: PrefixState, now: number): PrefixStatus {
  const alive = aliveUntil(state);
  const proof =
    state.stopped !== undefined ? "stopped" : isWarm(state, now) ? "warm" : now < alive ? "filled" : "cold";
  return {
    name: state.name,
    fingerprint: state.fingerprint,
    required: state.required,
    ...(state.beside === true && { beside: true }),
    ttl: state.grantedTtl ?? state.ttl,
    proof,
    ...(state.provenAt !== undefined && { provenAt: state.provenAt }),
    ...(alive > 0 && { aliveUntil: alive }),
    dueAt: state.dueAt,
    ...(state.stopped !== undefined && { stopped: state.stopped }),
    ...(state.passed !== undefined && { passed: state.passed }),
  };
}
