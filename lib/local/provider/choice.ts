import type { WarmerConfig } from "../../core/config.ts";
import { formatUsd } from "../../core/money.ts";
import { upstreamUrl } from "../capture/upstream-url.ts";

/** Where the SDK sends to if nobody says otherwise. */
const DEFAULT_BASE_URL = "https://api.anthropic.com";

/** Which provider a local warmer talks to. */
export type ProviderChoice =
  | { readonly kind: "simulated"; readonly remark?: string }
  | { readonly kind: "real"; readonly url: URL; readonly apiKey: string }
  | { readonly kind: "refused"; readonly message: string };

export interface ProviderWish {
  /** Whether the person said `--real-provider`. */
  readonly realProvider: boolean;
  /** Virtual seconds for each real one. */
  readonly speed: number;
}

/**
 * Real money is spent only when a person says so and a key is there: a key alone is in many a shell for other
 * reasons. `ANTHROPIC_BASE_URL` counts as the SDK counts it.
 *
 * @param variables the environment
 */
export function chooseProvider(
  variables: Readonly<Record<string, string | undefined>>,
  { realProvider, speed }: ProviderWish,
): ProviderChoice {
  const apiKey = (variables["ANTHROPIC_API_KEY"] ?? "").trim();
  if (!realProvider) {
    if (apiKey === "") return { kind: "simulated" };
    const remark =
      "ANTHROPIC_API_KEY is set and not used: the provider is simulated; --real-provider uses it";
    return { kind: "simulated", remark };
  }
  if (apiKey === "") {
    return {
      kind: "refused",
      message: "--real-provider needs a key: set ANTHROPIC_API_KEY in the environment",
    };
  }
  if (speed !== 1) {
    const message = `--real-provider runs in real time: --speed must be 1, got ${speed}`;
    return { kind: "refused", message };
  }
  try {
    const baseUrl = (variables["ANTHROPIC_BASE_URL"] ?? "").trim() || DEFAULT_BASE_URL;
    return { kind: "real", url: upstreamUrl(baseUrl, "ANTHROPIC_BASE_URL"), apiKey };
  } catch (error) {
    return { kind: "refused", message: error instanceof Error ? error.message : String(error) };
  }
}

/** What a person must know before a local warmer spends real money. */
export function spendNotice({ guardrails }: Pick<WarmerConfig, "guardrails">, url: URL): string {
  const { hourly, daily, absoluteMax, actionOnLimit } = guardrails;
  return [
    `real provider ${url.origin}: from its first touch on this spends real money`,
    `limits: ${formatUsd(hourly)} in a UTC hour, ${formatUsd(daily)} in a UTC day (then ${actionOnLimit}), never more than ${formatUsd(absoluteMax)} in a UTC day`,
    "they count from this start: the local ledger ends with this process, and a new start begins at $0",
    "while it runs, every process on this machine can read the key through the local AWS endpoint",
  ].join("\n");
}
