import { type Assembly, synthesize } from "../../bin/synthesize.ts";
import { type FlipReport, flip } from "../../lib/app/flip.ts";
import { initWarmer } from "../../lib/app/init.ts";
import type { RemoteFunction } from "../../lib/app/ports.ts";
import { publishRelease } from "../../lib/app/publish.ts";
import { retireColor } from "../../lib/app/retire.ts";
import { resolveConfig, type WarmerOptions } from "../../lib/core/config.ts";
import type { Gate } from "../../lib/core/release/gate.ts";
import { type LocalWarmer, startLocalWarmer } from "../../lib/local/local-warmer.ts";
import { LANE_KEYS, LATENCY, type Lane, makeLane } from "./lane.ts";
import type { DemoPrompt } from "./prompts.ts";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

/** Eight in the morning of a Friday: the day on which the demo always plays. */
export const STARTS_AT = Date.UTC(2026, 10, 20, 8);

export const SEED = "six-hours";

/** What the demo's operator wrote in `warmer.config.ts`. */
export const OPTIONS: WarmerOptions = {
  service: "support",
  environment: "demo",
  colors: ["blue", "green"],
  expected: { prefixes: 2, tokensPerPrefix: 15_000, model: "claude-sonnet-5-5", ttl: "5m" },
  costGuardrails: { maxHourlyFillCost: 0.5, maxDailyFillCost: 3 },
  notify: ["ops@example.com"],
};

/** The warmer's own lane: the deployed stack on the local engine, and its application. */
export interface World {
  readonly warmer: LocalWarmer;
  readonly lane: Lane;
  publish(color: string, release: string, prompts: readonly DemoPrompt[]): Promise<void>;
  /** The live color at this moment: what traffic follows, and the warmer. */
  liveColor(): string;
  /** `warmer flip --wait`: virtual time passes until the gate has its answer and the flip its proof. */
  flip(color: string): Promise<ObservedFlip>;
  /** `warmer retire`. */
  retire(color: string): Promise<void>;
  stop(): Promise<void>;
}

/** A flip that asked the gate. */
export interface ObservedFlip extends FlipReport {
  readonly gate: Gate;
  /** When the parameter was written. */
  readonly at: number;
}

let assembly: Assembly | undefined;

/** Synthesized once for all the stories of a process: they deploy the same stack. */
function assemblyOnce(): Assembly {
  if (assembly === undefined) {
    const made = synthesize(OPTIONS);
    process.once("exit", () => made.remove());
    assembly = made;
  }
  return assembly;
}

/** `cdk deploy` and `warmer init`, on this machine. */
export async function deployWorld(): Promise<World> {
  const config = resolveConfig(OPTIONS);
  const { directory, stack } = assemblyOnce();
  const warmer = await startLocalWarmer({
    assembly: directory,
    stack,
    config,
    startAt: STARTS_AT,
    seed: SEED,
    provider: { keys: LANE_KEYS, latency: LATENCY },
    apiKey: LANE_KEYS[1].key,
  });
  await initWarmer(warmer.operator, "blue", "demo-init");
  return {
    warmer,
    lane: makeLane("this warmer", warmer.provider),
    publish: async (color, release, prompts) => {
      const request = { color, release, prompts, by: "demo", live: true };
      await publishRelease(warmer.operator, config, request);
    },
    liveColor: () => warmer.engine.ssm.value(config.liveColorParameter) ?? "",
    flip: async (color) => {
      const ports = { ...warmer.operator, gate: atItsTime(warmer) };
      const { gate, ...report } = await flip(ports, config, { to: color, waitMs: MINUTE_MS });
      const written = await warmer.operator.liveColor.read();
      if (typeof gate === "string" || written === undefined)
        throw new Error(`the flip to ${color} asked no gate`);
      return { ...report, gate, at: written.modifiedAt };
    },
    retire: async (color) => {
      await retireColor(warmer.operator, config, color, "demo-retire");
    },
    stop: async () => {
      await warmer.stop();
    },
  };
}

/**
 * The gate as a pipeline sees it. On the engine a run is one event: what it writes can be read from its beginning on,
 * so an answer is held back until the instant that it carries.
 */
function atItsTime({ engine, operator }: LocalWarmer): RemoteFunction {
  return {
    invoke: async (event) => {
      const gate = await operator.gate.invoke(event);
      const { answer } = (gate ?? {}) as Partial<Gate>;
      if (answer !== undefined && answer.at > engine.now()) await engine.runUntil(answer.at);
      return gate;
    },
  };
}
