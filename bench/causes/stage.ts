import { deployedVersion, markObserved } from "../../lib/app/automatic-marks.ts";
import { ControlSession } from "../../lib/app/control-session.ts";
import type { WarmerConfig } from "../../lib/core/config.ts";
import type { Ttl } from "../../lib/core/due.ts";
import { type AnnouncedKind, eventId } from "../../lib/core/known-event.ts";
import { unitHash } from "../../lib/local/provider/faults.ts";
import { HOUR, MemoryWorld, MINUTE, SECOND, withLimits } from "../../test/support/memory/world.ts";
import { aPrompt, type TestPrompt } from "../../test/support/prompts.ts";
import { Application } from "./application.ts";

/** The same provider serves the warmer, another workspace, and the application. */
const KEYS = [
  { key: "sk-warmer", workspace: "wrkspc_main", caller: "warmer" },
  { key: "sk-other", workspace: "wrkspc_other", caller: "warmer" },
  { key: "sk-application", workspace: "wrkspc_main", caller: "application" },
];

/** No limit is to end a spike before it is seen. */
const LIMITS = withLimits({ hourly: 100, daily: 1_000, absoluteMax: 10_000 });

const PLANS = ["onboarding", "large-merge", "model-change"] as const;

/** The application takes a release up when it has been warmed. */
const ROLLOUT_MS = 4 * MINUTE;

/** Chance that depends on the seed and a name alone. */
export type Dice = (name: string) => number;

export function diceOf(seed: number): Dice {
  return (name) => unitHash("causes", seed, name);
}

export interface StageOptions {
  readonly ttl?: Ttl | "mixed";
  readonly prompts?: number;
  readonly model?: string;
  readonly startAt?: number;
  /** Whether the application sends requests; they would fill before the warmer does. @default false */
  readonly traffic?: boolean;
}

/** A prompt of the release, as far as the generator changes it. */
export interface Role {
  readonly name: string;
  readonly words: string;
  readonly tokens: number;
  readonly ttl: Ttl;
  readonly model: string;
  readonly extra?: object;
}

/**
 * One world on which a fault or an event is played: real warm cycle, ledger, marks and recorder on ports in memory,
 * with the noise of any day.
 */
export class Stage {
  readonly world: MemoryWorld;
  readonly roll: Dice;
  readonly application: Application;
  /** What the live color serves. */
  roles: readonly Role[];
  /** Whether the schedule fires in this minute. */
  ticks: () => boolean = () => true;
  /** Seen by the monitor as what is deployed. */
  code = "code-1";
  #releases = 0;
  /** What the application sends: it follows a release some minutes later. */
  #rolledOut: { readonly at: number; readonly roles: readonly Role[] }[] = [];
  readonly #traffic: boolean;

  private constructor(
    seed: number,
    world: MemoryWorld,
    roll: Dice,
    roles: readonly Role[],
    traffic: boolean,
  ) {
    this.world = world;
    this.roll = roll;
    this.roles = roles;
    this.#traffic = traffic;
    this.application = new Application(world, `writer-${seed}`);
  }

  static async live(seed: number, options: StageOptions = {}): Promise<Stage> {
    const roll = diceOf(seed);
    const count = options.prompts ?? 5 + Math.floor(roll("prompts") * 4);
    const model = options.model ?? "claude-sonnet-5-5";
    const mixed = (i: number): Ttl => (i > 2 && roll(`ttl ${i}`) < 0.5 ? "1h" : "5m");
    const roles = Array.from({ length: count }, (_, i): Role => {
      const ttl = options.ttl === "mixed" ? mixed(i) : (options.ttl ?? "5m");
      const tokens = 1_500 + Math.floor(roll(`tokens ${i}`) * 2_500);
      return { name: `prompt-${i}`, words: `desk ${i}`, tokens, ttl, model };
    });
    const startAt =
      (options.startAt ?? Date.UTC(2026, 10, 20, 8, 3)) + Math.floor(roll("start") * 40) * SECOND;
    const config: WarmerConfig = {
      ...LIMITS,
      expected: { ...LIMITS.expected, prefixes: count + Math.floor(roll("expected") * 2), model },
    };
    const world = new MemoryWorld({ seed, startAt, config, provider: { keys: KEYS, seed: `${seed}` } });
    const traffic = options.traffic ?? false;
    const stage = new Stage(seed, world, roll, roles, traffic);
    await world.init("blue");
    await stage.release(roles);
    stage.#addNoise();
    return stage;
  }

  get now(): number {
    return this.world.now;
  }

  /** A number from a list, by chance. */
  pick<T>(name: string, values: readonly T[]): T {
    const value = values[Math.floor(this.roll(name) * values.length)];
    if (value === undefined) throw new RangeError(`nothing to pick for ${name}`);
    return value;
  }

  /** The first of the roles, at least `least`, so many that they are this share of all. */
  some(share: number, least = 1): readonly Role[] {
    return this.roles.slice(0, Math.max(least, Math.ceil(share * this.roles.length)));
  }

  /** Publishes what a color serves from now on. */
  async release(roles: readonly Role[], color = "blue"): Promise<void> {
    this.#rolledOut.push({ at: this.now + ROLLOUT_MS, roles });
    if (color === "blue") this.roles = roles;
    await this.world.publish(color, String(++this.#releases), roles.map(promptOf));
  }

  /** A release in which some roles are others; the rest stays. */
  async change(changed: readonly Role[], color = "blue"): Promise<void> {
    const byName = new Map(changed.map((role) => [role.name, role]));
    await this.release(
      this.roles.map((role) => byName.get(role.name) ?? role),
      color,
    );
  }

  /** Another configuration, as a deploy brings it. */
  configure(change: Partial<WarmerConfig>): void {
    Object.assign(this.world, { config: { ...this.world.config, ...change } });
  }

  /** What an operator announces, from five minutes ago on. */
  async mark(kind: AnnouncedKind, note = "planned"): Promise<void> {
    const from = this.now - 5 * MINUTE;
    const event = { id: eventId(from, kind, note), kind, from, to: from + 2 * HOUR, by: "ops", note };
    await this.world.events.put(event);
  }

  /** One minute: the application's requests, a tick at some second of it, and what the monitor marks. */
  async minute(): Promise<void> {
    const { world } = this;
    await world.pass(MINUTE - (world.now % MINUTE));
    const minute = Math.floor(world.now / MINUTE);
    const served = this.#rolledOut.findLast(({ at }) => at <= world.now)?.roles ?? [];
    if (this.#traffic) await this.application.minute(served.map(promptOf), this.roll);
    await world.pass(Math.floor(this.roll(`second ${minute}`) * 40) * SECOND);
    if (this.ticks()) await world.tick();
    await this.#markDeployed();
  }

  /** A quiet time; somebody may deploy something else in it, which costs nothing. */
  async quiet(): Promise<void> {
    await this.minutes(8 + Math.floor(this.roll("quiet") * 5));
    if (this.roll("stack update") < 0.25) this.code = "code of the same behaviour";
    if (this.roll("deploy") < 0.2) await this.mark("deploy", "another service");
    await this.minutes(4);
    // Plans that are put off, and a release of next to nothing: both close enough to be taken for the cause.
    if (this.roll("plan") < 0.15) await this.mark(this.pick("planned", PLANS), "put off");
    if (this.roll("small release") < 0.2)
      await this.change(this.roles.slice(-1).map((role) => rewritten(role, "today")));
    await this.minutes(6);
  }

  async minutes(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await this.minute();
  }

  /** What the monitor does each minute; here it is done when there is something new. */
  async #markDeployed(): Promise<void> {
    const { control, events, config } = this.world;
    const version = deployedVersion(config, this.code);
    const { deployed } = control.control;
    if (deployed?.config === version.config && deployed.code === version.code) return;
    const held = await control.read();
    if (held === undefined) return;
    const session = new ControlSession(control, `mark ${this.now}`, held);
    await markObserved(events, session, version, [...events.stored.values()], this.now);
  }

  /** Some requests fail, somebody deploys something else, an entry was lost half an hour ago. */
  #addNoise(): void {
    const { world, roll } = this;
    const fault = { kind: "overloaded", caller: "warmer", endpoint: "messages" } as const;
    world.provider.faults.add({ ...fault, probability: 0.03 * roll("failures") });
    if (roll("eviction before") < 0.15)
      world.provider.faults.add({ kind: "evict", at: this.now + 2 * MINUTE });
  }
}

export function promptOf({ name, words, tokens, ttl, model, extra = {} }: Role): TestPrompt {
  const { body } = aPrompt(name, { words, tokens, ttl, model });
  const whole = { ...body, ...extra };
  return { name, text: JSON.stringify(whole), body: whole };
}

/** Other bytes under the same name. */
export function rewritten(role: Role, mark: string): Role {
  return { ...role, words: `${role.name} since ${mark}` };
}
