/** Money in a world: releases that are dear to fill, two ways to spend without end, and what it came to. */
import { publishRelease } from "../../lib/app/publish.ts";
import { toMicroUsd } from "../../lib/local/provider/bill.ts";
import { aPrompt, type TestPrompt } from "../support/prompts.ts";
import { CONFIG, MINUTE, type World } from "../support/world.ts";

/** The prompts of a release; other words are other bytes. */
export type Release = (words: string) => readonly TestPrompt[];

/** What one of `dearPrompts` costs to fill, in micro-USD, but for a few tokens: ten are the hour's limit of $1. */
export const FILL = 100_000;

/** The most that is reserved for a touch of one: a 1h write, and what the count may be wrong by. */
export const MOST_PER_TOUCH = 8_100 * 1.05 * 20;

/** Limits that nothing here can meet. */
export const OUT_OF_REACH = 1_000 * CONFIG.guardrails.hourly;

/** Prompts of a model that is dear per byte, $12.50 per million tokens: it is the bytes that cost a test its time. */
export function dearPrompts(count: number): Release {
  const dear = { tokens: 8_000, model: "claude-fable-5-1" };
  return (words) =>
    Array.from({ length: count }, (_, i) => aPrompt(`prompt-${i}`, { ...dear, words: `${words} ${i}` }));
}

/** Published to blue before the limits were as low as they are. */
export async function publishBeyondLimits(world: World, prompts: readonly TestPrompt[]): Promise<void> {
  const roomy = { ...CONFIG.guardrails, hourly: OUT_OF_REACH, daily: OUT_OF_REACH };
  const release = { color: "blue", release: `${world.engine.now()}`, prompts, by: "test", live: true };
  await publishRelease(world.warmer.operator, { ...CONFIG, guardrails: roomy }, release);
}

/**
 * From now until an instant a pipeline publishes blue again every minute, with the time in its prompts. Bytes that
 * were never filled make no loop: as long as they come, only the limits end the spending.
 */
export function publishEveryMinute(world: World, release: Release, until: number): void {
  const { engine } = world;
  for (let at = engine.now(); at < until; at += MINUTE)
    engine.at(at, () => publishBeyondLimits(world, release(new Date(at).toISOString())));
}

/** From now until an instant the provider forgets everything every second: each touch is a full write. */
export function forgetUntil({ engine, provider }: World, until: number): void {
  for (let at = engine.now(); at < until; at += 1_000) provider.faults.add({ kind: "evict", at });
}

/** What the provider billed the warmer for requests of `from <= start < until`, in micro-USD, rounded up. */
export function billed({ provider }: World, from = 0, until = Number.POSITIVE_INFINITY): number {
  return toMicroUsd(provider.bill.total({ caller: "warmer", from, until }).cost);
}

/** What the ledger counts as spent in this UTC day, in micro-USD. */
export async function spent(world: World): Promise<number> {
  const held = await world.warmer.operator.control.read();
  if (held === undefined) throw new Error("there is no control item");
  return held.control.ledger.day.spent;
}
