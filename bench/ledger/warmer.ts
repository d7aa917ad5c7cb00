import { type WarmPorts, type WarmReport, warmCycle } from "../../lib/app/warm-cycle.ts";
import { DynamoControl } from "../../lib/aws/dynamo-control.ts";
import { DynamoManifests } from "../../lib/aws/dynamo-manifests.ts";
import { DynamoPlan } from "../../lib/aws/dynamo-plan.ts";
import { DynamoPrefixes } from "../../lib/aws/dynamo-prefixes.ts";
import type { Table } from "../../lib/aws/table.ts";
import { resolveConfig, type WarmerConfig } from "../../lib/core/config.ts";
import { newControl } from "../../lib/core/control.ts";
import { makeManifest } from "../../lib/core/manifest.ts";
import { type RequestBody, sha256 } from "../../lib/core/prefix.ts";
import { isPrefix, readPromptFile } from "../../lib/core/prompt-file.ts";
import { Provider } from "../../lib/local/provider/provider.ts";

const TIMEOUT_MS = 120_000;

/** The most that a configuration may have; 10,000 prefixes of 5 minutes need them. A wave is four times as many. */
export const CONCURRENCY = 256;

export const CONFIG: WarmerConfig = {
  ...resolveConfig({
    service: "bench",
    environment: "ledger",
    colors: ["blue"],
    expected: { prefixes: 1, tokensPerPrefix: 2_000, model: "claude-sonnet-5-5", ttl: "5m" },
    costGuardrails: { maxHourlyFillCost: 100_000, maxDailyFillCost: 1_000_000 },
    concurrency: CONCURRENCY,
  }),
};

/** A warmer over the real adapters, with a clock that moves when it is told to or waits, and a provider in memory. */
export class BenchWarmer {
  readonly #table: Table;
  readonly #provider: Provider;
  #now = Date.UTC(2026, 10, 20, 8, 3);
  #runs = 0;

  constructor(table: Table) {
    this.#table = table;
    const keys = [{ key: "bench", workspace: "default", caller: "warmer" }];
    this.#provider = new Provider({ keys, now: () => this.#now, seed: "bench" });
  }

  /** Publishes so many prefixes of about 2,000 tokens as the live manifest. */
  async publish(prefixes: number): Promise<void> {
    const bodies = new Map<string, RequestBody>();
    const entries = Array.from({ length: prefixes }, (_, i) => {
      const prefix = readPromptFile(aPrompt(i));
      if (!isPrefix(prefix)) throw new Error("the bench's own prompt is refused");
      const json = JSON.stringify(prefix.body);
      const bodyDigest = sha256(json);
      bodies.set(bodyDigest, prefix.body);
      const { fingerprint, markers, model, ttl } = prefix;
      const bytes = Buffer.byteLength(json);
      return { name: `p-${i}`, fingerprint, markers, bodyDigest, model, ttl, bytes, required: true };
    });
    await new DynamoControl(this.#table).write(newControl(this.#now), undefined, "init");
    const manifest = makeManifest("blue", "1", entries, this.#now);
    await new DynamoManifests(this.#table).publish(manifest, bodies);
  }

  pass(ms: number): void {
    this.#now += ms;
  }

  /** One warm cycle of a function instance that has just started: it holds no body in memory. */
  run(): Promise<WarmReport> {
    const now = this.#now;
    const id = `run-${++this.#runs}`;
    const event = {
      id,
      source: "aws.events",
      "detail-type": "Scheduled Event",
      time: new Date(now).toISOString(),
    };
    return warmCycle(this.#ports(), CONFIG, event, { id, deadlineAt: now + TIMEOUT_MS });
  }

  #ports(): WarmPorts {
    return {
      clock: {
        now: () => this.#now,
        sleep: async (ms) => this.pass(ms),
      },
      control: new DynamoControl(this.#table),
      prefixes: new DynamoPrefixes(this.#table),
      plan: new DynamoPlan(this.#table),
      manifests: new DynamoManifests(this.#table),
      liveColor: {
        read: async () => ({ value: "blue", version: 1, modifiedAt: 0 }),
        since: async () => ({ version: 1, modifiedAt: 0 }),
      },
      gates: { get: async () => undefined, put: async () => {} },
      callbacks: { tell: async () => {} },
      usage: { between: async () => [] },
      metrics: { publish: async () => {} },
      provider: {
        send: async (request) => ({ kind: "reply", usage: this.#ask("/v1/messages", request)["usage"] }),
        count: async ({ max_tokens: _output, ...request }) =>
          Number(this.#ask("/v1/messages/count_tokens", request)["input_tokens"]),
      },
    };
  }

  #ask(path: string, request: RequestBody): Record<string, unknown> {
    const answer = this.#provider.answer({
      method: "POST",
      path,
      headers: {
        "content-type": "application/json",
        "anthropic-version": "2023-06-01",
        "x-api-key": "bench",
        "x-virtual-time": String(this.#now),
      },
      body: Buffer.from(JSON.stringify(request)),
    });
    if (answer?.status !== 200)
      throw new Error(`the provider answered ${answer?.status ?? "nothing"}: ${answer?.body ?? ""}`);
    return JSON.parse(answer.body);
  }
}

function aPrompt(i: number): string {
  const text = `You answer for desk ${i}, politely and in full sentences. `.repeat(140);
  return JSON.stringify({
    model: CONFIG.expected.model,
    system: [{ type: "text", text, cache_control: { type: "ephemeral", ttl: "5m" } }],
    messages: [{ role: "user", content: "placeholder" }],
    max_tokens: 100,
  });
}
