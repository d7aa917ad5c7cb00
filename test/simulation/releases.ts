import type { Ttl } from "../../lib/core/due.ts";
import { type Manifest, type ManifestEntry, makeManifest } from "../../lib/core/manifest.ts";
import { type RequestBody, sha256 } from "../../lib/core/prefix.ts";
import type { MemoryWorld } from "../support/memory/world.ts";
import { aPrompt, type TestPrompt } from "../support/prompts.ts";
import type { Setting } from "./story.ts";

/** What a color served, told by the words of its prompts. */
export interface Served {
  readonly color: string;
  readonly words: ReadonlySet<string>;
  readonly required: readonly string[];
  readonly prompts: readonly TestPrompt[];
  readonly from: number;
  /** When another release of the color took its place, ms since the epoch. */
  until: number;
}

/** Above the model's minimum of 512, by a little. */
const TOKENS = 540;

const known = new Map<string, TestPrompt>();

/** A prompt that is told from others by its words. Equal arguments give the same one, in every story. */
export function promptOf(
  name: string,
  words: string,
  ttl: "5m" | "1h",
  tokens = TOKENS,
  model?: string,
): TestPrompt {
  const key = `${name} ${words} ${ttl} ${tokens} ${model}`;
  const prompt =
    known.get(key) ?? aPrompt(name, { words, ttl, tokens, ...(model !== undefined && { model }) });
  known.set(key, prompt);
  return prompt;
}

/** The words of the prompt that a request is about. */
export function wordsOf(request: { readonly [field: string]: unknown }): string {
  const [block] = (request["system"] ?? []) as { readonly text?: unknown }[];
  const text = String(block?.text);
  return text.slice("You answer for the ".length, text.indexOf(" desk"));
}

/** The TTL that a request asks for. */
export function ttlOf(request: { readonly [field: string]: unknown }): Ttl {
  const [block] = (request["system"] ?? []) as { readonly cache_control?: { readonly ttl?: unknown } }[];
  return block?.cache_control?.ttl === "1h" ? "1h" : "5m";
}

/** Publishes releases, and keeps what each color has served: the truth that sends are held against. */
export class Releases {
  readonly #world: MemoryWorld;
  readonly #setting: Setting;
  readonly served: Served[] = [];
  /** By color: the last manifest that was lost. */
  readonly lost = new Map<string, Manifest>();
  #count = 0;

  constructor(world: MemoryWorld, setting: Setting) {
    this.#world = world;
    this.#setting = setting;
  }

  /** The color that is live, or was last before the switch was broken. */
  get liveColor(): string {
    const { liveColor, config } = this.#world;
    return liveColor.versions.findLast(({ value }) => config.colors.includes(value))?.value ?? "blue";
  }

  /** What must be warm now; `undefined` if the live color stands for no prompts. */
  live(): Served | undefined {
    const { liveColor, manifests, config } = this.#world;
    const color = liveColor.value ?? "";
    const isServed = config.colors.includes(color) && (manifests.stored.get(color)?.prefixes ?? 0) > 0;
    return isServed ? this.current(color) : undefined;
  }

  /** Publishes a color's next release. @param keepsOne whether its last prompt is the one of every such release */
  async publishNext(color: string, keepsOne: boolean): Promise<void> {
    const { prompts: count, hasOptional, shares, ttl } = this.#setting;
    const release = this.#count + 1;
    const isShared = (i: number) => i === count - 1 && shares && keepsOne;
    const prompts = Array.from({ length: count }, (_, i) =>
      promptOf(`p${i}`, isShared(i) ? "shared" : `${color}-${release}-p${i}`, ttl),
    );
    const optional = hasOptional ? [promptOf("optional", `${color}-${release}-optional`, ttl)] : [];
    const names = optional.map(({ name }) => name);
    await this.publish(color, [...prompts, ...optional], names);
  }

  /** As an operator does it, inside of work that the scheduler runs. @param optional names of prompts that need not be warm */
  async publish(
    color: string,
    prompts: readonly TestPrompt[],
    optional: readonly string[] = [],
  ): Promise<void> {
    this.#note(color, prompts, optional);
    await this.#world.publishing(color, String(++this.#count), prompts, optional);
    this.#replaced();
  }

  /** As nobody should: what `warmer publish` would refuse. */
  publishUnchecked(color: string, prompts: readonly TestPrompt[]): void {
    this.#note(color, prompts, []);
    const bodies = new Map<string, RequestBody>();
    const entries = prompts.map(({ name, body }): ManifestEntry => {
      const { model, system } = body as { readonly model: string; readonly system: unknown };
      const stored = { model, system };
      const bodyDigest = sha256(JSON.stringify(stored));
      bodies.set(bodyDigest, stored);
      return {
        name,
        fingerprint: sha256(`fingerprint of ${bodyDigest}`),
        markers: sha256("markers"),
        bodyDigest,
        model,
        ttl: "5m",
        bytes: 9_000,
        required: true,
      };
    });
    const { manifests, now } = this.#world;
    const manifest = makeManifest(color, String(++this.#count), entries, now);
    manifests.stored.set(color, manifest);
    for (const [digest, body] of bodies) manifests.bodyOf.set(digest, body);
    this.#replaced();
  }

  /** What the color serves now. */
  current(color: string): Served | undefined {
    return this.served.findLast((served) => served.color === color);
  }

  /** Whether the color serves the prompt, or did so at some time since the instant. */
  serves(color: string, words: string, since: number): boolean {
    return this.served.some(
      (served) => served.color === color && served.until >= since && served.words.has(words),
    );
  }

  #note(color: string, prompts: readonly TestPrompt[], optional: readonly string[]): void {
    const words = prompts.map(({ body }) => wordsOf(body as Record<string, unknown>));
    this.served.push({
      color,
      words: new Set(words),
      required: words.filter((_, i) => !optional.includes(prompts[i]?.name ?? "")),
      prompts,
      from: this.#world.now,
      until: Number.POSITIVE_INFINITY,
    });
  }

  /** The newest release of a color has taken the place of those before it. */
  #replaced(): void {
    const newest = this.served.at(-1);
    for (const served of this.served) {
      if (served !== newest && served.color === newest?.color && served.until === Number.POSITIVE_INFINITY)
        served.until = this.#world.now;
    }
  }
}
