import type { WarmerConfig } from "../core/config.ts";
import { estimateTokens } from "../core/estimate.ts";
import { type Manifest, type ManifestEntry, makeManifest, needOf } from "../core/manifest.ts";
import { formatUsd, type MicroUsd } from "../core/money.ts";
import { type RequestBody, sha256 } from "../core/prefix.ts";
import { pricesOfRequest } from "../core/prices.ts";
import { checkPrompt } from "../core/prompt-check.ts";
import { isPrefix, readPromptFile } from "../core/prompt-file.ts";
import { shown } from "../core/received.ts";
import { Refused } from "./errors.ts";
import type { Clock, ManifestWriter } from "./ports.ts";

/** A prompt file, read. */
export interface Prompt {
  /** Unique in the release: `support`, not `support.green.json`. */
  readonly name: string;
  readonly text: string;
}

export interface Release {
  readonly manifest: Manifest;
  readonly bodies: ReadonlyMap<string, RequestBody>;
  /** What filling every prefix once will cost, from the byte estimate of its tokens. */
  readonly predictedFillCost: MicroUsd;
}

/** The name stands in the control item when a prefix is paused, so it has a length to keep. */
const PROMPT_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,47}$/;

const RELEASE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Puts a release together from prompt files, without storing it. @throws Refused with every fault at once */
export function makeRelease(
  config: Pick<WarmerConfig, "colors" | "concurrency" | "guardrails">,
  color: string,
  release: string,
  prompts: readonly Prompt[],
  now: number,
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
  const bodies = new Map<string, RequestBody>();
  const entries: ManifestEntry[] = [];
  let predictedFillCost = 0;
  for (const { name, text } of prompts) {
    if (!PROMPT_NAME.test(name)) {
      faults.push(
        `a prompt's name must be 1 to 48 letters, digits, hyphens or underscores, got ${shown(name)}`,
      );
      continue;
    }
    const check = checkPrompt(text, 0, now);
    const prefix = readPromptFile(text);
    if (check.kind === "refused" || !isPrefix(prefix)) {
      faults.push(
        `${name}: ${check.kind === "refused" ? `${check.path} ${check.message}` : "cannot be read"}`,
      );
      continue;
    }
    if (entries.some((entry) => entry.name === name)) {
      faults.push(`${name} is the name of two prompt files; names must differ`);
      continue;
    }
    const same = entries.find((entry) => entry.fingerprint === prefix.fingerprint);
    if (same !== undefined) {
      faults.push(`${name} is the same prefix as ${same.name}; publish it once`);
      continue;
    }
    const json = JSON.stringify(prefix.body);
    const bodyDigest = sha256(json);
    bodies.set(bodyDigest, prefix.body);
    const { tokens } = estimateTokens(check.bytes);
    const prices = pricesOfRequest(prefix.body, now, tokens);
    predictedFillCost += Math.ceil(
      (tokens * ((prefix.ttl === "1h" ? prices?.write1h : prices?.write5m) ?? 0)) / 1_000_000,
    );
    const { fingerprint, markers, model, ttl } = prefix;
    entries.push({ name, fingerprint, markers, bodyDigest, model, ttl, bytes: check.bytes, required: true });
  }
  if (faults.length === 0) faults.push(...limitFaults(entries, config));
  if (faults.length > 0) {
    throw new Refused(`the release is refused:\n${faults.map((fault) => `  - ${fault}`).join("\n")}`);
  }
  return { manifest: makeManifest(color, release, entries, now), bodies, predictedFillCost };
}

/** A manifest that the limits would starve goes cold in silence: better refused while the old one serves. */
function limitFaults(
  entries: readonly ManifestEntry[],
  { concurrency, guardrails }: Pick<WarmerConfig, "concurrency" | "guardrails">,
): string[] {
  const need = needOf(entries, concurrency);
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

/** Stores a release as what its color serves from now on. */
export async function publishRelease(
  ports: { readonly clock: Clock; readonly manifests: ManifestWriter },
  config: Pick<WarmerConfig, "colors" | "concurrency" | "guardrails">,
  {
    color,
    release,
    prompts,
  }: { readonly color: string; readonly release: string; readonly prompts: readonly Prompt[] },
): Promise<Release> {
  const made = makeRelease(config, color, release, prompts, ports.clock.now());
  await ports.manifests.publish(made.manifest, made.bodies);
  return made;
}
