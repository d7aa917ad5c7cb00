import { writeFileSync } from "node:fs";
import { basename } from "node:path";
import type { Command } from "commander";
import type { Comparison } from "../../lib/app/compare-release.ts";
import { Refused } from "../../lib/app/errors.ts";
import { type PublishReport, publishRelease } from "../../lib/app/publish.ts";
import type { Optional, Prompt } from "../../lib/app/release.ts";
import type { OperatedPartition } from "../../lib/aws/operator.ts";
import type { ManifestEntry } from "../../lib/core/manifest.ts";
import { formatUsd } from "../../lib/core/money.ts";
import { isPrefix, readPromptFile } from "../../lib/core/prompt-file.ts";
import { assignPrompts } from "../../lib/core/release/assign-prompts.ts";
import { guardManifest } from "../../lib/core/release/guard-manifest.ts";
import { prefixDiffText } from "../../lib/core/release/manifest-diff-prefix.ts";
import { lintText } from "../../lib/core/release/prompt-lints.ts";
import { type Deployment, type GlobalOptions, openDeployment } from "../deployment.ts";
import type { Ended } from "../exit.ts";
import { makeOutput } from "../output.ts";
import { type InPartition, onlyPartition, tellEach } from "../partitions.ts";
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

export function addPublish(program: Command, ended: Ended): void {
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
      const deployment = await openDeployment(options);
      const by = await deployment.first.ports.identity.whoAmI();
      const output = makeOutput(options.json === true);
      const parts = partsOf(deployment, prompts, options);
      const requestIn = ({ config }: OperatedPartition) => {
        const { prompts: own = [], optional } = parts.get(config.partition) ?? {};
        return { ...options, prompts: own, by, ...(optional !== undefined && { optional }) };
      };
      const partitions = deployment.partitions.filter(({ config }) => parts.has(config.partition));
      // What one partition refuses is stored in none: a release goes live in all of them at once.
      for (const one of partitions.length > 1 ? partitions : []) {
        await publishRelease(one.ports, one.config, { ...requestIn(one), dryRun: true });
      }
      const run: InPartition = async (one) => {
        const report = await publishRelease(one.ports, one.config, requestIn(one));
        for (const lint of report.lints) {
          const file = files.find((candidate) => promptName(candidate) === lint.name) ?? lint.name;
          output.talk(`warning: ${file}: ${lintText(lint)}`);
        }
        for (const note of report.notes) output.talk(`note: ${note}`);
        const { manifest, ...rest } = report;
        const { entries, ...header } = manifest;
        return { value: { ...header, ...rest, entries }, text: publishText(report) };
      };
      const code = await tellEach({ ...deployment, partitions }, options, run);
      if (options.guard !== undefined) writeFileSync(options.guard, guardText(prompts));
      ended(code);
    });
}

/** What goes to one partition. */
interface Part {
  readonly prompts: readonly Prompt[];
  readonly optional?: Optional | undefined;
}

/** @throws UsageFault if nobody says which partition is meant @throws Refused with every prompt that fits nowhere */
function partsOf(
  deployment: Deployment,
  prompts: readonly Prompt[],
  { optional }: PublishOptions,
): ReadonlyMap<string | undefined, Part> {
  const { config, isSectioned } = deployment;
  const all = config.partitions ?? [];
  if (!isSectioned || !all.every(({ models }) => models !== undefined)) {
    const { partition } = onlyPartition(deployment, "a release without `models` in the configuration").config;
    return new Map([[partition, { prompts, optional }]]);
  }
  const assignment = assignPrompts(all, prompts);
  if (assignment.kind === "faults") {
    throw new Refused(
      `the release is refused:\n${assignment.faults.map((fault) => `  - ${fault}`).join("\n")}`,
    );
  }
  return new Map(
    [...assignment.prompts].map(([name, own]) => [name, { prompts: own, optional: ofThem(optional, own) }]),
  );
}

function ofThem(optional: Optional | undefined, prompts: readonly Prompt[]): Optional | undefined {
  if (optional === undefined || optional === "all") return optional;
  return optional.filter((name) => prompts.some((prompt) => prompt.name === name));
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
