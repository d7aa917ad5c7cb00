import { type Assembly, synthesize } from "../../bin/synthesize.ts";
import { flip } from "../../lib/app/flip.ts";
import { initWarmer } from "../../lib/app/init.ts";
import { publishRelease } from "../../lib/app/publish.ts";
import { resolveConfig, type WarmerOptions } from "../../lib/core/config.ts";
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
  flip(color: string): Promise<void>;
  stop(): Promise<void>;
}

/** `cdk deploy` and `warmer init`, on this machine. */
export async function deployWorld(): Promise<World> {
  const config = resolveConfig(OPTIONS);
  const assembly: Assembly = synthesize(OPTIONS);
  const warmer = await startLocalWarmer({
    assembly: assembly.directory,
    stack: assembly.stack,
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
      await publishRelease(warmer.operator, config, { color, release, prompts });
    },
    flip: async (color) => {
      await flip(warmer.operator, config, color);
    },
    stop: async () => {
      await warmer.stop();
      assembly.remove();
    },
  };
}
