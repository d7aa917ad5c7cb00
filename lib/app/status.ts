import type { WarmerConfig } from "../core/config.ts";
import type { Control, Pause, Throttling } from "../core/control.ts";
import { NEVER } from "../core/due.ts";
import { windowsAt } from "../core/ledger.ts";
import type { MicroUsd } from "../core/money.ts";
import type { Outcome } from "../core/outcome.ts";
import { aliveUntil, isWarm, type PrefixState } from "../core/prefix-state.ts";
import type {
  Clock,
  ControlStore,
  LiveColorParameter,
  ManifestStore,
  PrefixStore,
  Subscriptions,
} from "./ports.ts";
import { resolveTarget } from "./resolve-target.ts";

export interface PrefixStatus {
  readonly name: string;
  readonly fingerprint: string;
  readonly required: boolean;
  readonly ttl: string;
  readonly proof: "warm" | "filled" | "cold" | "stopped";
  /** Start of the confirming read, ms since the epoch. */
  readonly provenAt?: number;
  readonly aliveUntil?: number;
  readonly dueAt: number;
  readonly stopped?: string;
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
  readonly prefixes: readonly PrefixStatus[];
  readonly spend?: {
    readonly hour: MicroUsd;
    readonly hourlyLimit: MicroUsd;
    readonly day: MicroUsd;
    readonly dailyLimit: MicroUsd;
    readonly fillCostToday: MicroUsd;
  };
  /** Endpoints that have not confirmed their subscription: they hear nothing. */
  readonly unconfirmed: readonly string[];
}

export async function readStatus(
  ports: {
    readonly clock: Clock;
    readonly liveColor: LiveColorParameter;
    readonly control: ControlStore;
    readonly prefixes: Pick<PrefixStore, "all">;
    readonly manifests: Pick<ManifestStore, "header">;
    readonly subscriptions: Subscriptions;
  },
  config: WarmerConfig,
): Promise<Status> {
  const now = ports.clock.now();
  const [target, held, known, unconfirmed] = await Promise.all([
    resolveTarget(ports, config),
    ports.control.read(),
    ports.prefixes.all(),
    ports.subscriptions.unconfirmed(),
  ]);
  const prefixes = known
    .filter((state) => state.dueAt !== NEVER)
    .map((state) => prefixStatus(state, now))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const control = held?.control;
  const served = target.kind === "target" && control?.serving?.digest === target.header.digest;
  const allWarm = served && prefixes.every((prefix) => prefix.proof === "warm" || !prefix.required);
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
    prefixes,
    unconfirmed,
  };
}

function controlFields(control: Control, { guardrails }: WarmerConfig, now: number) {
  const { hour, day } = windowsAt(control.ledger, now);
  return {
    generation: control.generation,
    ...(control.paused !== undefined && { paused: control.paused }),
    ...(control.throttled !== undefined && { throttled: control.throttled }),
    ...(control.prefixes !== undefined && { prefixControls: control.prefixes }),
    ...(control.lastCycle !== undefined && { lastCycle: control.lastCycle }),
    spend: {
      hour: hour.spent,
      hourlyLimit: guardrails.hourly + hour.allowance,
      day: day.spent,
      dailyLimit: guardrails.daily + day.allowance,
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
    ttl: state.grantedTtl ?? state.ttl,
    proof,
    ...(state.provenAt !== undefined && { provenAt: state.provenAt }),
    ...(alive > 0 && { aliveUntil: alive }),
    dueAt: state.dueAt,
    ...(state.stopped !== undefined && { stopped: state.stopped }),
  };
}
