import type { RequestFault } from "../../../lib/local/provider/faults.ts";
import type { Refusal } from "../../../lib/local/provider/refusals.ts";
import { MINUTE, SECOND } from "../../support/memory/world.ts";
import type { Day } from "../day.ts";
import { promptOf } from "../releases.ts";
import { type Happening, lasting, variant } from "./happening.ts";

/** The warmer meets it, and nobody else of the key. */
function meets(day: Day, fault: RequestFault): () => void {
  return day.world.provider.faults.add({ ...fault, caller: "warmer" });
}

const SPEND_LIMITS: readonly [Refusal, ...Refusal[]] = [
  { kind: "enforced_spend_limit" },
  { kind: "own_spend_limit" },
  { kind: "own_spend_limit", of: "workspace" },
  { kind: "billing" },
];

const ODD = ["missing", Number.NaN, -1, "7", 1e18, 0.5] as const;

/** Evictions stand so close that an entry is lost between any two touches. */
const EVICTED_EVERY = 20 * SECOND;

/** Every prompt of five minutes is touched within it. */
const UNTIL_TOUCHED = 5 * MINUTE;

/** What the provider does to requests. */
export const PROVIDER_FAULTS = {
  F11: lasting(
    (drawn) => `the provider answers 429, retry after ${variant(drawn, 1, 5, 30, 3_600)} s`,
    (day, drawn) =>
      meets(day, {
        kind: "rate_limited",
        retryAfterSeconds: variant(drawn, 1, 5, 30, 3_600),
        probability: 0.7,
      }),
    UNTIL_TOUCHED,
  ),
  F12: lasting(
    (drawn) => `the provider refuses for ${variant(drawn, ...SPEND_LIMITS).kind}`,
    (day, drawn) => meets(day, variant(drawn, ...SPEND_LIMITS)),
    UNTIL_TOUCHED,
  ),
  F13: lasting(
    (drawn) => `the provider answers with ${variant(drawn, "overloaded", "server_error")}`,
    (day, drawn) => meets(day, { kind: variant(drawn, "overloaded", "server_error"), probability: 0.9 }),
    UNTIL_TOUCHED,
  ),
  F14: lasting(
    (drawn) => `answers are lost: ${variant(drawn, "timeout", "dropped_connection", "gateway_timeout")}`,
    (day, drawn) =>
      meets(day, {
        kind: variant(drawn, "timeout", "dropped_connection", "gateway_timeout"),
        probability: 0.7,
      }),
    UNTIL_TOUCHED,
  ),
  F15: lasting(
    (drawn) =>
      variant(drawn, "the key is revoked", "the key may not use the model", "the key cannot be read"),
    (day, drawn) => {
      const { world } = day;
      if (drawn < 2 / 3) return meets(day, { kind: variant(drawn * 1.5, "unauthorized", "forbidden") });
      const key = world.apiKey;
      world.apiKey = undefined;
      return () => {
        world.apiKey = key;
      };
    },
    UNTIL_TOUCHED,
  ),
  F16: lasting(
    () => "every second request is refused with 529",
    (day) => meets(day, { kind: "overloaded", probability: 0.5 }),
    UNTIL_TOUCHED,
  ),
  F17: {
    says: () => "a release with a model without a price is published",
    play: (day) => publishOdd(day, "novel", 540, "claude-novel-9"),
  },
  F18: lasting(
    (drawn) => `a reply's usage says ${String(variant<unknown>(drawn, ...ODD))}`,
    (day, drawn) => {
      const tokens = variant<unknown>(drawn, ...ODD);
      return day.weather.add("oddUsage", tokens === "missing" ? "missing" : { tokens });
    },
    UNTIL_TOUCHED,
  ),
  F19: {
    says: () => "a release with a prompt below the model's minimum is published",
    play: (day) => publishOdd(day, "tiny", 100),
  },
  F20: lasting(
    () => "the provider keeps nothing for longer than 20 s",
    (day) => {
      let isOver = false;
      void (async () => {
        while (!isOver) {
          day.world.provider.faults.add({ kind: "evict", at: day.now });
          await day.wait(EVICTED_EVERY);
        }
      })();
      day.world.prefixes.loops = true;
      return () => {
        isOver = true;
        day.world.prefixes.loops = day.story.setting.isRestless;
      };
    },
    UNTIL_TOUCHED,
  ),
  F36: lasting(
    () => "the provider refuses, and quotes the key and the prompt",
    (day, drawn) => day.weather.add("quotes", variant(drawn, "as any request", "as a spend limit")),
    UNTIL_TOUCHED,
  ),
} satisfies Record<string, Happening>;

/** A release of the live color that `warmer publish` would refuse, beside a prompt that is in order. */
function publishOdd(day: Day, kind: string, tokens: number, model?: string): void {
  const color = day.releases.liveColor;
  const words = `${color}-${kind}`;
  day.releases.publishUnchecked(color, [
    promptOf("odd", words, "5m", tokens, model),
    promptOf("even", `${words}-beside`, "5m"),
  ]);
}
