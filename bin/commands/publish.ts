import { basename } from "node:path";
import type { Command } from "commander";
import { publishRelease } from "../../lib/app/publish.ts";
import { formatUsd } from "../../lib/core/money.ts";
import { type GlobalOptions, openDeployment } from "../deployment.ts";
import { makeOutput } from "../output.ts";
import { readPrompt } from "../prompt-text.ts";

export function addPublish(program: Command): void {
  program
    .command("publish")
    .argument("<files...>", "the release's prompt files; a file's name up to the first dot names its prompt")
    .description("store what a release of a color serves")
    .requiredOption("--color <COLOR>", "the color that will serve it")
    .requiredOption("--release <ID>", "the release's id")
    .action(async (files: string[], _options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { color: string; release: string }>();
      const prompts = files.map((file) => ({ name: promptName(file), text: readPrompt(file) }));
      const { config, ports } = await openDeployment(options);
      const { manifest, predictedFillCost } = await publishRelease(ports, config, { ...options, prompts });
      const { entries, ...header } = manifest;
      makeOutput(options.json === true).data(
        { ...header, predictedFillCost, entries },
        [
          `published       release ${manifest.release} of ${manifest.color}: ${manifest.prefixes} prefixes, manifest ${manifest.digest.slice(0, 12)}`,
          ...entries.map(
            ({ name, fingerprint, model, ttl, bytes }) =>
              `  ${name.padEnd(14)}${fingerprint.slice(0, 12)}  ${model}  ${ttl}  ${bytes} bytes`,
          ),
          `predicted fill  about ${formatUsd(predictedFillCost)}, from the byte estimate of its tokens`,
        ].join("\n"),
      );
    });
}

function promptName(file: string): string {
  return basename(file).split(".")[0] ?? file;
}
