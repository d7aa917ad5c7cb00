/** A warmer of two partitions, two workspaces of the provider: `eu` and `us`, each with a key and half of the limits. */
import { initWarmer } from "../../lib/app/init.ts";
import { publishRelease } from "../../lib/app/publish.ts";
import type { WarmReport } from "../../lib/app/warm-cycle.ts";
import { resolveConfig, type WarmerOptions } from "../../lib/core/config.ts";
import type { Control } from "../../lib/core/control.ts";
import type { LocalWarmerOptions } from "../../lib/local/local-warmer.ts";
import { TEST_OPTIONS } from "../support/options.ts";
import type { TestPrompt } from "../support/prompts.ts";
import type { AssemblyOnDisk } from "../support/template-variant.ts";
import { World } from "../support/world.ts";
import { withOptions } from "./other-options.ts";

export const PARTITIONS = ["eu", "us"] as const;
export type PartitionName = (typeof PARTITIONS)[number];

export const TWO_PARTITIONS: WarmerOptions = {
  ...TEST_OPTIONS,
  partitions: PARTITIONS.map((name) => ({ name, share: 0.5, apiKeyParameter: `/support/test/${name}-key` })),
};

const CONFIG = resolveConfig(TWO_PARTITIONS);

export class PartitionWorld {
  readonly world: World;

  private constructor(world: World) {
    this.world = world;
  }

  /** `cdk deploy`, and nothing else yet. */
  static async deploy(
    assembly: AssemblyOnDisk,
    options: Partial<LocalWarmerOptions> = {},
  ): Promise<PartitionWorld> {
    const keys = PARTITIONS.map((name) => ({ key: `${name}-secret`, workspace: name, caller: "warmer" }));
    const world = await World.deploy({
      assembly: withOptions(assembly, TWO_PARTITIONS),
      config: CONFIG,
      apiKeys: Object.fromEntries(PARTITIONS.map((name) => [`/support/test/${name}-key`, `${name}-secret`])),
      provider: { keys, latency: () => ({ firstByteMs: 700, totalMs: 900 }) },
      ...options,
    });
    return new PartitionWorld(world);
  }

  /** Both initialised with blue, and the same release of blue in both. */
  static async live(
    assembly: AssemblyOnDisk,
    prompts: readonly TestPrompt[],
    options: Partial<LocalWarmerOptions> = {},
  ): Promise<PartitionWorld> {
    const parts = await PartitionWorld.deploy(assembly, options);
    for (const name of PARTITIONS) {
      await initWarmer(parts.of(name).ports, "blue", `init-${name}`);
      await parts.publish(name, "blue", "1", prompts);
    }
    return parts;
  }

  of(name: PartitionName) {
    const found = this.world.warmer.partitions.find(({ config }) => config.partition === name);
    if (found === undefined) throw new Error(`there is no partition ${name}`);
    return found;
  }

  async control(name: PartitionName): Promise<Control> {
    const held = await this.of(name).ports.control.read();
    if (held === undefined) throw new Error(`${name} has no control item`);
    return held.control;
  }

  /** Publishes also what the limits have no room for: that is for the runs to meet. */
  async publish(
    name: PartitionName,
    color: string,
    release: string,
    prompts: readonly TestPrompt[],
  ): Promise<void> {
    const { ports, config } = this.of(name);
    const guardrails = { ...config.guardrails, hourly: 1e12, daily: 1e12, absoluteMax: 1e12 };
    const request = { color, release, prompts, by: "test", live: true };
    await publishRelease(ports, { ...config, guardrails }, request);
  }

  /** Outcomes of one partition's warm function since an instant. */
  outcomes(name: PartitionName, since = 0): string[] {
    return this.world.engine.journal.events.flatMap((event) => {
      if (event.kind !== "invoked" || event.at < since) return [];
      if (!event.function.startsWith(`WarmerWarm${name}`)) return [];
      const report = event.result as WarmReport | undefined;
      return [report?.outcome ?? event.error?.errorMessage.split(":")[0] ?? "none"];
    });
  }

  /** Messages that reached the provider with one partition's key since an instant. */
  touches(name: PartitionName, since = 0) {
    return this.world.touches(since).filter(({ workspace }) => workspace === name);
  }
}
