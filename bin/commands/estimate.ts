import type { Command } from "commander";
import { type Estimate, estimatePlans } from "../../lib/app/estimate-plan.ts";
import { POLICY_NAMES } from "../../lib/core/plan/policies.ts";
import type { GlobalOptions } from "../deployment.ts";
import type { Ended } from "../exit.ts";
import { wholeNumber } from "../numbers.ts";
import { type InPartition, inPartitions } from "../partitions.ts";

/** Records are kept for eight days; the day of their deletion is not whole. */
const MAX_DAYS = 7;

export function addEstimate(program: Command, ended: Ended): void {
  program
    .command("estimate")
    .description("what each policy would have cost a day on what your application recorded lately")
    .option("--days <N>", `how far to look back, 1 to ${MAX_DAYS}`, wholeNumber(1, MAX_DAYS), 3)
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { days: number }>();
      const run: InPartition = async ({ config, ports }) => {
        const { name, lambda, closedDays } = config.policy;
        const policies = [...new Set([name, ...POLICY_NAMES])];
        const estimate = await estimatePlans(ports, {
          days: options.days,
          policies,
          lambda,
          closedDays,
        });
        return { value: estimate, text: estimateText(estimate, name) };
      };
      ended(await inPartitions(options, run));
    });
}

/** @param configured the policy that runs now; it is marked */
export function estimateText(estimate: Estimate, configured: string): string {
  const { days, requests, prefixes, leftOut, lost, optimumUsdPerDay, policies, advice } = estimate;
  if (advice === undefined) {
    return [
      "no requests with a prefix are recorded: without them nobody can tell what pays.",
      "Let the application record what it uses (`usageRecorder` of cdk-prompt-cache-warmer/client), or replay a file: warmer replay FILE.csv",
      ...(leftOut === 0 ? [] : [`${leftOut} requests have no prefix, or a model without a price`]),
    ].join("\n");
  }
  return [
    `${requests} requests, ${prefixes} prefixes, ${days.toFixed(1)} days; of application and warmer together:`,
    "  policy            $ a day    hits",
    ...policies.map(
      ({ policy, usdPerDay, hitRate }) =>
        `  ${policy.padEnd(15)} ${usdPerDay.toFixed(2).padStart(9)}  ${(100 * hitRate).toFixed(1).padStart(4)} %${policy === configured ? "  runs now" : ""}`,
    ),
    `  optimum, the future known: $${optimumUsdPerDay.toFixed(2)} a day`,
    ...(leftOut === 0
      ? []
      : [`  left out: ${leftOut} requests without a prefix, or of a model without a price`]),
    ...(lost === 0 ? [] : [`  lost: ${lost} requests that are in no record`]),
    advice.isBetterNotToWarm
      ? `  advice: do not warm this; let the application write with ${advice.without === "off-1h" ? "1h" : "5m"}`
      : `  advice: ${advice.policy}, $${advice.savesUsdPerDay.toFixed(2)} a day less than without a warmer ("${advice.without}")`,
  ].join("\n");
}
