import type { WarmerConfig } from "../core/config.ts";
import { type Manifest, type ManifestEntry, makeManifest, needOf, tokensOf } from "../core/manifest.ts";
import { formatUsd, type MicroUsd } from "../core/money.ts";
import { type Prefix, type RequestBody, sha256 } from "../core/prefix.ts";
import { pricesOfRequest } from "../core/prices.ts";
import { checkPrompt } from "../core/prompt-check.ts";
import { isPrefix, readPromptFile } from "../core/prompt-file.ts";
import { shown } from "../core/received.ts";
import { type Lint, lintPrefix } from "../core/release/prompt-lints.ts";
import { Refused } from "./errors.ts";

/** A prompt file, read. */
export interface Prompt {
  /** Unique in the release: `support`, not `support.green.json`. */
  readonly name: string;
  readonly text: string;
}

/** A lint, and the prompt that it was found in. */
export interface PromptLint extends Lint {
  readonly name: string;
}

/** What `publish` stores, before it is stored. */
export interface Release {
  readonly manifest: Manifest;
  readonly bodies: ReadonlyMap<string, RequestBody>;
  readonly lints: readonly PromptLint[];
}

/** What a release must fit: its colors, and the limits of money. */
export type ReleaseConfig = Pick<WarmerConfig, "colors" | "concurrency" | "guardrails">;

/** The name stands in the control item when a prefix is paused, so it has a length to keep. */
const PROMPT_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,47}$/;

const RELEASE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Which prompts of a release are not always kept warm: the planner decides about them. */
export type Optional = "all" | readonly string[];

/** Puts a release together from prompt files, without storing it. @throws Refused with every fault at once */
export function makeRelease(
  config: ReleaseConfig,
  color: string,
  release: string,
  prompts: readonly Prompt[],
  now: number,
  optional: Optional = [],
): Release {
  const faults: string[] = [];
  if (!config.colors.includes(color)) {
    faults.push(`--color must be one of ${config.colors.join(", ")}, got ${shown(color)}`);
  }
  if (!RELEASE_ID.test(release)) {
    faults.push(
      `--release must be 1 to 64 letters, digits, dots, hyphens or underscores, got ${shown(release)}`,
    );
  }
  if (prompts.length === 0) faults.push("a release needs at least one prompt file");
  const unknown =
    optional === "all" ? [] : optional.filter((name) => !prompts.some((one) => one.name === name));
  for (const name of unknown) {
    faults.push(`--optional must name prompts of the release, or be \`all\`, got ${shown(name)}`);
  }
  const bodies = new Map<string, RequestBody>();
  const entries: ManifestEntry[] = [];
  const lints: PromptLint[] = [];
  for (const prompt of prompts) {
    const read = readEntry(prompt, entries, now);
    if ("fault" in read) {
      faults.push(read.fault);
      continue;
    }
    const required = optional !== "all" && !optional.includes(prompt.name);
    entries.push({ ...read.entry, required });
    bodies.set(read.entry.bodyDigest, read.prefix.body);
    lints.push(...lintPrefix(read.prefix).map((lint) => ({ name: prompt.name, ...lint })));
  }
  if (faults.length === 0) faults.push(...limitFaults(entries, config));
  if (faults.length > 0) {
    throw new Refused(`the release is refused:\n${faults.map((fault) => `  - ${fault}`).join("\n")}`);
  }
  return { manifest: makeManifest(color, release, entries, now), bodies, lints };
}

/** What filling these prefixes of a release once costs, from their counts or the byte estimate of their tokens. */
export function predictFillCost(
  { bodies }: Pick<Release, "bodies">,
  entries: readonly ManifestEntry[],
  now: number,
): MicroUsd {
  return entries.reduce((sum, entry) => {
    const body = bodies.get(entry.bodyDigest);
    const tokens = tokensOf(entry);
    const prices = body && pricesOfRequest(body, now, tokens);
    const perMillion = (entry.ttl === "1h" ? prices?.write1h : prices?.write5m) ?? 0;
    return sum + Math.ceil((tokens * perMillion) / 1_000_000);
  }, 0);
}

function readEntry(
  { name, text }: Prompt,
  entries: readonly ManifestEntry[],
  now: number,
): { readonly entry: Omit<ManifestEntry, "required">; readonly prefix: Prefix } | { readonly fault: string } {
  if (!PROMPT_NAME.test(name)) {
    return {
      fault: `a prompt's name must be 1 to 48 letters, digits, hyphens or underscores, got ${shown(name)}`,
    };
  }
  const prefix = readPromptFile(text);
  if (!isPrefix(prefix)) return { fault: `${name}: ${prefix.path} ${prefix.message}` };
  const check = checkPrompt(prefix, 0, now);
  if (check.kind === "refused") return { fault: `${name}: ${check.path} ${check.message}` };
  if (entries.some((entry) => entry.name === name)) {
    return { fault: `${name} is the name of two prompt files; names must differ` };
  }
  const { fingerprint, markers, model, ttl } = prefix;
  const same = entries.find((entry) => entry.fingerprint === fingerprint);
  if (same !== undefined) {
    return { fault: `${name} is the same prefix as ${same.name}; publish it once` };
  }
  const bodyDigest = sha256(JSON.stringify(prefix.body));
  const { bytes } = check;
  return {
    entry: { name, fingerprint, markers, bodyDigest, model, ttl, bytes },
    prefix,
  };
}

/**
 * A manifest that the limits would starve goes cold in silence: better refused while the old one serves. Optional
 * prefixes take what room there is.
 */
function limitFaults(
  entries: readonly ManifestEntry[],
  { concurrency, guardrails }: Pick<WarmerConfig, "concurrency" | "guardrails">,
): string[] {
  const required = entries.filter((entry) => entry.required);
  const need = needOf(required, concurrency);
  const { hourly, daily } = guardrails;
  return [
    ...(need.firstHour > hourly
      ? [
          `filling it and keeping it warm needs ${formatUsd(need.firstHour)} in the first hour; maxHourlyFillCost is ${formatUsd(hourly)}`,
        ]
      : []),
    ...(need.firstDay > daily
      ? [`its first day needs ${formatUsd(need.firstDay)}; maxDailyFillCost is ${formatUsd(daily)}`]
      : []),
  ];
}
