import { type OperatorPorts, openAsOperator } from "../aws/operator.ts";
import type { WarmerConfig } from "../core/config.ts";
import { REGION } from "./account.ts";
import { type Engine, startEngine } from "./engine.ts";
import type { ProviderOptions } from "./provider/options.ts";
import { type SimulatedProvider, startSimulatedProvider } from "./provider/server.ts";

/** The key that the local provider accepts from the warmer; it opens nothing anywhere else. */
export const LOCAL_API_KEY = "local-warmer-key";

export interface LocalWarmerOptions {
  /** Directory of the synthesized assembly. */
  readonly assembly: string;
  /** The stack's artifact name in the assembly. */
  readonly stack: string;
  readonly config: WarmerConfig;
  /** Virtual instant of the deploy, ms since the epoch. */
  readonly startAt: number;
  readonly seed: string;
  /** Settings of the simulated provider beside its keys and clock. */
  readonly provider?: Partial<Omit<ProviderOptions, "now">>;
  /** The provider key in the SSM parameter; give `provider.keys` that accept it. @default LOCAL_API_KEY */
  readonly apiKey?: string;
  /** Whether e-mail addresses count as confirmed from the start. @default true */
  readonly confirmSubscriptions?: boolean;
}

/** A deployed warmer with everything around it, on this machine. */
export interface LocalWarmer {
  readonly engine: Engine;
  readonly provider: SimulatedProvider;
  /** What an operator's CLI would have in its hands. */
  readonly operator: OperatorPorts;
  stop(): Promise<void>;
}

/** Deploys the assembly on a fresh engine, beside a simulated provider, with the API key in its parameter. */
export async function startLocalWarmer(options: LocalWarmerOptions): Promise<LocalWarmer> {
  let now = () => options.startAt;
  const provider = await startSimulatedProvider({
    keys: [{ key: LOCAL_API_KEY, workspace: "default", caller: "warmer" }],
    seed: options.seed,
    ...options.provider,
    now: () => now(),
  });
  let engine: Engine;
  try {
    engine = await startEngine({
      assembly: options.assembly,
      stack: options.stack,
      startAt: options.startAt,
      seed: options.seed,
      providerUrl: provider.url,
      confirmSubscriptions: options.confirmSubscriptions ?? true,
    });
  } catch (error) {
    await provider.close();
    throw error;
  }
  now = engine.now;
  engine.ssm.put(
    { Name: options.config.apiKeyParameter, Value: options.apiKey ?? LOCAL_API_KEY, Type: "SecureString" },
    { at: engine.now(), caller: "operator" },
  );
  const operator = await openAsOperator(
    options.config,
    options.stack,
    {
      endpoint: engine.url,
      region: REGION,
      credentials: { accessKeyId: "operator", secretAccessKey: "local" },
    },
    { now: engine.now, sleep: async () => {} },
  );
  return {
    engine,
    provider,
    operator,
    stop: async () => {
      await engine.stop();
      await provider.close();
    },
  };
}
