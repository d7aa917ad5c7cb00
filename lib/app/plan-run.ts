import type { WarmerConfig } from "../core/config.ts";
import { MINUTE_MS, type Ttl } from "../core/due.ts";
import type { ManifestHeader } from "../core/manifest.ts";
import { type AdviceBook, adviceBook, revised } from "../core/plan/advice-book.ts";
import { isSameFleet, requiredPerHour } from "../core/plan/fleet-plan.ts";
import { guardrailsForOptional, limitsLess, type ProviderUse, roomOf } from "../core/plan/plan-limits.ts";
import { isPlanned } from "../core/plan/plan-prefix.ts";
import {
  answered,
  forgetIntentions,
  learn,
  type Member,
  type Members,
  membersOf,
  planRound,
  putOff,
  type Round,
} from "../core/plan/plan-round.ts";
import type { Policy } from "../core/plan/policy.ts";
import type { PrefixState } from "../core/prefix-state.ts";
import { writtenTokens } from "../core/usage.ts";
import type { ControlSession } from "./control-session.ts";
import { StateUnreadable } from "./errors.ts";
import { type Look, lookAtUse, type PlanPorts } from "./plan-look.ts";
import type { Clock } from "./ports.ts";
import type { TouchRounds } from "./touch-rounds.ts";
import type { TouchResult } from "./wave.ts";

/** What the planner did in a run, for its report. */
export interface PlanReport {
  /** Optional prefixes whose use was learned. */
  readonly used: number;
  /** Touches that were wanted, by reason. */
  readonly wanted: Readonly<Record<string, number>>;
  /** Optional prefixes that were due and are left alone, by reason. */
  readonly passed: Readonly<Record<string, number>>;
  /** What could not be read, or is learned anew. */
  readonly problems: readonly string[];
}

export interface PlanContext {
  readonly ports: PlanPorts & { readonly clock: Clock };
  readonly config: WarmerConfig;
  readonly session: ControlSession;
  readonly run: { readonly id: string; readonly startedAt: number };
}

/** What the run has done for the required prefixes before the planner's turn. */
export interface SentBefore {
  readonly sent: readonly TouchResult[];
  /** Whether nothing has refused to send more. */
  readonly mayTouch: boolean;
  /** Asked between two waves: whether something else comes first by now. */
  readonly turned: () => Promise<boolean>;
}

/** Whether there is anything to plan. A manifest whose prefixes are all required costs the planner no request. */
export function hasOptional({ prefixes, required }: Pick<ManifestHeader, "prefixes" | "required">): boolean {
  return prefixes > required;
}

/**
 * The optional prefixes in one run: what was used of them is learned, the planner says which to touch, and these are
 * touched. It comes after whatever is required and after the gates; what cannot be read leaves only these alone.
 */
export class PlanRun {
  readonly #context: PlanContext;
  readonly #wanted = new Map<string, number>();
  readonly #passed = new Map<string, number>();
  readonly #problems = new Set<string>();
  #used = 0;
  #look: Look | undefined;

  constructor(context: PlanContext) {
    this.#context = context;
  }

  /** Whether the planner has something to do beside what is due. */
  async hasWork(header: ManifestHeader): Promise<boolean> {
    this.#look = await this.#tryLook(header);
    return this.#look !== undefined && (this.#look.used.length > 0 || this.#look.isChanged);
  }

  /** Another run came in between: what was read is out of date. */
  forget(): void {
    this.#look = undefined;
  }

  /** Absent if no prefix is optional. */
  get report(): PlanReport | undefined {
    if (this.#used + this.#wanted.size + this.#passed.size + this.#problems.size === 0) return undefined;
    return {
      used: this.#used,
      wanted: Object.fromEntries(this.#wanted),
      passed: Object.fromEntries(this.#passed),
      problems: [...this.#problems],
    };
  }

  /** @param due optional prefixes that are due, of the live color and of those beside it */
  async carryOut(
    header: ManifestHeader,
    due: readonly PrefixState[],
    rounds: TouchRounds,
    before: SentBefore,
  ): Promise<readonly TouchResult[]> {
    const look = this.#look ?? (await this.#tryLook(header));
    this.#look = undefined;
    if (look === undefined) return [];
    const { ports, config, run, session } = this.#context;
    const { policy, stored } = look;
    // What an earlier release stored has no advice yet: it is made once.
    const known = look.isChanged || stored?.advice === undefined ? await ports.prefixes.all() : undefined;
    const all = look.isChanged ? (known ?? []).filter((state) => state.beside !== true) : [];
    const prefixes = [...due, ...look.used, ...all].filter(isPlanned);
    const members = membersOf(prefixes, policy, ports.clock.now());
    const tickMinute = Math.floor(run.startedAt / MINUTE_MS);
    if (look.isChanged) forgetIntentions(members);
    learn(members, look.uses, policy, tickMinute);
    this.#tally(members);

    const now = ports.clock.now();
    const perHour = stored?.requiredPerHour ?? requiredPerHour(all);
    const guardrails = guardrailsForOptional(config.guardrails, perHour, session.control.ledger, now);
    const asked = [...members.values()].filter((member) => this.#isAsked(member, look.isChanged, now));
    const limits = limitsLess(config.policy.providerLimits, useOf(before.sent));
    const budget = roomOf(session.control.ledger, guardrails, now);
    const { touches, passed } = planRound(asked, now, policy, { ...limits, budget }, config.policy.lambda);
    for (const { reason } of touches) count(this.#wanted, reason);
    for (const reason of passed) count(this.#passed, reason);

    const answers = new Set<Member>();
    const beside = due.filter((state) => state.beside === true);
    const wanted = [...touches.map(({ member }) => member.prefix), ...beside];
    const maySend = wanted.length > 0 && this.#mayTouch(before) && !(await hasTurned(before));
    const { results } = await rounds.touch(maySend ? wanted : [], before.turned, {
      context: { config: { ...config, guardrails }, yields: true, ttls: ttlsOf(touches) },
      after: (result) => this.#after(members, answers, result, policy),
    });
    for (const { member } of touches) if (!answers.has(member)) putOff(member, ports.clock.now());
    const changed = new Set([...asked, ...[...members.values()].filter(({ isUsed }) => isUsed)]);
    await this.#save([...changed].filter((member) => !answers.has(member)));
    policy.commit?.(tickMinute);
    const book = known === undefined ? stored?.advice : adviceBook(known, policy, now);
    await this.#remember(look, perHour, book && revised(book, members.values(), policy, now));
    return results;
  }

  /** While the warmer is slowed down or in trouble, what it can still send is for what is required. */
  #mayTouch({ mayTouch, sent }: SentBefore): boolean {
    const { paused, throttled } = this.#context.session.control;
    const isHalted = sent.some(
      ({ failure }) => failure?.directive === "stop" || failure?.directive === "pause",
    );
    return mayTouch && !isHalted && paused === undefined && throttled === undefined;
  }

  /** Whether the planner is asked about it now. What an operator has paused keeps its due time. */
  #isAsked({ plan, prefix, isUsed }: Member, isChanged: boolean, now: number): boolean {
    if (this.#context.session.control.prefixes?.[prefix.name]?.paused !== undefined) return false;
    // Of a prefix that waits for its first fill, only the item says that it is due.
    return isChanged || plan.dueAt <= now || (!isUsed && prefix.dueAt <= now);
  }

  /** What a touch has taught is part of what is saved after it. */
  #after(members: Members, answers: Set<Member>, result: TouchResult, policy: Policy): TouchResult {
    const member = members.get(result.state.fingerprint);
    if (member === undefined) return result;
    answers.add(member);
    if (result.state.stopped !== undefined) return result;
    if (result.usage === undefined) putOff(member, this.#context.ports.clock.now(), result.state);
    else answered(member, result.state, result.usage, policy);
    return { ...result, state: member.prefix };
  }

  async #save(members: readonly Member[]): Promise<void> {
    const { ports, session, run } = this.#context;
    if (members.length === 0 || session.control.lease?.owner !== run.id) return;
    await ports.prefixes.save(members.map(({ prefix }) => prefix));
  }

  /** Last of all: a run that dies before it learns the same uses again, and the prefixes know what they have seen. */
  async #remember({ policy, stored, isChanged }: Look, perHour: number, advice?: AdviceBook): Promise<void> {
    const { ports, config } = this.#context;
    const fleet = policy.encodeFleet?.();
    const isSame =
      isSameFleet(fleet, stored?.fleet) && JSON.stringify(advice) === JSON.stringify(stored?.advice);
    if (!isChanged && isSame) return;
    await ports.plan.write({
      policy: config.policy.name,
      requiredPerHour: perHour,
      ...(fleet !== undefined && { fleet }),
      ...(advice !== undefined && { advice }),
    });
  }

  #tally(members: Members): void {
    const all = [...members.values()];
    this.#used += all.filter(({ isUsed }) => isUsed).length;
    const forgotten = all.filter(({ isForgotten }) => isForgotten).length;
    if (forgotten > 0) this.#problems.add(`${forgotten} plans could not be read and are learned anew`);
  }

  async #tryLook(header: ManifestHeader): Promise<Look | undefined> {
    if (!hasOptional(header)) return undefined;
    const { ports, config, session, run } = this.#context;
    try {
      const look = await lookAtUse(ports, config, session.control, run.startedAt);
      for (const problem of look.problems) this.#problems.add(problem);
      return look;
    } catch (error) {
      if (!(error instanceof StateUnreadable)) throw error;
      this.#problems.add(`nothing is planned: ${error.message}`);
      return undefined;
    }
  }
}

/** What was sent before took its time, and the first wave of the rounds asks nothing. */
async function hasTurned({ sent, turned }: SentBefore): Promise<boolean> {
  return sent.some((result) => result.sent) && (await turned());
}

/**
 * A touch asks for the TTL that the entry has, or had: it is what the application asks for at its next request, whether
 * or not it takes advice. A touch by the clock may be the first thing that is known of a prefix: it asks as the prompt does.
 */
function ttlsOf(touches: Round["touches"]): ReadonlyMap<string, Ttl> {
  const planned = touches.filter(({ reason }) => reason !== "clock");
  return new Map(planned.map(({ member: { plan } }) => [plan.fingerprint, plan.live]));
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function useOf(sent: readonly TouchResult[]): ProviderUse {
  const uncached = ({ usage }: TouchResult) =>
    usage === undefined ? 0 : usage.uncachedTokens + writtenTokens(usage);
  return {
    requests: sent.filter((result) => result.sent).length,
    tokens: sent.reduce((sum, result) => sum + uncached(result), 0),
  };
}
