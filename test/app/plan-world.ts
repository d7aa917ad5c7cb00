import { MINUTE_MS, type Ttl } from "../../lib/core/due.ts";
import { withTtl } from "../../lib/core/prefix-ttl.ts";
import { minuteOf, type PrefixUse } from "../../lib/core/usage/usage-record.ts";
import { parseUsage, type Usage } from "../../lib/core/usage.ts";
import { WARMER_KEY } from "../support/memory/provider.ts";
import { CONFIG, MemoryWorld, START } from "../support/memory/world.ts";
import { aPrompt, type TestPrompt } from "../support/prompts.ts";

const APP_KEY = { key: "sk-app", workspace: WARMER_KEY.workspace, caller: "app" };

/** A request of the application. */
export interface OrganicRequest {
  readonly at: number;
  readonly name: string;
  readonly tokens: number;
}

/** A warmer with optional prompts, and the application that uses them and records it. */
export class PlanWorld {
  readonly world: MemoryWorld;
  readonly prompts: readonly TestPrompt[];
  readonly requests: OrganicRequest[] = [];
  /** The TTL that the application asks for. @default - its prompts' own */
  ttl: Ttl | undefined;
  /** Whether the application records what it uses. */
  records = true;
  readonly #names = new Map<string, string>();
  readonly #uses = new Map<string, PrefixUse>();

  private constructor(world: MemoryWorld, prompts: readonly TestPrompt[]) {
    this.world = world;
    this.prompts = prompts;
  }

  /** Initialised, published and adopted: one tick has run. */
  static async live(
    names: readonly string[],
    { policy = "adaptive", ttl = "5m" as Ttl, required = [] as readonly string[], lambda = 0.5 } = {},
  ): Promise<PlanWorld> {
    const config = { ...CONFIG, policy: { name: policy, lambda, providerLimits: { share: 0.25 } } };
    const provider = { keys: [WARMER_KEY, APP_KEY], latency: () => ({ firstByteMs: 0, totalMs: 0 }) };
    const world = new MemoryWorld({ config, provider });
    const prompts = [...names, ...required].map((name, i) => aPrompt(name, { ttl, tokens: 3_000 + 500 * i }));
    await world.init("blue");
    await world.publish("blue", "1", prompts, names);
    const plan = new PlanWorld(world, prompts);
    await world.tick();
    return plan;
  }

  /** The application asks once, now. */
  ask(name: string, prompts = this.prompts): void {
    const prompt = prompts.find((candidate) => candidate.name === name);
    if (prompt === undefined) throw new Error(`there is no prompt ${name}`);
    const at = this.world.now;
    const answer = this.world.provider.answer({
      method: "POST",
      path: "/v1/messages",
      headers: {
        "content-type": "application/json",
        "anthropic-version": "2026-10-21",
        authorization: `Bearer ${APP_KEY.key}`,
        "x-virtual-time": String(at),
      },
      body: Buffer.from(
        JSON.stringify(this.ttl === undefined ? prompt.body : withTtl({ ...prompt.body }, this.ttl)),
      ),
    });
    const usage = parseUsage(JSON.parse(answer?.body ?? "{}").usage);
    const { fingerprint: logged = "" } = this.world.provider.log.at(-1) ?? {};
    if (usage === undefined) throw new Error(`the application got no usage: ${answer?.body}`);
    this.#names.set(logged, name);
    const tokens = usage.readTokens + usage.write5mTokens + usage.write1hTokens;
    this.requests.push({ at, name, tokens });
    if (this.records) this.#record(at, name, usage);
  }

  /** Touches of the warmer, by name; of what the application never asked for, by the provider's own hash. */
  touches(since = START + 1): { readonly at: number; readonly name: string }[] {
    return this.world
      .touches(since)
      .filter(({ caller }) => caller === WARMER_KEY.caller)
      .map(({ at, fingerprint = "" }) => ({ at, name: this.#names.get(fingerprint) ?? fingerprint }));
  }

  /** A minute passes, with a tick at an offset into the next one; the application asks at others. */
  async minute(asks: readonly { readonly atMs: number; readonly name: string }[], tickAtMs = 20_000) {
    const start = (Math.floor(this.world.now / MINUTE_MS) + 1) * MINUTE_MS;
    const events = [
      ...asks.map((ask) => ({ ...ask, isTick: false })),
      { atMs: tickAtMs, isTick: true, name: "" },
    ];
    let report: Awaited<ReturnType<MemoryWorld["tick"]>> | undefined;
    for (const { atMs, isTick, name } of events.sort((a, b) => a.atMs - b.atMs)) {
      await this.world.pass(start + atMs - this.world.now);
      if (isTick) report = await this.world.tick();
      else this.ask(name);
    }
    if (report === undefined) throw new Error("there was no tick");
    return report;
  }

  /** Minutes without a request. */
  async idle(minutes: number) {
    const reports = [];
    for (let i = 0; i < minutes; i++) reports.push(await this.minute([]));
    return reports;
  }

  fingerprint(name: string): string {
    return this.world.prefixes.named(name).fingerprint;
  }

  #record(at: number, name: string, usage: Usage): void {
    const minute = minuteOf(at);
    const fingerprint = this.fingerprint(name);
    const known = this.#uses.get(`${minute} ${fingerprint}`);
    const written = usage.write5mTokens + usage.write1hTokens;
    const use: PrefixUse = {
      fingerprint,
      model: "claude-sonnet-5-5",
      requests: (known?.requests ?? 0) + 1,
      cold: (known?.cold ?? 0) + (written > 0 ? 1 : 0),
      neither: 0,
      readTokens: (known?.readTokens ?? 0) + usage.readTokens,
      write5mTokens: (known?.write5mTokens ?? 0) + usage.write5mTokens,
      write1hTokens: (known?.write1hTokens ?? 0) + usage.write1hTokens,
      uncachedTokens: 0,
      first: 0,
      firstHits: 0,
    };
    this.#uses.set(`${minute} ${fingerprint}`, use);
    const { records } = this.world.usage;
    const writer = `app ${fingerprint}`;
    const others = records.filter((record) => record.minute !== minute || record.writer !== writer);
    records.length = 0;
    records.push(...others, { minute, writer, part: 0, lost: 0, prefixes: [use] });
  }
}
