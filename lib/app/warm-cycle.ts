import type { WarmerConfig } from "../core/config.ts";
import { type Control, releaseLease, rememberEvent, type Serving, takeLease } from "../core/control.ts";
import { type Outcome, worst } from "../core/outcome.ts";
import { type PrefixState, reconcile } from "../core/prefix-state.ts";
import { MAX_EVENT_AGE_MS, parseTrigger } from "../core/trigger.ts";
import { ControlSession } from "./control-session.ts";
import { ManifestDamaged, StateUnreadable } from "./errors.ts";
import type {
  Clock,
  ControlStore,
  LiveColorParameter,
  ManifestStore,
  Metrics,
  PrefixStore,
  Provider,
} from "./ports.ts";
import { type ResolvedTarget, resolveTarget } from "./resolve-target.ts";
import { TouchRounds } from "./touch-rounds.ts";
import { ended, publishMetrics, reported, type WarmReport } from "./warm-report.ts";
import type { TouchResult } from "./wave.ts";

export type { WarmReport } from "./warm-report.ts";

export interface WarmPorts {
  readonly clock: Clock;
  readonly liveColor: LiveColorParameter;
  readonly control: ControlStore;
  readonly prefixes: PrefixStore;
  readonly manifests: ManifestStore;
  readonly provider: Provider;
  readonly metrics: Metrics;
}

/** One run of the function. */
export interface Run {
  /** Of this invocation alone: two with one id would share a lease and a reservation, and send twice for it. */
  readonly id: string;
  /** When the function is killed, ms since the epoch. */
  readonly deadlineAt: number;
}

/**
 * One warm cycle: is there an event, a ledger, a live color, a manifest? What is due? Reserve, send, judge,
 * settle, remember, report. Every way out of it is one outcome.
 */
export async function warmCycle(
  ports: WarmPorts,
  config: WarmerConfig,
  event: unknown,
  run: Run,
): Promise<WarmReport> {
  try {
    return await cycle(ports, config, event, run);
  } catch (error) {
    if (error instanceof StateUnreadable) return ended("state_unreadable", error.message);
    if (error instanceof ManifestDamaged) return ended("manifest_damaged", error.message);
    throw error;
  }
}

async function cycle(ports: WarmPorts, config: WarmerConfig, event: unknown, run: Run): Promise<WarmReport> {
  const startedAt = ports.clock.now();
  const trigger = parseTrigger(event, config.liveColorParameter);
  if (trigger.kind === "bad") return ended("bad_event", trigger.message);
  if (startedAt - trigger.at > MAX_EVENT_AGE_MS) {
    return ended("stale_event", `the event is ${Math.round((startedAt - trigger.at) / 1000)} s old`);
  }

  const held = await ports.control.read();
  if (held === undefined) {
    if (await ports.prefixes.any()) {
      return ended(
        "state_unreadable",
        "prefix items exist without a control item: a lost ledger is never a fresh one",
      );
    }
    return ended("not_initialised", "run `warmer init` to create the control item");
  }
  const session = new ControlSession(ports.control, run.id, held);
  if (held.control.recentEvents.includes(trigger.id))
    return ended("duplicate", `event ${trigger.id} was handled before`);

  const target = await resolveTarget(ports, config);
  if (target.kind === "fault") return ended(target.outcome, target.message);

  const finish = (outcome: Outcome) =>
    session.change((control) => ({
      ...rememberEvent(releaseLease(control, run.id), trigger.id),
      lastCycle: { startedAt, finishedAt: ports.clock.now(), outcome },
    }));
  const report = (outcome: Outcome, control: Control, results: readonly TouchResult[], due: number) =>
    reported(outcome, target, control, results, due);

  if (held.control.paused !== undefined) {
    return report("paused", await finish("paused"), [], 0);
  }
  const isServed = serves(held.control.serving, target);
  const due = isServed ? await ports.prefixes.due(startedAt) : [];
  if (isServed && due.length === 0) {
    return report("nothing_due", await finish("nothing_due"), [], 0);
  }

  const lease = { owner: run.id, until: run.deadlineAt };
  const leased = await session.change((control) => takeLease(control, lease, startedAt) ?? control);
  if (leased.lease?.owner !== run.id)
    return ended("lease_held", `run ${leased.lease?.owner ?? "?"} is at work`);

  try {
    const wanted = await wantedUnderLease(ports, session, held.control, target, due, startedAt);
    const rounds = new TouchRounds(
      { ...ports, session, config, deadlineAt: run.deadlineAt },
      ports.prefixes,
      run.id,
    );
    const { results, refusal } = await rounds.touch(wanted);

    const outcome = worst(
      "nothing_due",
      ...(results.some((result) => result.sent) ? (["warmed"] as const) : []),
      ...results.map((result) => result.outcome),
      ...(refusal !== undefined ? [refusal] : []),
    );
    const control = await finish(outcome);
    await publishMetrics(ports.metrics, results);
    return report(outcome, control, results, wanted.length);
  } catch (error) {
    // Or the next ticks would end as `lease_held`, which is healthy, for as long as this run might have taken.
    await session.change((control) => releaseLease(control, run.id)).catch(() => undefined);
    throw error;
  }
}

/** What to touch. A run that came in between has changed what this one read before it held the lease. */
async function wantedUnderLease(
  ports: WarmPorts,
  session: ControlSession,
  before: Control,
  target: ResolvedTarget,
  dueBefore: readonly PrefixState[],
  now: number,
): Promise<readonly PrefixState[]> {
  const { serving, lastCycle } = session.control;
  const overtaken = lastCycle !== before.lastCycle;
  if (serves(serving, target)) return overtaken ? ports.prefixes.due(now) : dueBefore;
  // The other run has read the live color later than this one.
  if (overtaken && serving !== undefined && serving.parameterVersion > target.parameterVersion) return [];
  return adoptManifest(ports, session, target, now);
}

function serves(serving: Serving | undefined, target: ResolvedTarget): boolean {
  return serving !== undefined && serving.color === target.color && serving.digest === target.header.digest;
}

/**
 * The live color, or what it serves, has changed: the prefix items are brought in line with the manifest.
 * This is the only place whose cost grows with all prefixes, and it runs once per flip or release.
 */
async function adoptManifest(
  ports: WarmPorts,
  session: ControlSession,
  { color, header, parameterVersion }: ResolvedTarget,
  now: number,
): Promise<PrefixState[]> {
  const [entries, known] = await Promise.all([ports.manifests.entries(header), ports.prefixes.all()]);
  const states = reconcile(known, entries, now, session.control.serving?.color === color);
  await ports.prefixes.save(states);
  await session.change((control) => ({
    ...control,
    serving: {
      color,
      digest: header.digest,
      release: header.release,
      parameterVersion,
      since: now,
      prefixes: header.prefixes,
      required: header.required,
    },
  }));
  return states.filter((state) => state.dueAt <= now);
}
