import { inject } from "vitest";
import { initWarmer } from "../../lib/app/init.ts";
import { publishRelease } from "../../lib/app/publish.ts";
import type { WarmReport } from "../../lib/app/warm-cycle.ts";
import type { AlarmName } from "../../lib/core/alarms.ts";
import { resolveConfig } from "../../lib/core/config.ts";
import { type LocalWarmer, type LocalWarmerOptions, startLocalWarmer } from "../../lib/local/local-warmer.ts";
import { TEST_OPTIONS } from "./options.ts";
import type { TestPrompt } from "./prompts.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** An instant inside a UTC hour, so that no test meets a window's edge by accident. */
export const START = Date.UTC(2026, 10, 20, 8, 3);

export const CONFIG = resolveConfig(TEST_OPTIONS);

/** One run of the warm function: when, and the outcome it ended with. */
export interface Ran {
  readonly at: number;
  readonly endedAt: number;
  readonly outcome: string;
  readonly report?: WarmReport;
}

/** The deployed stack on the local engine, in the words of the tests. */
export class World {
  readonly warmer: LocalWarmer;

  private constructor(warmer: LocalWarmer) {
    this.warmer = warmer;
  }

  /** `cdk deploy`, and nothing else yet. */
  static async deploy(options: Partial<LocalWarmerOptions> = {}): Promise<World> {
    const { directory, stack } = inject("assembly");
    const latency = () => ({ firstByteMs: 700, totalMs: 900 });
    const warmer = await startLocalWarmer({
      assembly: directory,
      stack,
      config: CONFIG,
      startAt: START,
      seed: "test",
      provider: { latency },
      ...options,
    });
    return new World(warmer);
  }

  /** Deployed, initialised with blue, and blue's release published: what a healthy warmer starts from. */
  static async live(
    prompts: readonly TestPrompt[],
    options: Partial<LocalWarmerOptions> = {},
  ): Promise<World> {
    const world = await World.deploy(options);
    await world.init("blue");
    await world.publish("blue", "1", prompts);
    return world;
  }

  get engine() {
    return this.warmer.engine;
  }

  get provider() {
    return this.warmer.provider;
  }

  /** The deployed function whose logical id begins so. @throws Error if the stack has none */
  functionOf(start: string) {
    const functions = this.engine.template().ofType("AWS::Lambda::Function");
    const found = functions.find(({ logicalId }) => logicalId.startsWith(start));
    if (found === undefined) throw new Error(`the stack has no ${start}`);
    return found;
  }

  /** The logical id of the rule that has this in it. @throws Error if the stack has none */
  ruleOf(part: string): string {
    const rules = this.engine.template().ofType("AWS::Events::Rule");
    const found = rules.find(({ logicalId }) => logicalId.includes(part));
    if (found === undefined) throw new Error(`the stack has no rule ${part}`);
    return found.logicalId;
  }

  async init(color: string): Promise<void> {
    await initWarmer(this.warmer.operator, color, "init");
  }

  async publish(color: string, release: string, prompts: readonly TestPrompt[]): Promise<void> {
    const request = { color, release, prompts, by: "test", live: true };
    await publishRelease(this.warmer.operator, CONFIG, request);
  }

  /** As a release pipeline does it that asks nobody: it writes the parameter. */
  async flip(color: string): Promise<void> {
    await this.warmer.operator.liveColor.write(color);
  }

  /** Lets virtual time pass. */
  async pass(ms: number): Promise<void> {
    await this.engine.runUntil(this.engine.now() + ms);
  }

  /** Runs of the warm function since an instant. */
  ran(since = 0): Ran[] {
    return this.engine.journal.events.flatMap((event) => {
      if (event.kind !== "invoked" || !event.function.startsWith("WarmerWarm") || event.at < since) return [];
      const report = event.result as WarmReport | undefined;
      const outcome = report?.outcome ?? event.error?.errorMessage.split(":")[0] ?? "none";
      return [{ at: event.at, endedAt: event.endedAt, outcome, ...(report !== undefined && { report }) }];
    });
  }

  /** When an alarm fired since an instant. */
  fired(alarm: AlarmName, since = 0): number[] {
    return this.changes(alarm, "ALARM", since);
  }

  /** When an alarm lost its data since an instant. */
  fellSilent(alarm: AlarmName, since = 0): number[] {
    return this.changes(alarm, "INSUFFICIENT_DATA", since);
  }

  recovered(alarm: AlarmName, since = 0): number[] {
    return this.changes(alarm, "OK", since);
  }

  /** Every alarm that fired since an instant, by name. */
  allFired(since = 0): string[] {
    return this.engine.journal.events.flatMap((event) =>
      event.kind === "alarm" && event.to === "ALARM" && event.at >= since ? [event.alarm] : [],
    );
  }

  /** Warm requests that reached the provider since an instant, without count_tokens. */
  touches(since = 0) {
    return this.provider.log.filter(
      ({ caller, endpoint, at }) => caller === "warmer" && endpoint === "messages" && at >= since,
    );
  }

  /** @throws for a call that the template's policies refused: every test here also shows that they give enough. */
  async stop(): Promise<void> {
    const denials = this.engine.access.takeDenials();
    await this.warmer.stop();
    const refused = denials.map(({ caller, action, resource }) => `${caller} ${action} ${resource}`);
    if (refused.length > 0) throw new Error(`the template's policies refused ${refused.join("; ")}`);
  }

  private changes(alarm: AlarmName, to: string, since: number): number[] {
    return this.engine.journal.events.flatMap((event) =>
      event.kind === "alarm" && event.alarm.endsWith(`-${alarm}`) && event.to === to && event.at >= since
        ? [event.at]
        : [],
    );
  }
}
