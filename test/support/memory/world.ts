import { deployedVersion } from "../../../lib/app/automatic-marks.ts";
import type { FlipPorts } from "../../../lib/app/flip.ts";
import { openGate } from "../../../lib/app/gate.ts";
import { initWarmer } from "../../../lib/app/init.ts";
import { type MonitorPorts, type MonitorReport, monitorCycle } from "../../../lib/app/monitor-cycle.ts";
import { publishRelease } from "../../../lib/app/publish.ts";
import { readStatus, type Status } from "../../../lib/app/status.ts";
import { type WarmPorts, type WarmReport, warmCycle } from "../../../lib/app/warm-cycle.ts";
import { resolveConfig, type WarmerConfig } from "../../../lib/core/config.ts";
import type { Ledger } from "../../../lib/core/ledger.ts";
import { openWindows } from "../../../lib/core/open-windows.ts";
import type { BillLine } from "../../../lib/local/provider/bill.ts";
import type { ProviderOptions } from "../../../lib/local/provider/options.ts";
import { Provider } from "../../../lib/local/provider/provider.ts";
import type { LoggedRequest } from "../../../lib/local/provider/request-log.ts";
import { TEST_OPTIONS } from "../options.ts";
import type { TestPrompt } from "../prompts.ts";
import { MemoryAdvice } from "./advice.ts";
import { MemoryControl } from "./control.ts";
import { MemoryHistory } from "./history.ts";
import { MemoryKnownEvents } from "./known-events.ts";
import { MemoryLiveColor } from "./live-color.ts";
import { MemoryManifests } from "./manifests.ts";
import { MemoryMetrics } from "./metrics.ts";
import { MemoryIncidents, MemoryNotifier } from "./people.ts";
import { MemoryPlan } from "./plan.ts";
import { MemoryPrefixes } from "./prefixes.ts";
import { MemoryProvider, WARMER_KEY } from "./provider.ts";
import { MemoryCallbacks, MemoryGates, MemoryUsage } from "./releases.ts";
import { Scheduler, Worker, type WorkerOptions } from "./scheduler.ts";

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;

/** An instant inside a UTC hour and at the start of a minute, so that no test meets an edge by accident. */
export const START = Date.UTC(2026, 10, 20, 8, 3);

/** The function's timeout. */
export const TIMEOUT_MS = 120_000;

export const CONFIG = resolveConfig({ ...TEST_OPTIONS, concurrency: 4 });

/** The configuration with other limits, in USD; they are not checked against what is expected. */
export function withLimits(
  usd: { readonly hourly?: number; readonly daily?: number; readonly absoluteMax?: number },
  actionOnLimit: WarmerConfig["guardrails"]["actionOnLimit"] = "pause_warmer",
): WarmerConfig {
  const micro = Object.fromEntries(
    Object.entries(usd).map(([name, amount]) => [name, Math.round(amount * 1e6)]),
  );
  return { ...CONFIG, guardrails: { ...CONFIG.guardrails, ...micro, actionOnLimit } };
}

const NO_LIMIT = { hourly: 1e12, daily: 1e12, absoluteMax: 1e12 };

export interface MemoryWorldOptions {
  /** Decides every order and every chance. @default 1 */
  readonly seed?: number;
  readonly startAt?: number;
  readonly config?: WarmerConfig;
  readonly provider?: Partial<ProviderOptions>;
  /** Another environment that lives in the same time and uses the same key of the same provider. */
  readonly beside?: Pick<MemoryWorld, "scheduler" | "provider">;
}

export interface RunOptions extends WorkerOptions {
  /** @default - a fresh id */
  readonly id?: string;
  /** The function's timeout: the run is killed when it is over. @default TIMEOUT_MS */
  readonly timeoutMs?: number;
}

/** The use cases over ports in memory, in the words of the tests. */
export class MemoryWorld {
  /** What is deployed; a test may deploy another one. */
  config: WarmerConfig;
  readonly scheduler: Scheduler;
  readonly control = new MemoryControl();
  readonly prefixes = new MemoryPrefixes();
  readonly manifests = new MemoryManifests();
  readonly liveColor: MemoryLiveColor;
  readonly metrics: MemoryMetrics;
  readonly notifier = new MemoryNotifier();
  readonly incidents = new MemoryIncidents();
  readonly events = new MemoryKnownEvents();
  readonly history = new MemoryHistory();
  readonly gates = new MemoryGates();
  readonly callbacks = new MemoryCallbacks();
  readonly usage = new MemoryUsage();
  readonly plan = new MemoryPlan();
  readonly advice: MemoryAdvice;
  readonly provider: Provider;
  /** The key that the warmer uses; `undefined`: its parameter cannot be read. */
  apiKey: string | undefined = WARMER_KEY.key;
  /** Sees each message that the provider processed, with the run that sent it. */
  sent: (runId: string, line: BillLine | undefined) => void = () => {};
  readonly #wide: WarmerConfig;
  #runs = 0;
  #events = 0;

  constructor({
    seed = 1,
    startAt = START,
    config = CONFIG,
    provider = {},
    beside,
  }: MemoryWorldOptions = {}) {
    this.config = config;
    this.#wide = { ...config, guardrails: { ...config.guardrails, ...NO_LIMIT } };
    this.scheduler = beside?.scheduler ?? new Scheduler(seed, startAt);
    const now = () => this.scheduler.now;
    this.liveColor = new MemoryLiveColor(now);
    this.metrics = new MemoryMetrics(now);
    this.advice = new MemoryAdvice(now);
    this.provider =
      beside?.provider ??
      new Provider({
        keys: [WARMER_KEY],
        now,
        latency: () => ({ firstByteMs: 700, totalMs: 900 }),
        seed: String(seed),
        ...provider,
      });
  }

  /** Initialised with blue, and blue's release published. */
  static async live(prompts: readonly TestPrompt[], options: MemoryWorldOptions = {}): Promise<MemoryWorld> {
    const world = new MemoryWorld(options);
    await world.init("blue");
    await world.publish("blue", "1", prompts);
    return world;
  }

  get now(): number {
    return this.scheduler.now;
  }

  /** The ports of one worker: each call waits for its turn. */
  ports(worker: Worker, runId = "operator"): WarmPorts {
    const sent = (line: BillLine | undefined) => this.sent(runId, line);
    return {
      clock: worker,
      liveColor: worker.taking(this.liveColor),
      control: worker.taking(this.control),
      prefixes: worker.taking(this.prefixes),
      manifests: worker.taking(this.manifests),
      metrics: worker.taking(this.metrics),
      gates: worker.taking(this.gates),
      callbacks: worker.taking(this.callbacks),
      usage: worker.taking(this.usage),
      plan: worker.taking(this.plan),
      provider: new MemoryProvider(this.provider, worker, () => this.apiKey, sent),
    };
  }

  async init(color: string): Promise<void> {
    const worker = new Worker(this.scheduler);
    const { guardrails } = this.config;
    const begin = (empty: Ledger) => openWindows(empty, guardrails, this.now);
    await this.scheduler.until(initWarmer(this.#operatorPorts(worker), color, "init", begin));
  }

  /** Publishes also what the limits have no room for: that is for the runs to meet. */
  async publish(...release: Parameters<MemoryWorld["publishing"]>): Promise<void> {
    await this.scheduler.until(this.publishing(...release));
  }

  /** The same, inside of work that the scheduler runs. */
  async publishing(
    color: string,
    release: string,
    prompts: readonly TestPrompt[],
    optional: readonly string[] = [],
  ): Promise<void> {
    const ports = this.#operatorPorts(new Worker(this.scheduler));
    await publishRelease(ports, this.#wide, { color, release, prompts, optional, by: "test", live: true });
  }

  /** As a release pipeline does it that asks nobody: it writes the parameter. */
  async flip(color: string): Promise<void> {
    await this.scheduler.until(this.#operatorPorts(new Worker(this.scheduler)).liveColor.write(color));
  }

  /** The ports of an operator who flips. */
  flipPorts(): FlipPorts {
    return this.#operatorPorts(new Worker(this.scheduler));
  }

  async status(): Promise<Status> {
    const ports = this.#operatorPorts(new Worker(this.scheduler));
    return this.scheduler.until(readStatus(ports, this.config));
  }

  /** A scheduled event of this moment. */
  tickEvent() {
    const id = `event-${++this.#events}`;
    const time = new Date(this.now).toISOString();
    return { id, time, source: "aws.events", "detail-type": "Scheduled Event" };
  }

  /** A Parameter Store Change of the live color, of this moment. */
  changeEvent() {
    return {
      ...this.tickEvent(),
      source: "aws.ssm",
      "detail-type": "Parameter Store Change",
      detail: { name: this.config.liveColorParameter, operation: "Update" },
    };
  }

  /** Begins one run of the warm function; it goes on while the scheduler runs, and is killed at its timeout. */
  run(event: unknown, options: RunOptions = {}): Promise<WarmReport | "killed"> {
    const { id = `run-${++this.#runs}`, timeoutMs = TIMEOUT_MS, ...rest } = options;
    const worker = new Worker(this.scheduler, rest);
    const timer = new Worker(this.scheduler);
    void timer.sleep(timeoutMs).then(() => worker.kill());
    const run = { id, deadlineAt: worker.now() + timeoutMs };
    const cycle = warmCycle(this.ports(worker, id), this.config, event, run);
    return Promise.race([cycle, worker.death]).finally(() => {
      timer.kill();
      worker.kill();
    });
  }

  /** One run for a fresh tick, from start to end. @throws Error if it was killed */
  async tick(options: RunOptions = {}): Promise<WarmReport> {
    return this.runToEnd(this.tickEvent(), options);
  }

  /** One run, from start to end. @throws Error if it was killed */
  async runToEnd(event: unknown, options: RunOptions = {}): Promise<WarmReport> {
    const report = await this.scheduler.until(this.run(event, options));
    if (report === "killed") throw new Error("the run was killed before it ended");
    return report;
  }

  async monitor(): Promise<MonitorReport> {
    const ports = this.monitorPorts(new Worker(this.scheduler));
    return this.scheduler.until(monitorCycle(ports, this.config, `monitor-${++this.#runs}`));
  }

  /** The ports of one round of the monitor. */
  monitorPorts(worker: Worker): MonitorPorts {
    return {
      ...this.ports(worker),
      notifier: worker.taking(this.notifier),
      incidents: worker.taking(this.incidents),
      usage: worker.taking(this.usage),
      events: worker.taking(this.events),
      history: worker.taking(this.history),
      advice: worker.taking(this.advice),
      version: deployedVersion(this.config, "code"),
    };
  }

  /** Waits inside of work that the scheduler runs. */
  wait(ms: number): Promise<void> {
    return new Worker(this.scheduler).sleep(ms);
  }

  /** Lets time pass, and nothing happen in it but what was begun before. */
  async pass(ms: number): Promise<void> {
    await this.scheduler.pass(ms);
  }

  /** Lets minutes pass: at the start of each, one tick and one round of the monitor. */
  async minutes(count: number): Promise<WarmReport[]> {
    const reports: WarmReport[] = [];
    for (let i = 0; i < count; i++) {
      await this.pass(MINUTE - (this.now % MINUTE));
      reports.push(await this.tick());
      await this.monitor();
    }
    return reports;
  }

  /** Messages that reached the provider since an instant, without count_tokens. */
  touches(since = 0): readonly LoggedRequest[] {
    return this.provider.log.filter(({ endpoint, at }) => endpoint === "messages" && at >= since);
  }

  /** As the gate function answers a plain call; its gates are worked on by whoever runs the ticks. */
  async #askGate(worker: Worker, question: unknown): Promise<unknown> {
    const {
      id,
      color = "",
      minCoverage = 1,
      timeoutSeconds = 60,
      failDeployment = false,
    } = question as {
      id?: string;
      color?: string;
      minCoverage?: number;
      timeoutSeconds?: number;
      failDeployment?: boolean;
    };
    if (id !== undefined) return this.gates.get(id);
    const ports = { ...this.ports(worker), events: this.events, warm: { start: async () => {} } };
    const request = { color, minCoverage, timeoutMs: timeoutSeconds * 1000, failDeployment };
    return openGate(ports, this.config, request, { id: `gate-${++this.#runs}`, by: "operator" });
  }

  #operatorPorts(worker: Worker) {
    const subscriptions = { unconfirmed: async () => [] };
    const { liveColor, manifests } = this;
    return {
      ...this.ports(worker),
      liveColor: worker.taking(liveColor),
      manifests: worker.taking(manifests),
      events: worker.taking(this.events),
      history: worker.taking(this.history),
      advice: worker.taking(this.advice),
      gate: { invoke: (question: unknown) => this.#askGate(worker, question) },
      subscriptions,
    };
  }
}
