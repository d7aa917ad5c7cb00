/** An application beside a world's warmer: the real SDK with the real recorder and guard, on virtual time. */
import Anthropic from "@anthropic-ai/sdk";
import {
  dynamoUsageWriter,
  type GuardResult,
  guardManifest,
  prefixGuard,
  prefixRequest,
  type UsageRecorder,
  type UsageWriter,
  usageRecorder,
} from "../../lib/client/index.ts";
import { cutPrefix, isPrefix } from "../../lib/core/prefix.ts";
import { toUsageItem, type UsageRecord } from "../../lib/core/usage/usage-record.ts";
import { REGION } from "../../lib/local/account.ts";
import { LOCAL_API_KEY } from "../../lib/local/local-warmer.ts";
import type { TestPrompt } from "../support/prompts.ts";
import { MINUTE, type World } from "../support/world.ts";
import { stateTable } from "./state.ts";

export const APP_KEY = "application-key";

/** Keys of a provider that serves warmer and application out of one cache. */
export const SHARED_KEYS = [
  { key: LOCAL_API_KEY, workspace: "default", caller: "warmer" },
  { key: APP_KEY, workspace: "default", caller: "application" },
];

/** Four requests a minute. */
const EVERY_MS = 15_000;

/** One request in so many misses, so that the hit rate is 91 %. */
const ELEVEN = 11;

export class Traffic {
  /** The prompt of a request by its number, but for one in eleven, which brings a document of its own. */
  prompt: (request: number) => TestPrompt;
  /** What the guard said of each request. */
  readonly guarded: GuardResult[] = [];
  readonly #world: World;
  readonly #write: UsageWriter;
  readonly #recorder: UsageRecorder;
  readonly #client: Anthropic;
  #sent = 0;

  constructor(world: World, published: TestPrompt) {
    this.#world = world;
    this.prompt = () => published;
    this.#write = dynamoUsageWriter({
      tableName: stateTable(world).name,
      endpoint: world.engine.url,
      region: REGION,
      credentials: { accessKeyId: "application", secretAccessKey: "local" },
    });
    this.#recorder = usageRecorder({
      write: this.#write,
      writer: "application",
      now: () => world.engine.now(),
      // No timer of its own: the minute's end is an event of the engine.
      after: () => () => {},
    });
    const guard = prefixGuard(guardManifest([{ name: published.name, prefix: prefixOf(published) }]), {
      onResult: (result) => this.guarded.push(result),
    });
    this.#client = new Anthropic({
      apiKey: APP_KEY,
      baseURL: world.provider.url,
      maxRetries: 0,
      logLevel: "off",
      middleware: [this.#recorder.middleware, guard],
      fetch: (url, init) => {
        const headers = new Headers(init?.headers);
        headers.set("x-virtual-time", String(world.engine.now()));
        return fetch(url, { ...init, headers });
      },
    });
  }

  /** From now on. */
  start(): void {
    const { engine } = this.#world;
    const later = (ms: number, what: () => Promise<void>) => {
      engine.at(engine.now() + ms, async () => {
        await what();
        later(ms, what);
      });
    };
    later(EVERY_MS, () => this.#send());
    later(MINUTE, () => this.#recorder.flush());
  }

  /** Hands in the records of a day in which one request in eleven missed: in few parts, the latest ones small. */
  async remember({ tokens }: { readonly tokens: number }): Promise<void> {
    const minutes = [...Array.from({ length: 12 }, () => 10), ...Array.from({ length: 22 }, () => 60)];
    let minute = this.#world.engine.now();
    for (const [part, length] of minutes.entries()) {
      minute -= length * MINUTE;
      const requests = ELEVEN * Math.round((4 * length) / ELEVEN);
      const use = {
        fingerprint: prefixOf(this.prompt(0)).fingerprint,
        model: "claude-sonnet-5-5",
        requests,
        cold: requests / ELEVEN,
        neither: 0,
        readTokens: (requests - requests / ELEVEN) * tokens,
        write5mTokens: (requests / ELEVEN) * tokens,
        write1hTokens: 0,
        uncachedTokens: 0,
        first: 0,
        firstHits: 0,
      };
      const record: UsageRecord = { minute, writer: "yesterday", part, lost: 0, prefixes: [use] };
      await this.#write(toUsageItem(record));
    }
  }

  async #send(): Promise<void> {
    const request = this.#sent++;
    const prompt = this.prompt(request);
    const isOwn = request % ELEVEN === ELEVEN - 1;
    const { body } = isOwn ? personal(prompt, `Document ${request}.`) : prompt;
    const messages = [{ role: "user" as const, content: `Question ${request}` }];
    await this.#client.messages.create(prefixRequest(body, { max_tokens: 50, messages }));
  }
}

/** The same prompt with something in front of it that no other request has. */
export function personal(prompt: TestPrompt, words: string): TestPrompt {
  const { system, ...body } = prompt.body as { readonly system: readonly { readonly text: string }[] };
  const changed = { ...body, system: system.map((block) => ({ ...block, text: `${words} ${block.text}` })) };
  return { name: prompt.name, text: JSON.stringify(changed), body: changed };
}

function prefixOf(prompt: TestPrompt) {
  const prefix = cutPrefix({ ...prompt.body });
  if (!isPrefix(prefix)) throw new Error(`${prefix.path} ${prefix.message}`);
  return prefix;
}
