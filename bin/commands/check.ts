import { type Command, InvalidArgumentError } from "commander";
import { cheapest } from "../../lib/core/estimate.ts";
import { formatUsd } from "../../lib/core/money.ts";
import { checkPrompt, type PromptCheck } from "../../lib/core/prompt-check.ts";
import { isPrefix, readPromptFile } from "../../lib/core/prompt-file.ts";
import { type Lint, lintPrefix, lintText } from "../../lib/core/release/prompt-lints.ts";
import type { GlobalOptions } from "../deployment.ts";
import { type Ended, EXIT } from "../exit.ts";
import { makeOutput } from "../output.ts";
import { readPrompt } from "../prompt-text.ts";

const DEFAULT_REQUESTS_PER_HOUR = 4;

export function addCheck(program: Command, ended: Ended): void {
  program
    .command("check")
    .argument("<file>", "a prompt file: one Messages API request body, as the application sends it")
    .description("whether a prompt can be kept warm, and what that costs; needs no account and no key")
    .option(
      "--requests-per-hour <N>",
      "requests that your application sends with this prompt",
      requestRate,
      DEFAULT_REQUESTS_PER_HOUR,
    )
    .option("--strict", "refuse a prompt for its warnings")
    .action((file: string, _options, command: Command) => {
      const options = command.optsWithGlobals<
        GlobalOptions & { requestsPerHour: number; strict?: boolean }
      >();
      const prefix = readPromptFile(readPrompt(file));
      const check = checkPrompt(prefix, options.requestsPerHour, Date.now());
      const lints = isPrefix(prefix) ? lintPrefix(prefix) : [];
      makeOutput(options.json === true).data(
        { ...check, lints },
        checkText(file, check, lints, options.requestsPerHour),
      );
      const passed = check.kind === "cacheable" && !(options.strict === true && lints.length > 0);
      ended(passed ? EXIT.ok : EXIT.refused);
    });
}

function requestRate(value: string): number {
  const rate = Number(value);
  if (value.trim() === "" || !Number.isFinite(rate) || rate < 0) {
    throw new InvalidArgumentError("must be a number of at least 0.");
  }
  return rate;
}

function checkText(
  file: string,
  check: PromptCheck,
  lints: readonly Lint[],
  requestsPerHour: number,
): string {
  if (check.kind === "refused") return `${file}\n  cannot be kept warm: ${check.path} ${check.message}`;
  const { estimate, costs } = check;
  const best = cheapest(costs);
  const warmerPays = best?.way.startsWith("warmer") === true;
  return [
    file,
    `  cacheable     yes, for ${check.model}`,
    `  breakpoints   ${check.breakpoints.map(({ path, ttl }) => `${path} (${ttl})`).join(", ")}`,
    `  size          about ${estimate.tokens} tokens (${estimate.least} to ${estimate.most}; ${check.bytes} bytes up to the last breakpoint)`,
    `  fingerprint   ${check.fingerprint.slice(0, 12)}`,
    ...lints.map((lint) => `  warning       ${lintText(lint)}`),
    `  at ${requestsPerHour} requests an hour, dollars a day:`,
    ...costs.map(
      ({ way, perDay, coldShare }) =>
        `    ${way.padEnd(14)}  ${formatUsd(perDay).padStart(9)}   ${(100 * coldShare).toFixed(0).padStart(3)} % of requests cold${way === best?.way ? "   <- cheapest" : ""}`,
    ),
    warmerPays
      ? `  advice        warm it with ttl ${best?.way.endsWith("1h") ? "1h" : "5m"}`
      : `  advice        do not warm this: at this rate "${best?.way}" is cheaper than any warmer`,
  ].join("\n");
}
