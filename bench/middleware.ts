import { pathToFileURL } from "node:url";
import Anthropic, { type Middleware } from "@anthropic-ai/sdk";
import { build } from "esbuild";
import { max, median, min } from "simple-statistics";
import { guardManifest, prefixGuard, usageRecorder } from "../lib/client/index.ts";
import { cutPrefix, isPrefix } from "../lib/core/prefix.ts";

/**
 * What the client's middleware costs an application for a prompt of 400 kB: `tsx bench/middleware.ts`, for machines
 * with `--json`. The Anthropic SDK with a provider that answers at once, so that all that is measured is work of this
 * process: from the call until the reply is there and everything in the background has come to rest. None of it is
 * delay of the request, which is handed on before.
 */
export interface MiddlewareCost {
  /** Median of what a request takes longer than without middleware. */
  readonly milliseconds: { readonly recorder: number; readonly guard: number; readonly both: number };
  /** Minified size of `lib/client`, without the SDKs. */
  readonly bytes: number;
}

const PROMPT_BYTES = 400_000;
const AIM_MS = 5;
const VARIANTS = ["none", "recorder", "guard", "both"] as const;
type Variant = (typeof VARIANTS)[number];

/** @param rounds each measures every variant once, so that a slow moment of the machine hits all of them */
export async function measureMiddleware(rounds = 61): Promise<MiddlewareCost & { readonly spread: Spread }> {
  const params = aPrompt(PROMPT_BYTES);
  const clients = new Map(VARIANTS.map((variant) => [variant, clientOf(middlewareOf(variant, params))]));
  const times = new Map<Variant, number[]>(VARIANTS.map((variant) => [variant, []]));
  for (let round = -WARM_UP; round < rounds; round++) {
    for (let i = 0; i < VARIANTS.length; i++) {
      const variant = VARIANTS[(i + round + WARM_UP) % VARIANTS.length] ?? "none";
      const ms = await timeOf(clients.get(variant), params);
      if (round >= 0) times.get(variant)?.push(ms);
    }
  }
  const of = (variant: Variant) => times.get(variant) ?? [];
  const idle = median(of("none"));
  const cost = (variant: Variant) => rounded(median(of(variant)) - idle);
  return {
    milliseconds: { recorder: cost("recorder"), guard: cost("guard"), both: cost("both") },
    bytes: await bundleBytes(),
    spread: VARIANTS.map((variant) => ({
      variant,
      minMs: rounded(min(of(variant))),
      medianMs: rounded(median(of(variant))),
      maxMs: rounded(max(of(variant))),
    })),
  };
}

// --- internal ---

const WARM_UP = 8;

type Params = Anthropic.MessageCreateParamsNonStreaming;
type Spread = readonly { variant: Variant; minMs: number; medianMs: number; maxMs: number }[];

async function timeOf(client: Anthropic | undefined, params: Params): Promise<number> {
  const start = performance.now();
  await client?.messages.create(params);
  // Hashing waits for one turn of the event loop, and the count for what it gives.
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  return performance.now() - start;
}

function middlewareOf(variant: Variant, params: Params): Middleware[] {
  const prefix = cutPrefix({ ...params });
  if (!isPrefix(prefix)) throw new Error(`${prefix.path} ${prefix.message}`);
  const manifest = guardManifest([{ name: "bench", prefix }]);
  const recorder = usageRecorder({ write: async () => {}, manifest, after: () => () => {} }).middleware;
  const guard = prefixGuard(manifest, { onResult: () => {} });
  return { none: [], recorder: [recorder], guard: [guard], both: [recorder, guard] }[variant];
}

function clientOf(middleware: Middleware[]): Anthropic {
  const usage = { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 100_000 };
  const message = { id: "msg_1", type: "message", role: "assistant", content: [], usage };
  return new Anthropic({
    apiKey: "bench",
    maxRetries: 0,
    middleware,
    fetch: async () => Response.json(message),
  });
}

function aPrompt(bytes: number): Params {
  const blocks = 8;
  const sentence = 'You answer for the desk, politely and in full sentences; say "we", not "I".\n';
  const text = sentence.repeat(Math.ceil(bytes / blocks / JSON.stringify(sentence).length));
  const system = Array.from({ length: blocks }, (_, i) => ({
    type: "text" as const,
    text: `${i} ${text}`,
    ...(i === blocks - 1 && { cache_control: { type: "ephemeral" as const, ttl: "1h" as const } }),
  }));
  const messages = [{ role: "user" as const, content: "Where is my order?" }];
  return { model: "claude-sonnet-5-5", max_tokens: 100, system, messages };
}

async function bundleBytes(): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [new URL("../lib/client/index.ts", import.meta.url).pathname],
    bundle: true,
    minify: true,
    write: false,
    platform: "node",
    format: "esm",
    external: ["@anthropic-ai/*", "@aws-sdk/*"],
  });
  return outputFiles[0]?.contents.length ?? 0;
}

function rounded(ms: number): number {
  return Number(ms.toFixed(2));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { milliseconds, bytes, spread } = await measureMiddleware();
  if (process.argv.includes("--json")) {
    console.log(JSON.stringify({ milliseconds, bytes }));
  } else {
    console.table(spread);
    const { recorder, guard, both } = milliseconds;
    console.log(
      `added: recorder ${recorder} ms, guard ${guard} ms, both ${both} ms (aim: at most ${AIM_MS} ms)`,
    );
    console.log(`lib/client, minified: ${bytes} bytes`);
  }
}
