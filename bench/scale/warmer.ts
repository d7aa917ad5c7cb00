import type { Assembly } from "../../bin/synthesize.ts";
import { initWarmer } from "../../lib/app/init.ts";
import type { WarmReport } from "../../lib/app/warm-cycle.ts";
import { DynamoManifests } from "../../lib/aws/dynamo-manifests.ts";
import { DynamoPrefixes } from "../../lib/aws/dynamo-prefixes.ts";
import { openTable, type Table } from "../../lib/aws/table.ts";
import { resolveConfig, type WarmerOptions } from "../../lib/core/config.ts";
import { type Manifest, makeManifest } from "../../lib/core/manifest.ts";
import type { PrefixState } from "../../lib/core/prefix-state.ts";
import { REGION } from "../../lib/local/account.ts";
import { type LocalWarmer, startLocalWarmer } from "../../lib/local/local-warmer.ts";
import { deployedWarm, eventOf, tickEvent } from "../flip/deployed.ts";
import { type HeldProvider, startHeldProvider } from "../flip/held-provider.ts";
import { type Instance, startInstance } from "../flip/instance.ts";
import { type Fleet, MOST_IN_FLIGHT } from "./fleet.ts";
import { type Consumed, type MeasuredTable, startMeasuredTable } from "./measured-table.ts";

/** What is deployed. The limits are far away, since the bench is about time, memory and units. */
export const OPTIONS: WarmerOptions = {
  service: "bench",
  environment: "scale",
  colors: ["blue", "green"],
  expected: { prefixes: 47_000, tokensPerPrefix: 8_000, model: "claude-sonnet-5-5", ttl: "1h" },
  costGuardrails: { maxHourlyFillCost: 100_000, maxDailyFillCost: 1_000_000 },
  concurrency: MOST_IN_FLIGHT,
};

export const CONFIG = resolveConfig(OPTIONS);

/** What one run took. */
export interface Ran {
  readonly report: WarmReport;
  /** From the event to the answer, on the wall clock. */
  readonly seconds: number;
  /** Processor time of the instance. */
  readonly cpuSeconds: number;
  /** The most that its process has held so far. */
  readonly memoryMB: number;
  readonly table: Consumed;
}

/** The deployed warm function in a process as large as its Lambda, before a table that counts and limits. */
export class ScaleWarmer {
  readonly local: LocalWarmer;
  readonly provider: HeldProvider;
  readonly prefixes: DynamoPrefixes;
  readonly table: Table;
  readonly memoryMiB: number;
  readonly #measured: MeasuredTable;
  readonly #start: () => Instance;
  #instance: Instance | undefined;

  private constructor(
    local: LocalWarmer,
    provider: HeldProvider,
    measured: MeasuredTable,
    assembly: Assembly,
  ) {
    this.local = local;
    this.provider = provider;
    this.#measured = measured;
    const [table] = local.engine.template().ofType("AWS::DynamoDB::Table");
    if (table === undefined) throw new Error("the template has no table");
    const credentials = { accessKeyId: "bench", secretAccessKey: "local" };
    this.table = openTable(table.name, { endpoint: measured.url, region: REGION, credentials });
    this.prefixes = new DynamoPrefixes(this.table);
    const urls = { provider: provider.url, aws: measured.url };
    const deployed = deployedWarm(local.engine, assembly, CONFIG, urls);
    this.memoryMiB = deployed.memoryMiB;
    this.#start = () => startInstance({ ...deployed, flags: flagsOf(deployed.memoryMiB) });
  }

  static async deploy(assembly: Assembly): Promise<ScaleWarmer> {
    const provider = await startHeldProvider();
    const { directory, stack } = assembly;
    const local = await startLocalWarmer({
      assembly: directory,
      stack,
      config: CONFIG,
      startAt: Date.now(),
      seed: "scale",
    });
    const measured = await startMeasuredTable(local.engine.url);
    await initWarmer(local.operator, "blue", "bench");
    return new ScaleWarmer(local, provider, measured, assembly);
  }

  /** Publishes a fleet. @returns its manifest */
  async publish(color: string, release: string, { entries, bodies }: Fleet): Promise<Manifest> {
    const manifest = makeManifest(color, release, entries, Date.now());
    await new DynamoManifests(this.table).publish(manifest, bodies);
    return manifest;
  }

  /** Brings state to where the manifest is served and its prefixes are as given. */
  async serve(manifest: Manifest, states: readonly PrefixState[]): Promise<void> {
    await this.prefixes.save(states);
    const held = await this.local.operator.control.read();
    if (held === undefined) throw new Error("there is no control item");
    const { color, digest, release, prefixes, required } = manifest;
    const serving = { color, digest, release, prefixes, required, parameterVersion: 1, since: Date.now() };
    await this.local.operator.control.write({ ...held.control, serving }, held.revision, `serve-${release}`);
  }

  /** One tick of an instance that is running, or of a new one. */
  tick(): Promise<Ran> {
    return this.#invoke(tickEvent());
  }

  /** Writes the live-color parameter and hands on its change event. */
  flip(color: string): Promise<Ran> {
    const name = CONFIG.liveColorParameter;
    this.local.engine.ssm.put({ Name: name, Value: color, Overwrite: true }, { at: Date.now() });
    return this.#invoke(
      eventOf("aws.ssm", "Parameter Store Change", { name, operation: "Update", type: "String" }),
    );
  }

  /** The next run is that of a new instance. */
  async restart(): Promise<void> {
    await this.#instance?.stop();
    this.#instance = undefined;
  }

  async stop(): Promise<void> {
    await this.restart();
    this.table.client.destroy();
    await this.#measured.close();
    await this.provider.close();
    await this.local.stop();
  }

  async #invoke(event: object): Promise<Ran> {
    this.#instance ??= this.#start();
    this.#measured.take();
    this.#measured.limits = true;
    const startedAt = performance.now();
    try {
      const ran = await this.#instance.invoke(event);
      return { ...ran, seconds: (performance.now() - startedAt) / 1_000, table: this.#measured.take() };
    } finally {
      this.#measured.limits = false;
    }
  }
}

/** As Lambda's own start script does it: 90 % of the memory for old objects, 5 % for each half of the new ones. */
function flagsOf(memoryMiB: number): string[] {
  const share = (percent: number) => Math.floor((memoryMiB * percent) / 100);
  return [`--max-old-space-size=${share(90)}`, `--max-semi-space-size=${share(5)}`];
}
