import type { Assembly } from "../../bin/synthesize.ts";
import { initWarmer } from "../../lib/app/init.ts";
import { makeRelease } from "../../lib/app/release.ts";
import { resolveConfig, type WarmerOptions } from "../../lib/core/config.ts";
import { type LocalWarmer, startLocalWarmer } from "../../lib/local/local-warmer.ts";
import { deployedWarm, eventOf, tickEvent } from "./deployed.ts";
import { type Answered, type HeldProvider, startHeldProvider } from "./held-provider.ts";
import { type Instance, startInstance } from "./instance.ts";
import { leastMs } from "./least-time.ts";
import { promptsOf } from "./prompts.ts";

/** What is deployed. The limits are far away, since the bench is about time. */
export const OPTIONS: WarmerOptions = {
  service: "bench",
  environment: "flip",
  colors: ["blue", "green"],
  expected: { prefixes: 50, tokensPerPrefix: 8_000, model: "claude-sonnet-5-5", ttl: "1h" },
  costGuardrails: { maxHourlyFillCost: 10_000, maxDailyFillCost: 100_000 },
  concurrency: 50,
};

export type Start = "cold" | "warm";

/** How one flip went, in seconds from the parameter's write. */
export interface FlipTimes {
  /** Until the answer of the last fill. */
  readonly toFill: number;
  /** Until the answer of the last confirming read. */
  readonly toWarm: number;
  /** What any warmer would have needed for the same answers: see least-time.ts. */
  readonly provider: number;
  /** Requests of the run to AWS, one after the other or together. */
  readonly awsRequests: number;
  /** Processor time of the instance, with its start if that is in the run. */
  readonly cpuSeconds: number;
  readonly memoryMB: number;
}

/**
 * The deployed warm function on the wall clock. The local engine's endpoint and tables stand beside it and never run:
 * no schedule, no delivery of events. Each flip goes to bytes that nobody has filled.
 */
export class FlipWarmer {
  readonly #local: LocalWarmer;
  readonly #provider: HeldProvider;
  readonly #assembly: Assembly;
  readonly #prefixes: number;
  /** By requests in flight: each is an instance of a deployment with that configuration. */
  readonly #instances = new Map<number, Instance>();
  #live: "blue" | "green" = "blue";
  #flips = 0;

  private constructor(local: LocalWarmer, provider: HeldProvider, assembly: Assembly, prefixes: number) {
    this.#local = local;
    this.#provider = provider;
    this.#assembly = assembly;
    this.#prefixes = prefixes;
  }

  /** Deployed, and blue is live with so many warm prefixes. */
  static async live(assembly: Assembly, prefixes: number, concurrency: number): Promise<FlipWarmer> {
    const provider = await startHeldProvider();
    const config = resolveConfig(OPTIONS);
    const { directory, stack } = assembly;
    const startAt = Date.now();
    const local = await startLocalWarmer({ assembly: directory, stack, config, startAt, seed: "flip" });
    const warmer = new FlipWarmer(local, provider, assembly, prefixes);
    await initWarmer(local.operator, "blue", "bench");
    await warmer.#publish("blue");
    await warmer.#start(concurrency).invoke(tickEvent());
    return warmer;
  }

  /**
   * Publishes a new release for the other color, writes the parameter and gives its change event to an instance.
   *
   * @param start whether that instance starts only then, or has run before
   * @throws Error if the run did not fill and confirm every prefix
   */
  async flip(concurrency: number, start: Start): Promise<FlipTimes> {
    const color = this.#live === "blue" ? "green" : "blue";
    await this.#publish(color);
    if (start === "cold") await this.#end(concurrency);
    else if (!this.#instances.has(concurrency))
      throw new Error(`no instance with ${concurrency} requests in flight has run yet`);
    const { engine } = this.#local;
    const [before, callsBefore] = [this.#provider.answered.length, engine.calls.length];
    const { liveColorParameter: name } = resolveConfig(OPTIONS);
    const writtenAt = performance.now();
    engine.ssm.put({ Name: name, Value: color, Overwrite: true }, { at: Date.now() });
    const event = eventOf("aws.ssm", "Parameter Store Change", { name, operation: "Update", type: "String" });
    const instance = this.#instances.get(concurrency) ?? this.#start(concurrency);
    const { report, cpuSeconds, memoryMB } = await instance.invoke(event);
    this.#live = color;
    const answered = this.#provider.answered.slice(before);
    const lastOf = (wanted: Answered["kind"]) => {
      const all = answered.filter(({ kind }) => kind === wanted);
      if (all.length !== this.#prefixes)
        throw new Error(`${all.length} of ${this.#prefixes} prefixes had a ${wanted}: ${report.outcome}`);
      return Math.max(...all.map((answer) => answer.endedAt));
    };
    const seconds = (instant: number) => (instant - writtenAt) / 1_000;
    return {
      toFill: seconds(lastOf("fill")),
      toWarm: seconds(lastOf("read")),
      provider: leastMs(answered, concurrency) / 1_000,
      awsRequests: engine.calls.slice(callsBefore).length,
      cpuSeconds,
      memoryMB,
    };
  }

  async stop(): Promise<void> {
    for (const concurrency of [...this.#instances.keys()]) await this.#end(concurrency);
    await this.#provider.close();
    await this.#local.stop();
  }

  async #publish(color: string): Promise<void> {
    const id = String(++this.#flips);
    const prompts = promptsOf(`${this.#prefixes}.${id}`, this.#prefixes);
    const { manifest, bodies } = makeRelease(resolveConfig(OPTIONS), color, id, prompts, Date.now());
    await this.#local.operator.manifests.publish(manifest, bodies);
  }

  #start(concurrency: number): Instance {
    const config = { ...resolveConfig(OPTIONS), concurrency };
    const instance = startInstance(
      deployedWarm(this.#local.engine, this.#assembly, config, { provider: this.#provider.url }),
    );
    this.#instances.set(concurrency, instance);
    return instance;
  }

  async #end(concurrency: number): Promise<void> {
    await this.#instances.get(concurrency)?.stop();
    this.#instances.delete(concurrency);
  }
}
