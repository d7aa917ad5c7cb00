import type { Assembly } from "../../bin/synthesize.ts";
import { flip } from "../../lib/app/flip.ts";
import { initWarmer } from "../../lib/app/init.ts";
import { publishRelease } from "../../lib/app/publish.ts";
import { prefixRequest } from "../../lib/client/index.ts";
import { resolveConfig } from "../../lib/core/config.ts";
import { organicHitRate, organicTotals } from "../../lib/core/usage/organic.ts";
import { parseUsage, writtenTokens } from "../../lib/core/usage.ts";
import { LOCAL_API_KEY, startLocalWarmer } from "../../lib/local/local-warmer.ts";
import { latencyBySize } from "../../lib/local/provider/latency.ts";
import { startSimulatedProvider } from "../../lib/local/provider/server.ts";
import { type BenchPrompt, promptsOf } from "./prompts.ts";
import { aMinute, type Organic } from "./traffic.ts";
import { OPTIONS } from "./warmer.ts";

/** Ways to change the live color. */
export const LANES = ["gated", "flippedWithoutGate", "noWarmer"] as const;
export type Lane = (typeof LANES)[number];

/** What the application saw in the minute after a flip. */
export interface FirstMinute {
  /** As `OrganicHitRate`: read tokens of all cacheable ones. */
  readonly hitRate: number;
  /** Requests that wrote nothing, of all. */
  readonly warmRequests: number;
  readonly requests: number;
}

const PROMPTS = 50;
const PER_MINUTE = 600;
const MINUTE_MS = 60_000;
const STARTS_AT = Date.UTC(2026, 10, 20, 8, 3);
const APP_KEY = "bench-application-key";

const PROVIDER = {
  keys: [
    { key: LOCAL_API_KEY, workspace: "default", caller: "warmer" },
    { key: APP_KEY, workspace: "default", caller: "application" },
  ],
  latency: latencyBySize,
};

/** The first minute of one lane, on virtual time; equal seeds give equal minutes. */
export function firstMinute(lane: Lane, assembly: Assembly, seed: string): Promise<FirstMinute> {
  const prompts = promptsOf("green", PROMPTS);
  const traffic = aMinute(seed, PROMPTS, PER_MINUTE);
  return lane === "noWarmer"
    ? withoutWarmer(prompts, traffic)
    : withWarmer(lane, assembly, seed, prompts, traffic);
}

async function withoutWarmer(
  prompts: readonly BenchPrompt[],
  traffic: readonly Organic[],
): Promise<FirstMinute> {
  const provider = await startSimulatedProvider({ ...PROVIDER, now: () => STARTS_AT });
  const application = new Application(provider.url, prompts);
  for (const { after, prompt } of traffic) await application.ask(prompt, STARTS_AT + after);
  await provider.close();
  return application.seen();
}

/** Blue is live and warm; then green, by the gate or by a pipeline that only writes the parameter. */
async function withWarmer(
  lane: Lane,
  assembly: Assembly,
  seed: string,
  prompts: readonly BenchPrompt[],
  traffic: readonly Organic[],
): Promise<FirstMinute> {
  const config = resolveConfig(OPTIONS);
  const { directory, stack } = assembly;
  const { engine, operator, provider, stop } = await startLocalWarmer({
    assembly: directory,
    stack,
    config,
    startAt: STARTS_AT,
    seed,
    provider: PROVIDER,
  });
  try {
    const publish = (color: string, release: readonly BenchPrompt[]) =>
      publishRelease(operator, config, { color, release: "1", prompts: release, by: "bench" });
    await initWarmer(operator, "blue", "bench");
    await publish("blue", promptsOf("blue", PROMPTS));
    await publish("green", prompts);
    await engine.runUntil(STARTS_AT + 3 * MINUTE_MS);
    if (lane === "gated") {
      const { gate } = await flip(operator, config, { to: "green" });
      if (typeof gate === "string" || gate.answer?.result !== "warm")
        throw new Error(`the gate must answer warm: ${JSON.stringify(gate)}`);
    } else await operator.liveColor.write("green");
    const flippedAt = engine.now();
    const application = new Application(provider.url, prompts);
    for (const { after, prompt } of traffic) {
      const at = flippedAt + after;
      engine.at(at, () => application.ask(prompt, at));
    }
    await engine.runUntil(flippedAt + MINUTE_MS);
    return application.seen();
  } finally {
    await stop();
  }
}

/** Sends what the application would send: the published prompt by this project's own builder, and a question. */
class Application {
  readonly #url: string;
  readonly #prompts: readonly BenchPrompt[];
  #readTokens = 0;
  #writtenTokens = 0;
  #requests = 0;
  #warm = 0;

  constructor(url: string, prompts: readonly BenchPrompt[]) {
    this.#url = url;
    this.#prompts = prompts;
  }

  async ask(prompt: number, at: number): Promise<void> {
    const content = `Question ${++this.#requests}`;
    const request = prefixRequest(this.#prompts[prompt]?.body ?? {}, {
      max_tokens: 400,
      messages: [{ role: "user", content }],
    });
    const response = await fetch(`${this.#url}/v1/messages`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "anthropic-version": "2023-06-01",
        "x-api-key": APP_KEY,
        "x-virtual-time": String(at),
      },
      body: JSON.stringify(request),
    });
    const { usage } = (await response.json()) as { usage?: unknown };
    const used = parseUsage(usage);
    if (used === undefined) throw new Error(`the provider answered ${response.status}`);
    this.#readTokens += used.readTokens;
    this.#writtenTokens += writtenTokens(used);
    if (writtenTokens(used) === 0) this.#warm += 1;
  }

  seen(): FirstMinute {
    const tokens = { readTokens: this.#readTokens, writtenTokens: this.#writtenTokens };
    return {
      hitRate: organicHitRate({ ...organicTotals([]), ...tokens }) ?? 0,
      warmRequests: this.#warm / this.#requests,
      requests: this.#requests,
    };
  }
}
