import { type OperatedPartition, type OperatorPorts, openAsOperator } from "../aws/operator.ts";
import type { WarmerConfig } from "../core/config.ts";
import { configsOf } from "../core/partitions.ts";
import { REGION } from "./account.ts";
import { type Engine, startEngine } from "./engine.ts";
import type { ProviderOptions } from "./provider/options.ts";
import { type RealProviderOptions, startRealProvider } from "./provider/real-provider.ts";
import { type SimulatedProvider, startSimulatedProvider } from "./provider/server.ts";

/** The key that the local provider accepts from the warmer; it opens nothing anywhere else. */
export const LOCAL_API_KEY = "local-warmer-key";

/** What is deployed, and when. */
export interface DeployOptions {
  /** Directory of the synthesized assembly. */
  readonly assembly: string;
  /** The stack's artifact name in the assembly. */
  readonly stack: string;
  readonly config: WarmerConfig;
  /** Virtual instant of the deploy, ms since the epoch. */
  readonly startAt: number;
  readonly seed: string;
  /** Whether e-mail addresses count as confirmed from the start. @default true */
  readonly confirmSubscriptions?: boolean;
}

export interface LocalWarmerOptions extends DeployOptions {
  /** Settings of the simulated provider beside its keys and clock. */
  readonly provider?: Partial<Omit<ProviderOptions, "now">>;
  /** The provider key in the SSM parameter; give `provider.keys` that accept it. @default LOCAL_API_KEY */
  readonly apiKey?: string;
  /** Keys of partitions that have a parameter of their own, by its name. @default - `apiKey` in each */
  readonly apiKeys?: Readonly<Record<string, string>>;
}

/** A real provider, and the key that it accepts. */
export interface RealProviderAccess extends Pick<RealProviderOptions, "sleep"> {
  readonly url: URL;
  readonly apiKey: string;
}

/** A deployed warmer on this machine. */
export interface DeployedWarmer {
  readonly engine: Engine;
  /** Base URL of the provider, as the functions call it. */
  readonly providerUrl: string;
  /** What an operator's CLI would have in its hands; with partitions that of the first. */
  readonly operator: OperatorPorts;
  /** The same for each partition, in their order. */
  readonly partitions: readonly OperatedPartition[];
  stop(): Promise<void>;
}

/** One with everything around it. */
export interface LocalWarmer extends DeployedWarmer {
  readonly provider: SimulatedProvider;
}

/** Deploys the assembly on a fresh engine, beside a simulated provider, with the API key in its parameter. */
export async function startLocalWarmer(options: LocalWarmerOptions): Promise<LocalWarmer> {
  const clock = { now: () => options.startAt };
  const provider = await startSimulatedProvider({
    keys: [{ key: LOCAL_API_KEY, workspace: "default", caller: "warmer" }],
    seed: options.seed,
    ...options.provider,
    now: () => clock.now(),
  });
  const { apiKey = LOCAL_API_KEY, apiKeys = {} } = options;
  const keyIn = (parameter: string) => apiKeys[parameter] ?? apiKey;
  const deployed = await deployBeside(provider, options, keyIn, clock);
  return { ...deployed, provider };
}

/**
 * Deploys the assembly on a fresh engine whose functions call a real provider, with the real key in the parameter
 * and nowhere else. It spends real money: let its time run at speed 1, as its provider's does.
 */
export async function startLocalWarmerOnRealProvider(
  options: DeployOptions,
  { url, apiKey, ...timing }: RealProviderAccess,
): Promise<DeployedWarmer> {
  const clock = { now: () => options.startAt };
  const provider = await startRealProvider({ ...timing, upstream: url, now: () => clock.now() });
  return deployBeside(provider, options, () => apiKey, clock);
}

// --- internal ---

/**
 * @param keyIn the provider's key in a parameter
 * @param clock of the provider, which follows the engine's from the deploy on
 */
async function deployBeside(
  provider: { readonly url: string; close(): Promise<void> },
  options: DeployOptions,
  keyIn: (parameter: string) => string,
  clock: { now: () => number },
): Promise<DeployedWarmer> {
  const { assembly, stack, config, startAt, seed, confirmSubscriptions = true } = options;
  let engine: Engine;
  try {
    engine = await startEngine({
      assembly,
      stack,
      startAt,
      seed,
      providerUrl: provider.url,
      confirmSubscriptions,
    });
  } catch (error) {
    await provider.close();
    throw error;
  }
  clock.now = engine.now;
  for (const parameter of new Set(configsOf(config).map((part) => part.apiKeyParameter))) {
    engine.ssm.put(
      { Name: parameter, Value: keyIn(parameter), Type: "SecureString" },
      { at: engine.now(), caller: "operator" },
    );
  }
  const partitions = await openAsOperator(
    config,
    stack,
    {
      endpoint: engine.url,
      region: REGION,
      credentials: { accessKeyId: "operator", secretAccessKey: "local" },
    },
    { now: engine.now, sleep: (ms) => engine.runUntil(engine.now() + ms) },
  );
  return {
    engine,
    providerUrl: provider.url,
    operator: partitions[0].ports,
    partitions,
    stop: async () => {
      await engine.stop();
      await provider.close();
    },
  };
}
