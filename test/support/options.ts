import type { WarmerOptions } from "../../lib/core/config.ts";

/** The warmer that the tests on the local engine deploy. The prompts, not the options, say which TTL is used. */
export const TEST_OPTIONS: WarmerOptions = {
  service: "support",
  environment: "test",
  colors: ["blue", "green"],
  expected: { prefixes: 2, tokensPerPrefix: 4_000, model: "claude-sonnet-5-5", ttl: "5m" },
  costGuardrails: { maxHourlyFillCost: 1, maxDailyFillCost: 5 },
  concurrency: 8,
  notify: ["ops@example.com"],
};
