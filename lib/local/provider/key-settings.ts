import type { JsonObject } from "./json.ts";
import type { ProviderRequest } from "./request.ts";

/** The parts of a prompt, in the order in which the cache sees them. */
export type Part = "tools" | "system" | "messages";

/** A setting that takes part in the cache key although it is not a block. */
export interface KeySetting {
  readonly name: string;
  /** A change of the setting misses this part and every later one; earlier parts are still read. */
  readonly missesFrom: Part;
  readonly value: (request: ProviderRequest, betas: readonly string[]) => unknown;
  readonly source: string;
}

const GUIDE = 'prompt caching guide, "What invalidates the cache", read 2026-09-26';
const DIAGNOSTICS = "cache diagnostics page, read 2026-08";

/**
 * What invalidates what. Where the provider says "model-specific" the stricter reading stands: a warmer that
 * holds here holds there too.
 *
 * Not in the table, because it is a block and so hashed as one: tool definitions, and with them the web search
 * toggle (the guide lets the tools part survive that one; here it does not). Left out, because nothing says
 * that they matter: `output_config.format`, `inference_geo`, `service_tier`, `thinking.display`, a marker's TTL.
 */
export const KEY_SETTINGS: readonly KeySetting[] = [
  { name: "model", missesFrom: "tools", value: ({ model }) => model, source: GUIDE },
  { name: "anthropic-beta", missesFrom: "tools", value: (_, betas) => betas, source: DIAGNOSTICS },
  {
    name: "context_management",
    missesFrom: "tools",
    value: ({ contextManagement }) => contextManagement,
    source: DIAGNOSTICS,
  },
  {
    name: "thinking",
    missesFrom: "tools",
    value: ({ thinking }) => [thinking["type"], thinking["budget_tokens"]],
    source: `${GUIDE}; mode and budget, a value equal to the default is no change`,
  },
  {
    name: "output_config.effort",
    missesFrom: "tools",
    value: ({ effort }) => effort,
    source: `${GUIDE}; a value equal to the model's default is no change`,
  },
  { name: "speed", missesFrom: "system", value: ({ speed }) => speed, source: GUIDE },
  {
    name: "citations",
    missesFrom: "system",
    value: (request) =>
      anyBlock(request, (block) => (block["citations"] as JsonObject | null)?.["enabled"] === true),
    source: GUIDE,
  },
  {
    name: "tool_choice",
    missesFrom: "messages",
    value: ({ toolChoice }) => toolChoice,
    source: `${GUIDE}; disable_parallel_tool_use: tool use with prompt caching, read 2026-08-21`,
  },
  {
    name: "images",
    missesFrom: "messages",
    value: (request) => anyBlock(request, holdsImage),
    source: GUIDE,
  },
];

/** The settings that enter the key where `part` begins, as text. */
export function settingsEntering(part: Part, request: ProviderRequest, betas: readonly string[]): string {
  return JSON.stringify(
    KEY_SETTINGS.filter(({ missesFrom }) => missesFrom === part).map(({ name, value }) => [
      name,
      value(request, betas),
    ]),
  );
}

function anyBlock({ turns }: ProviderRequest, test: (block: JsonObject) => boolean): boolean {
  return turns.some(({ content }) => content.some(test));
}

/** A tool result may hold images inside. */
function holdsImage(block: JsonObject): boolean {
  const inner = block["content"];
  return block["type"] === "image" || (Array.isArray(inner) && inner.some((part) => part?.type === "image"));
}
