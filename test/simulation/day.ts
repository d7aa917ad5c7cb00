import type { WarmerConfig } from "../../lib/core/config.ts";
import type { Control } from "../../lib/core/control.ts";
import { chance } from "../support/memory/chance.ts";
import type { AuditedLimits } from "../support/memory/money-audit.ts";
import { WARMER_KEY } from "../support/memory/provider.ts";
import { Worker } from "../support/memory/scheduler.ts";
import { AlarmModel } from "./alarm-model.ts";
import { APP_KEY } from "./application.ts";
import type { Bug } from "./bug.ts";
import type { Broken } from "./conduct.ts";
import type { FaultCode } from "./fault-table.ts";
import { faultyPorts } from "./faulty-ports.ts";
import { Findings } from "./findings.ts";
import type { Violation } from "./invariants.ts";
import { Liveness } from "./liveness.ts";
import { Releases } from "./releases.ts";
import { Runs } from "./runs.ts";
import { SimulatedWorld } from "./simulated-world.ts";
import type { Planned, Story } from "./story.ts";
import { configOf, limitsOf } from "./story-config.ts";
import { Trace } from "./trace.ts";
import { Watcher } from "./watcher.ts";
import { Weather } from "./weather.ts";

/** Within the margin of a reservation: 1 - 1 / 1.05. */
const COUNT_ERROR = 0.047;

/** One story as it is played: the world, what is wrong around it, and everything that watches it. */
export class Day {
  readonly story: Story;
  readonly bug: Bug | undefined;
  readonly world: SimulatedWorld;
  /** As configured: a planted bug may have the use cases believe something else. */
  readonly config: WarmerConfig;
  /** What the bill and the ledger may come to, whatever the warmer was told. */
  readonly limits: AuditedLimits;
  readonly weather = new Weather();
  readonly alarms: AlarmModel;
  readonly releases: Releases;
  readonly runs = new Runs(this);
  readonly trace = new Trace();
  readonly findings = new Findings();
  readonly liveness = new Liveness();
  readonly watcher: Watcher;
  #calls = 0;
  #ids = 0;

  private constructor(story: Story, bug: Bug | undefined, world: SimulatedWorld, config: WarmerConfig) {
    const { seed, setting } = story;
    this.story = story;
    this.bug = bug;
    this.config = config;
    this.limits = limitsOf(config);
    this.world = world;
    this.alarms = new AlarmModel(seed);
    this.releases = new Releases(world, setting);
    this.watcher = new Watcher(this);
    this.#disturb();
  }

  /** The warmer is initialised with blue, and nothing is published yet. */
  static async begin(story: Story, bug?: Bug): Promise<Day> {
    const { seed, setting } = story;
    const { answersAfterMs } = setting;
    const config = configOf(setting);
    const world = new SimulatedWorld({
      seed,
      startAt: setting.startAt,
      config: bug?.config?.(config) ?? config,
      provider: {
        keys: [WARMER_KEY, APP_KEY],
        countErrorShare: COUNT_ERROR,
        latency: () => ({ firstByteMs: answersAfterMs / 2, totalMs: answersAfterMs }),
      },
    });
    world.prefixes.loops = setting.isRestless;
    await world.init("blue");
    return new Day(story, bug, world, config);
  }

  get now(): number {
    return this.world.now;
  }

  /** The control item as it was written last, whether or not it can be read now. */
  get control(): Control {
    return this.watcher.control;
  }

  wait(ms: number): Promise<void> {
    return this.world.wait(ms);
  }

  worker(): Worker {
    return new Worker(this.world.scheduler);
  }

  /** An id that no other call of this story has; short enough for the audit to tell runs apart by it. */
  id(kind: string): string {
    return `${kind}-${++this.#ids}`;
  }

  effect(code: FaultCode): void {
    this.findings.effect(code);
  }

  begins(planned: Planned): void {
    this.findings.begins(planned, this.now);
    this.trace.add(this.now, `begins ${planned.what}`);
  }

  isInForce(code: FaultCode): boolean {
    return this.findings.isInForce(code, this.now);
  }

  broke(broken: Broken): void {
    this.findings.broke(broken, this.now);
  }

  /** What did not hold, the first first. */
  get violations(): Violation[] {
    return [...this.watcher.violations, ...this.findings.violations].sort((a, b) => a.at - b.at);
  }

  /** Puts what is wrong, the watcher and the planted bug between the use cases and their ports, in this order. */
  #disturb(): void {
    const { world, weather, watcher, bug } = this;
    world.control.meets = () => {
      if (weather.get("noRegion")) return "unavailable";
      const control = weather.get("control");
      if (control === undefined || chance(this.story.seed, 77, ++this.#calls) >= control.share)
        return undefined;
      if (control.how !== "unavailable") this.effect("F31");
      return control.how;
    };
    world.prefixes.unavailable = () => (weather.get("noTable") ?? weather.get("noRegion")) === true;
    world.seam = (ports, runId, worker) => {
      const watched = watcher.watched(faultyPorts(ports, runId, world, weather, worker), runId);
      return bug?.seam?.(watched, runId, this) ?? watched;
    };
  }
}
