import { writeFileSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { POLICY_NAMES, policyNamed } from "../../lib/core/plan/policies.ts";
import { PRICE_TABLE } from "../../lib/core/prices.ts";
import { replayPicture } from "../../lib/core/replay/picture.ts";
import { type Replay, replay, tariffsOf } from "../../lib/core/replay/report.ts";
import { TraceError } from "../../lib/core/replay/trace.ts";
import type { GlobalOptions } from "../deployment.ts";
import { type Ended, EXIT } from "../exit.ts";
import { makeOutput } from "../output.ts";
import { readTrace } from "../trace-file.ts";

const LAMBDA = 0.5;

interface ReplayOptions extends GlobalOptions {
  readonly model: string;
  readonly policies: readonly string[];
  readonly svg?: string;
}

export function addReplay(program: Command, ended: Ended): void {
  program
    .command("replay")
    .argument(
      "<file>",
      "a .csv or .csv.gz: t_seconds,prefix_id,prefix_tokens[,replaces][,stop_reason][,session_end][,closed]",
    )
    .description("what each policy would have cost on your own usage; needs no account and no key")
    .option("--model <ID>", "whose prices are taken", "claude-sonnet-4-6")
    .option("--policies <NAMES>", "a list with commas", policyList, [...POLICY_NAMES])
    .option("--svg <FILE>", "write a picture there")
    .action(async (file: string, _options, command: Command) => {
      const options = command.optsWithGlobals<ReplayOptions>();
      const output = makeOutput(options.json === true);
      const tariffFor = tariffsOf(options.model, Date.now());
      if (tariffFor === undefined) {
        const models = [...new Set(PRICE_TABLE.map(({ model }) => model))].join(", ");
        output.talk(`--model must be one with a known price (${models}), got: ${options.model.slice(0, 40)}`);
        return ended(EXIT.usage);
      }
      try {
        const trace = await readTrace(file);
        const done = replay(trace, options.model, tariffFor, options.policies, LAMBDA, output.talk);
        if (options.svg !== undefined) writeFileSync(options.svg, replayPicture(done));
        output.data(done, replayText(done));
      } catch (error) {
        if (!(error instanceof TraceError)) throw error;
        output.talk(error.message);
        ended(EXIT.usage);
      }
    });
}

/** `cron(4m),off`: no policy's name has a comma. */
function policyList(value: string): string[] {
  const names = value.split(",").map((name) => name.trim());
  try {
    for (const name of names) policyNamed(name);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
  return names;
}

function replayText({ name, model, requests, prefixes, days, optimum, policies }: Replay): string {
  const best = policies[0];
  const without = policies.find(({ policy }) => policy.startsWith("off"));
  const saved = best === undefined || without === undefined ? 0 : without.usdPerDay - best.usdPerDay;
  return [
    `${name}: ${requests} requests, ${prefixes} prefixes, ${days.toFixed(1)} days, prices of ${model}`,
    `  optimum, the future known: $${(optimum.usd / days).toFixed(2)} a day (5m writes only: $${(optimum.usd5m / days).toFixed(2)})`,
    "  policy            $ a day   ratio    hits  touches a request",
    ...policies.map(
      ({ policy, usdPerDay, ratio, hitRate, touchesPerRequest }) =>
        `  ${policy.padEnd(15)} ${usdPerDay.toFixed(2).padStart(9)}  ${ratio.toFixed(3).padStart(6)}  ${(100 * hitRate).toFixed(1).padStart(4)} %  ${touchesPerRequest.toFixed(3).padStart(17)}`,
    ),
    "  ratio: money / optimum; that of adaptive-5m / the optimum with 5m writes only",
    best !== undefined && saved > 0
      ? `  advice: ${best.policy}, $${saved.toFixed(2)} a day less than "${without?.policy}"`
      : `  advice: do not warm this; let the application write with ${without?.policy === "off-1h" ? "1h" : "5m"}`,
  ].join("\n");
}
