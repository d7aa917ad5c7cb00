import { minuteOf, type PrefixUse } from "../../lib/core/usage/usage-record.ts";
import { parseUsage } from "../../lib/core/usage.ts";
import { chance } from "../support/memory/chance.ts";
import { WARMER_KEY } from "../support/memory/provider.ts";
import type { TestPrompt } from "../support/prompts.ts";
import type { Day } from "./day.ts";

export const APP_KEY = { key: "sk-app", workspace: WARMER_KEY.workspace, caller: "app" };

/** Share of the live prompts that the application uses in a minute. */
const USED = 0.5;

/** The application uses some of the live color's prompts, and records it: traffic keeps warm, fills, and is learned from. */
export function useOnce(day: Day): void {
  const live = day.releases.live();
  const minute = minuteOf(day.now);
  const uses = (live?.prompts ?? []).flatMap((prompt, i) =>
    chance(day.story.seed, 601, minute, i) < USED ? (ask(day, prompt) ?? []) : [],
  );
  if (uses.length > 0)
    day.world.usage.records.push({ minute, writer: day.id("app"), part: 0, lost: 0, prefixes: uses });
}

function ask({ world, releases }: Day, { name, body }: TestPrompt): PrefixUse | undefined {
  const answer = world.provider.answer({
    method: "POST",
    path: "/v1/messages",
    headers: {
      "content-type": "application/json",
      "anthropic-version": "2026-10-21",
      authorization: `Bearer ${APP_KEY.key}`,
      "x-virtual-time": String(world.now),
    },
    body: Buffer.from(JSON.stringify(body)),
  });
  const usage = parseUsage(JSON.parse(answer?.body ?? "{}").usage);
  const entry = world.manifests.stored.get(releases.liveColor)?.entries.find((one) => one.name === name);
  if (usage === undefined || entry === undefined) return undefined;
  const { uncachedTokens, write5mTokens, write1hTokens, readTokens } = usage;
  const cold = write5mTokens + write1hTokens > 0 ? 1 : 0;
  const tokens = { uncachedTokens, write5mTokens, write1hTokens, readTokens };
  const { fingerprint, model } = entry;
  return { fingerprint, model, requests: 1, cold, neither: 0, ...tokens, first: 0, firstHits: 0 };
}
