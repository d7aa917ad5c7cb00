import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { initWarmer } from "../../lib/app/init.ts";
import { publishRelease } from "../../lib/app/publish.ts";
import { openAsOperator } from "../../lib/aws/operator.ts";
import { prefixRequest } from "../../lib/client/index.ts";
import { REGION } from "../../lib/local/account.ts";
import { type Engine, startEngine } from "../../lib/local/engine.ts";
import { LOCAL_API_KEY } from "../../lib/local/local-warmer.ts";
import { type SimulatedProvider, startSimulatedProvider } from "../../lib/local/provider/server.ts";
import { aPrompt, type TestPrompt } from "../support/prompts.ts";
import { CONFIG, MINUTE, START } from "../support/world.ts";
import { type Recorded, type Recorder, startRecorder } from "./recorder.ts";

const APP_KEY = "application-key";

const PROMPTS: readonly TestPrompt[] = [
  prompt("system", {}),
  prompt("tools", {
    tools: [
      { name: "find_order", description: "Fährt \u2028 \u{1f69a} ab", input_schema: { type: "object" } },
      { name: "refund", description: "Pays back", input_schema: { type: "object", required: ["id"] } },
    ],
    thinking: { type: "adaptive" },
    stop_sequences: ["END"],
  }),
  prompt("messages", {
    thinking: { type: "adaptive" },
    messages: [
      { role: "user", content: "Who are you?" },
      { role: "assistant", content: [{ type: "text", text: "The desk." }] },
      {
        role: "user",
        content: [
          {
            type: "text",
            text: "Read the rules. ".repeat(300),
            cache_control: { type: "ephemeral", ttl: "5m" },
          },
          { type: "text", text: "This is after the last breakpoint." },
        ],
      },
    ],
  }),
];

/** A published prompt with more in it than a system text. */
function prompt(name: string, more: object): TestPrompt {
  const body = { ...aPrompt(name).body, ...more };
  return { name, body, text: JSON.stringify(body) };
}

let provider: SimulatedProvider;
let recorder: Recorder;
let engine: Engine;
/** What the deployed warm function sent while it filled and confirmed, by prompt. */
let touches: ReadonlyMap<string, readonly Recorded[]>;

beforeAll(async () => {
  const keys = [
    { key: LOCAL_API_KEY, workspace: "default", caller: "warmer" },
    { key: APP_KEY, workspace: "default", caller: "application" },
  ];
  provider = await startSimulatedProvider({ keys, now: () => engine?.now() ?? START });
  recorder = await startRecorder(provider.url);
  const { directory, stack } = inject("assembly");
  const assembly = { assembly: directory, stack, startAt: START, seed: "bytes" };
  engine = await startEngine({ ...assembly, providerUrl: recorder.url });
  engine.ssm.put(
    { Name: CONFIG.apiKeyParameter, Value: LOCAL_API_KEY, Type: "SecureString" },
    { at: START, caller: "operator" },
  );
  const credentials = { accessKeyId: "operator", secretAccessKey: "local" };
  const access = { endpoint: engine.url, region: REGION, credentials };
  const clock = { now: engine.now, sleep: async () => {} };
  const [{ ports: operator }] = await openAsOperator(CONFIG, stack, access, clock);
  await initWarmer(operator, "blue", "init");
  await publishRelease(operator, CONFIG, { color: "blue", release: "1", prompts: PROMPTS, by: "test" });
  await engine.runUntil(START + 2 * MINUTE);
  const sent = recorder.requests.filter(({ path }) => path === "/v1/messages");
  touches = new Map(
    PROMPTS.map(({ name }) => [name, sent.filter(({ body }) => body.includes(`the ${name} desk`))]),
  );
});
afterAll(async () => {
  await engine.stop();
  await recorder.close();
  await provider.close();
});

/** The application's request through the real SDK: what it put on the socket, and the usage that it got. */
async function send(params: Anthropic.MessageCreateParamsNonStreaming) {
  const client = new Anthropic({
    apiKey: APP_KEY,
    baseURL: recorder.url,
    maxRetries: 0,
    defaultHeaders: { "x-virtual-time": String(engine.now()) },
  });
  const { usage } = await client.messages.create(params);
  const request = recorder.requests.at(-1);
  if (request === undefined) throw new Error("nothing was recorded");
  return {
    request,
    read: usage.cache_read_input_tokens ?? 0,
    written: usage.cache_creation_input_tokens ?? 0,
  };
}

const question = { messages: [{ role: "user" as const, content: "Where is my order?" }], max_tokens: 200 };

/** What two texts begin with alike. */
function commonHead(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return a.slice(0, length);
}

/** The touch that filled a prompt. */
function fillOf({ name }: TestPrompt): Recorded {
  const [fill] = touches.get(name) ?? [];
  if (fill === undefined) throw new Error(`the warmer never touched ${name}`);
  return fill;
}

describe("the application's first request", () => {
  it.each(PROMPTS)(
    "has the warmer's bytes up to the last breakpoint, and is a read: $name",
    async (published) => {
      const fill = fillOf(published);
      const { request, read, written } = await send(prefixRequest(JSON.parse(published.text), question));
      const head = commonHead(fill.body, request.body);
      const rests = [fill, request].map(({ body }) => body.slice(head.length));
      // Model, settings, tools, system and the messages' head lie in what is alike; only the tails differ.
      for (const rest of rests) expect(rest).not.toMatch(/cache_control|"(model|tools|system|thinking)":/);
      expect(head).toContain(JSON.stringify(markedBlock(published)));
      expect(rests[1]).toContain("Where is my order?");
      expect(request.body).not.toContain("after the last breakpoint");
      for (const header of ["anthropic-version", "anthropic-beta", "content-type"])
        expect(request.headers[header]).toEqual(fill.headers[header]);

      expect(written).toBe(0);
      const filled = provider.log.find(
        ({ caller, usage }) => caller === "warmer" && usage?.write5mTokens === read,
      );
      expect(filled).toBeDefined();
    },
  );

  it.each(PROMPTS)("writes when the application changes one byte of it: $name", async ({ text }) => {
    const changed = JSON.parse(text.replace("politely", "politelY"));
    const { read, written } = await send(prefixRequest(changed, question));
    expect(read).toBe(0);
    expect(written).toBeGreaterThan(0);
  });
});

describe("a touch", () => {
  it.each(PROMPTS)("that confirms a fill repeats its body byte for byte: $name", ({ name }) => {
    const [fill, confirming] = touches.get(name) ?? [];
    expect(confirming?.body).toBe(fill?.body);
  });
});

/** The block of a prompt that carries its last breakpoint. */
function markedBlock({ body }: TestPrompt): unknown {
  const { system, messages } = body as { system: unknown[]; messages: { content: unknown }[] };
  const last = messages.at(-1)?.content;
  return Array.isArray(last) ? last[0] : system.at(-1);
}
