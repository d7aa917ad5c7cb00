import { writeFileSync } from "node:fs";
import { basename } from "node:path";
import type { Command } from "commander";
import type { Comparison } from "../../lib/app/compare-release.ts";
import { type PublishReport, publishRelease } from "../../lib/app/publish.ts";
import type { ManifestEntry } from "../../lib/core/manifest.ts";
import { formatUsd } from "../../lib/core/money.ts";
import { isPrefix, readPromptFile } from "../../lib/core/prompt-file.ts";
import { guardManifest } from "../../lib/core/release/guard-manifest.ts";
import { prefixDiffText } from "../../lib/core/release/manifest-diff-prefix.ts";
import { lintText } from "../../lib/core/release/prompt-lints.ts";
import { type GlobalOptions, openDeployment } from "../deployment.ts";
import { makeOutput } from "../output.ts";
import { readPrompt } from "../prompt-text.ts";

interface PublishOptions extends GlobalOptions {
  readonly color: string;
  readonly release: string;
  readonly live?: boolean;
  readonly strict?: boolean;
  readonly dryRun?: boolean;
  readonly optional?: "all" | readonly string[];
  readonly guard?: string;
}

export function addPublish(program: Command): void {
  program
    .command("publish")
    .argument("<files...>", "the release's prompt files; a file's name up to the first dot names its prompt")
    .description("store what a release of a color serves, and tell what it changes")
    .requiredOption("--color <COLOR>", "the color that will serve it")
    .requiredOption("--release <ID>", "the release's id")
    .option("--live", "change what the live color serves: a cold start without a flip")
    .option("--strict", "refuse the release for its warnings")
    .option("--dry-run", "tell what would change, and store nothing")
    .option(
      "--optional <NAMES>",
      "prompts that are kept warm only while that pays: names with commas, or `all`",
      (value: string) => (value === "all" ? value : value.split(",").map((name) => name.trim())),
    )
    .option("--guard <FILE>", "also write what `prefixGuard` compares the application's requests with")
    .action(async (files: string[], _options, command: Command) => {
      const options = command.optsWithGlobals<PublishOptions>();
      const prompts = files.map((file) => ({ name: promptName(file), text: readPrompt(file) }));
      const { config, ports } = await openDeployment(options);
      const by = await ports.identity.whoAmI();
      const report = await publishRelease(ports, config, { ...options, prompts, by });
      const output = makeOutput(options.json === true);
      for (const lint of report.lints) {
        const file = files.find((candidate) => promptName(candidate) === lint.name) ?? lint.name;
        output.talk(`warning: ${file}: ${lintText(lint)}`);
      }
      if (options.guard !== undefined) writeFileSync(options.guard, guardText(prompts));
      for (const note of report.notes) output.talk(`note: ${note}`);
      const { manifest, ...rest } = report;
      const { entries, ...header } = manifest;
      output.data({ ...header, ...rest, entries }, publishText(report));
    });
}

/** Digests alone: safe to ship with the application. */
function guardText(prompts: readonly { readonly name: string; readonly text: string }[]): string {
  const prefixes = prompts.flatMap(({ name, text }) => {
    const prefix = readPromptFile(text);
    return isPrefix(prefix) ? [{ name, prefix }] : [];
  });
  return `${JSON.stringify(guardManifest(prefixes), null, 2)}\n`;
}

function promptName(file: string): string {
  return basename(file).split(".")[0] ?? file;
}

function publishText({ manifest, stored, unchanged, ...report }: PublishReport): string {
  const { release, color, prefixes, required, digest, entries } = manifest;
  return [
    `${stored ? "published       " : "would publish   "}release ${release} of ${color}: ${prefixes} prefixes${required === prefixes ? "" : `, ${prefixes - required} of them optional`}, manifest ${digest.slice(0, 12)}${unchanged ? ", unchanged" : ""}`,
    ...entries.map(entryText),
    ...comparisonText("before", report.previous),
    ...(report.live === undefined ? [] : comparisonText("live", report.live)),
    `predicted fill  about ${formatUsd(report.predictedFillCost)} for ${report.toFill.length} of ${required} required prefixes that the live color does not keep warm, from the byte estimate of their tokens`,
    ...(stored ? [] : ["dry run         nothing was stored"]),
  ].join("\n");
}

/** The CLI never calls the provider: the warm function counts what nobody has counted. */
function entryText(entry: ManifestEntry): string {
  const { name, fingerprint, model, ttl, bytes, countedTokens, required } = entry;
  const counted = countedTokens === undefined ? "uncounted" : `${countedTokens} tokens`;
  return `  ${name.padEnd(14)}${fingerprint.slice(0, 12)}  ${model}  ${ttl}  ${bytes} bytes  ${counted}${required ? "" : "  optional"}`;
}

function comparisonText(role: "before" | "live", comparison: Comparison): string[] {
  const head = `against ${role}`.padEnd(16);
  const { color } = comparison;
  if (comparison.kind === "none") return [`${head}${color} has no manifest`];
  if (comparison.kind === "damaged")
    return [`${head}not compared, the manifest is damaged: ${comparison.message}`];
  const { release, digest, diff } = comparison;
  const line = (name: string, what: string) => `  ${name.padEnd(14)}${what}`;
  return [
    `${head}release ${release} of ${color}, manifest ${digest.slice(0, 12)}`,
    ...diff.equal.map((name) => line(name, "equal")),
    ...diff.changed.map((changed) =>
      line(
        changed.name,
        changed.diff === undefined
          ? "changed; the stored body is damaged, not compared"
          : prefixDiffText(changed.diff),
      ),
    ),
    ...diff.added.map((name) => line(name, "added")),
    ...diff.removed.map((name) => line(name, "removed")),
  ];
}
