import type { WarmerConfig } from "../core/config.ts";
import {
  type Control,
  hasGates,
  isFlipOpen,
  releaseLease,
  rememberEvent,
  takeLease,
} from "../core/control.ts";
import { forgetRestarts } from "../core/control-state.ts";
import { type Outcome, worst } from "../core/outcome.ts";
import { goesAlong } from "../core/prefix-pages.ts";
import { type PrefixState, restart } from "../core/prefix-state.ts";
import { over } from "../core/release/in-line.ts";
import type { ControlSession } from "./control-session.ts";
import { DueMeanwhile } from "./due-meanwhile.ts";
import { ManifestDamaged } from "./errors.ts";
import { proveFlip } from "./flip-proof.ts";
import { answerGates } from "./gates.ts";
import { PlanRun } from "./plan-run.ts";
import { hasTurned, type ResolvedTarget, resolveTarget } from "./resolve-target.ts";
import { bringInLine, isServed, type Wanted, wantedNow } from "./serve.ts";
import { noteAnswer, notStale } from "./stale-target.ts";
import { TouchRounds } from "./touch-rounds.ts";
import type { WarmPorts } from "./warm-ports.ts";
import { ended, outcomeOf, publishMetrics, reported, type WarmReport } from "./warm-report.ts";
import { REQUEST_TIMEOUT_MS, type TouchResult } from "./wave.ts";

/** One run of the function. */
export interface Run {
  /** Of this invocation alone: two with one id would share a lease and a reservation, and send twice for it. */
  readonly id: string;
  /** When the function is killed, ms since the epoch. */
  readonly deadlineAt: number;
}

/** A run follows this many flips; somebody who flips more often is met by the next tick. */
const MAX_TURNS = 5;

/** What another turn needs at least: one request, and time to write what it learned. */
const TURN_MS = REQUEST_TIMEOUT_MS + 10_000;

/** A run that an event asked for, which was not handled before. */
export interface RunOfEvent extends Run {
  readonly eventId: string;
  readonly startedAt: number;
}

/** What one look at the live color came to. */
interface Turn {
  readonly report: WarmReport;
  /** The color that was followed; absent if there was no lease to lose a change event against. */
  readonly followed?: string;
}

/**
 * Follows the live color from the first look to the end of the run. What could not start a run of its own while this
 * one held the lease is looked for between waves, and once more after the lease is given back: another live color,
 * a gate, and what the live color needs by now. An event that met the held lease was then written before that look.
 */
export class WarmRun {
  readonly #ports: WarmPorts;
  readonly #config: WarmerConfig;
  readonly #session: ControlSession;
  readonly #run: RunOfEvent;
  readonly #rounds: TouchRounds;
  readonly #meanwhile: DueMeanwhile;
  readonly #plan: PlanRun;
  #results: readonly TouchResult[] = [];
  #due = 0;
  /** Restarts asked for before this instant have been carried out. */
  #restartedUpTo = 0;

  constructor(ports: WarmPorts, config: WarmerConfig, session: ControlSession, run: RunOfEvent) {
    this.#ports = ports;
    this.#config = config;
    this.#session = session;
    this.#run = run;
    const context = { ...ports, session, config, deadlineAt: run.deadlineAt };
    this.#rounds = new TouchRounds(context, ports.prefixes, run.id);
    this.#meanwhile = new DueMeanwhile(ports.prefixes);
    this.#plan = new PlanRun({ ports, config, session, run });
  }

  async follow(): Promise<WarmReport> {
    let report: WarmReport | undefined;
    for (let turn = 1; ; turn++) {
      const gates = this.#session.control.candidate?.gates ?? [];
      const { report: latest, followed } = await this.#turn();
      // Another run took the lease over, and what was left with it: this one tells what it did itself.
      if (report !== undefined && latest.outcome === "lease_held") return report;
      report = latest;
      if (followed === undefined || turn >= MAX_TURNS || !this.#hasTime()) return report;
      const isAsked = (this.#session.control.candidate?.gates ?? []).some((id) => !gates.includes(id));
      if (!isAsked && !(await this.#comesFirst(followed))) return report;
    }
  }

  async #turn(): Promise<Turn> {
    const { control: before } = this.#session;
    const now = this.#ports.clock.now();
    const target = notStale(await resolveTarget(this.#ports, this.#config), before);
    if (target.kind === "fault") {
      const { outcome, message } = target;
      await this.#session.change((control) => noteAnswer(control, target));
      if (hasGates(before)) await this.#leased(now, () => this.#answerGates(outcome));
      return { report: ended(outcome, message) };
    }
    const wanted = await wantedNow(this.#ports.manifests, before, target, now);
    const isPaused = before.paused !== undefined;
    const inLine = isServed(before, wanted);
    const due = inLine && !isPaused ? await this.#dueAt(now) : [];
    const isPlanning = inLine && !isPaused && (await this.#plan.hasWork(target.header));
    if (inLine && due.length === 0 && !isPlanning && !isFlipOpen(before) && !hasGates(before)) {
      if (!isPaused) this.#restarted(before);
      return { report: await this.#end(target, isPaused ? "paused" : "nothing_due") };
    }
    const turn = await this.#leased(now, async () => {
      const states = await this.#underLease(before, wanted, due, now).catch(async (error: unknown) => {
        // As with any fault of the live target: whoever waits for a gate must not wait for ever.
        if (error instanceof ManifestDamaged) await this.#answerGates("manifest_damaged");
        throw error;
      });
      return this.#touch(target, states);
    });
    const { owner = "?" } = this.#session.control.lease ?? {};
    return turn ?? { report: ended("lease_held", `run ${owner} is at work`) };
  }

  /** Does something that one run alone may do. @returns `undefined` if another run is at work */
  async #leased<T>(now: number, work: () => Promise<T>): Promise<T | undefined> {
    const { id, deadlineAt } = this.#run;
    const leased = await this.#session.change(
      (control) => takeLease(control, { owner: id, until: deadlineAt }, now) ?? control,
    );
    if (leased.lease?.owner !== id) return undefined;
    // Or the next ticks would end as `lease_held`, which is healthy, for as long as this run might have taken.
    const giveBack = () => this.#session.change((control) => over(releaseLease(control, id), id));
    try {
      const done = await work();
      await giveBack();
      return done;
    } catch (error) {
      await giveBack().catch(() => undefined);
      throw error;
    }
  }

  async #dueAt(now: number): Promise<PrefixState[]> {
    const due = await this.#ports.prefixes.due(now, (state) => goesAlong(state, now));
    this.#meanwhile.lookedAt(now);
    return due;
  }

  /** What to touch. A run that came in between has changed what this one read before it held the lease. */
  async #underLease(
    before: Control,
    wanted: Wanted,
    dueBefore: readonly PrefixState[],
    now: number,
  ): Promise<readonly PrefixState[]> {
    const { control } = this.#session;
    const { serving } = control;
    const overtaken = control.lastCycle !== before.lastCycle;
    const { live } = wanted;
    const current = overtaken ? await wantedNow(this.#ports.manifests, control, live, now) : wanted;
    if (overtaken) this.#plan.forget();
    if (isServed(control, current)) return overtaken ? this.#dueAt(now) : dueBefore;
    // The other run has read the live color later than this one.
    if (overtaken && serving !== undefined && serving.parameterVersion > live.parameterVersion) return [];
    this.#meanwhile.lookedAt(now);
    const run = { owner: this.#run.id, until: this.#run.deadlineAt };
    return bringInLine(this.#ports, this.#session, this.#config, live, { run, now });
  }

  async #touch(target: ResolvedTarget, states: readonly PrefixState[]): Promise<Turn> {
    if (this.#session.control.paused !== undefined) {
      this.#meanwhile.lookedAt(this.#ports.clock.now());
      await proveFlip(this.#ports, this.#session);
      const failed = await this.#answerGates("paused");
      return { report: await this.#end(target, worst("paused", failed ?? "paused")), followed: target.color };
    }
    const due = await this.#carryOutRestarts(states);
    const comesFirst = () => this.#comesFirst(target.color);
    const isNeeded = ({ required, stopped }: PrefixState) => required || stopped !== undefined;
    const { results, refusal } = await this.#rounds.touch(due.filter(isNeeded), comesFirst);
    this.#results = [...this.#results, ...results];
    this.#due += due.length;
    await proveFlip(this.#ports, this.#session);
    const failed = await this.#answerGates(outcomeOf(this.#results, refusal));
    const planned = await this.#plan.carryOut(
      target.header,
      due.filter((state) => !isNeeded(state)),
      this.#rounds,
      { sent: this.#results, mayTouch: refusal === undefined, turned: comesFirst },
    );
    this.#results = [...this.#results, ...planned];
    const outcome = outcomeOf(this.#results, refusal);
    const report = await this.#end(target, worst(outcome, failed ?? outcome));
    await publishMetrics(this.#ports.metrics, [...results, ...planned]);
    return { report, followed: target.color };
  }

  /** Stored before anything is sent: what this run does not come to touch is restarted all the same. */
  async #carryOutRestarts(due: readonly PrefixState[]): Promise<readonly PrefixState[]> {
    const { prefixes = {} } = this.#session.control;
    const after = due.map((state) => restart(state, prefixes[state.name]?.restartedAt ?? 0));
    const changed = after.filter((state) => !due.includes(state));
    if (changed.length > 0) await this.#ports.prefixes.save(changed);
    this.#restarted(this.#session.control);
    return after;
  }

  #restarted({ prefixes = {} }: Control): void {
    const asked = Object.values(prefixes).map(({ restartedAt = -1 }) => restartedAt + 1);
    this.#restartedUpTo = Math.max(this.#restartedUpTo, ...asked);
  }

  #answerGates(outcome: Outcome): Promise<Outcome | undefined> {
    return answerGates(this.#ports, this.#session, this.#config, { outcome, results: this.#results });
  }

  /** Remembers that the event was handled and how, and gives the lease back. */
  async #end(target: ResolvedTarget, outcome: Outcome): Promise<WarmReport> {
    const { id, eventId, startedAt } = this.#run;
    const control = await this.#session.change((current) => {
      const finishedAt = this.#ports.clock.now();
      return {
        ...rememberEvent(forgetRestarts(releaseLease(current, id), this.#restartedUpTo), eventId),
        lastCycle: { startedAt, finishedAt, outcome },
      };
    });
    return reported(outcome, target, control, this.#results, this.#due, this.#plan.report);
  }

  /** Whether another color is live, or the live one needs something. */
  async #comesFirst(color: string): Promise<boolean> {
    return (
      (await hasTurned(this.#ports.liveColor, this.#config.colors, color)) ||
      (await this.#meanwhile.isDue(this.#ports.clock.now()))
    );
  }

  #hasTime(): boolean {
    return this.#ports.clock.now() + TURN_MS < this.#run.deadlineAt;
  }
}
