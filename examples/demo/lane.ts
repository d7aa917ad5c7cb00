import Anthropic from "@anthropic-ai/sdk";
import { toUsd } from "../../lib/core/money.ts";
import { cutPrefix, isPrefix, type RequestBody } from "../../lib/core/prefix.ts";
import { touchForm } from "../../lib/core/touch.ts";
import { toMicroUsd } from "../../lib/local/provider/bill.ts";
import { type SimulatedProvider, startSimulatedProvider } from "../../lib/local/provider/server.ts";
import { Application } from "./application.ts";
import type { DemoPrompt } from "./prompts.ts";

const APP_KEY = "demo-application-key";
const CRON_KEY = "demo-cron-key";

/** Half a second, and a tenth of a millisecond for each token that is not in the cache. */
export const LATENCY = ({ promptTokens, cachedTokens }: { promptTokens: number; cachedTokens: number }) => {
  const firstByteMs = 500 + Math.round((promptTokens - cachedTokens) / 10);
  return { firstByteMs, totalMs: firstByteMs };
};

/** Keys of one lane: application and warmer share a workspace, or they would not share a cache. */
export const LANE_KEYS = [
  { key: APP_KEY, workspace: "default", caller: "application" },
  { key: CRON_KEY, workspace: "default", caller: "warmer" },
] as const;

/** One way to run the same application: its provider with its own cache and bill, and its traffic. */
export interface Lane {
  readonly name: string;
  readonly provider: SimulatedProvider;
  readonly application: Application;
}

export function makeLane(name: string, provider: SimulatedProvider): Lane {
  return { name, provider, application: new Application(provider, APP_KEY) };
}

/** A lane with nothing of ours in it. */
export async function startModelLane(name: string, now: () => number): Promise<Lane> {
  return makeLane(name, await startSimulatedProvider({ keys: LANE_KEYS, now, latency: LATENCY }));
}

/**
 * The warmer that the founding story tells of: a job that touches the prompt of the color whose name it was
 * given. It is a model inside this demo; the product has no such option.
 */
export async function pinnedTouch(lane: Lane, prompt: DemoPrompt, at: number): Promise<void> {
  const prefix = cutPrefix(prompt.body as RequestBody);
  const form = isPrefix(prefix) ? touchForm(prefix.body) : undefined;
  if (form?.kind !== "touch") throw new Error(`the prompt ${prompt.name} cannot be touched`);
  const client = new Anthropic({
    apiKey: CRON_KEY,
    baseURL: lane.provider.url,
    maxRetries: 0,
    logLevel: "off",
  });
  await client.messages.create(form.request as unknown as Anthropic.MessageCreateParamsNonStreaming, {
    headers: { "x-virtual-time": String(at) },
  });
}

/** USD that the lane's provider billed from an instant on. */
export function billed(lane: Lane, caller?: "warmer" | "application", from?: number, until?: number): number {
  const filter = {
    ...(caller !== undefined && { caller }),
    ...(from !== undefined && { from }),
    ...(until !== undefined && { until }),
  };
  return toUsd(toMicroUsd(lane.provider.bill.total(filter).cost));
}
