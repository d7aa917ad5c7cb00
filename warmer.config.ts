// Not from lib/index.ts: every command reads this file, and the CDK takes a third of a second to load.
import { defineWarmer } from "./lib/cdk/define-warmer.ts";

/** What this repository deploys as it stands: change it to your service. It is checked when it is loaded. */
export default defineWarmer({
  service: "support",
  environment: "prod",
  colors: ["blue", "green"],
  expected: { prefixes: 2, tokensPerPrefix: 12_000, model: "claude-sonnet-5-5", ttl: "1h" },
  // Room for a dozen releases or rollbacks in an hour; each fills both prefixes anew.
  costGuardrails: { maxHourlyFillCost: 2, maxDailyFillCost: 10 },
});
