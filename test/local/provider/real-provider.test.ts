import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { initWarmer } from "../../../lib/app/init.ts";
import { publishRelease } from "../../../lib/app/publish.ts";
import { type DeployedWarmer, startLocalWarmerOnRealProvider } from "../../../lib/local/local-warmer.ts";
import { chooseProvider } from "../../../lib/local/provider/choice.ts";
import { type RealProvider, startRealProvider } from "../../../lib/local/provider/real-provider.ts";
import { type SimulatedProvider, startSimulatedProvider } from "../../../lib/local/provider/server.ts";
import { aPrompt } from "../../support/prompts.ts";
import { CONFIG, MINUTE, START } from "../../support/world.ts";

const KEY = "sk-real-canary";

describe("the proxy before a real provider", () => {
  /** Virtual now, which the answer moves on as the wall clock would. */
  let now: number;
  const slept: number[] = [];
  const seen: (string | string[] | undefined)[] = [];
  const upstream = createServer((request, response) => {
    seen.push(request.headers["x-virtual-time"]);
    now += 2_345;
    response.setHeader("x-virtual-latency-ms", "1").end(`asked ${request.url}`);
  });
  let proxy: RealProvider;
  beforeAll(async () => {
    await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  });
  beforeEach(async () => {
    now = START;
    slept.length = 0;
    seen.length = 0;
    proxy = await startRealProvider({
      upstream: new URL(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`),
      now: () => now,
      sleep: async (ms) => {
        slept.push(ms);
        now += ms;
      },
    });
  });
  afterEach(() => proxy.close());
  afterAll(() => {
    upstream.close();
    upstream.closeAllConnections();
  });

  const ask = (at: number) =>
    fetch(`${proxy.url}/v1/messages`, { headers: { "x-virtual-time": String(at) } });

  it("says how long the answer took, and keeps virtual time from the provider", async () => {
    const response = await ask(START);
    expect([response.headers.get("x-virtual-latency-ms"), await response.text()]).toEqual([
      "2345",
      "asked /v1/messages",
    ]);
    expect(seen).toEqual([undefined]);
  });

  it.each([
    { sentAfter: 2_000, waits: [2_000], latency: "2345" },
    { sentAfter: 1, waits: [1], latency: "2345" },
    { sentAfter: 0, waits: [], latency: "2345" },
    { sentAfter: -700, waits: [], latency: "3045" },
  ])(
    "sends a request of $sentAfter ms from now when its instant has come",
    async ({ sentAfter, waits, latency }) => {
      const response = await ask(START + sentAfter);
      expect(slept).toEqual(waits);
      expect(response.headers.get("x-virtual-latency-ms")).toBe(latency);
    },
  );

  it("gives a failure its time too", async () => {
    const dead = await startRealProvider({ upstream: new URL("http://127.0.0.1:9"), now: () => START + 40 });
    const response = await fetch(dead.url, { headers: { "x-virtual-time": String(START) } });
    expect([response.status, response.headers.get("x-virtual-latency-ms")]).toEqual([502, "40"]);
    await dead.close();
  });
});

/** The provider on this machine stands for the real one: it has one key, and no virtual latency of its own. */
describe("a local warmer on a real provider", () => {
  let provider: SimulatedProvider;
  let warmer: DeployedWarmer;
  beforeAll(async () => {
    const keys = [{ key: KEY, workspace: "w", caller: "warmer" }];
    provider = await startSimulatedProvider({ keys, now: () => warmer.engine.now() });
    const variables = { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: provider.url };
    const choice = chooseProvider(variables, { realProvider: true, speed: 1 });
    if (choice.kind !== "real") throw new Error(choice.kind);
    const { directory, stack } = inject("assembly");
    const options = { assembly: directory, stack, config: CONFIG, startAt: START, seed: "real" };
    warmer = await startLocalWarmerOnRealProvider(options, { ...choice, sleep: async () => {} });
    await initWarmer(warmer.operator, "blue", "init");
    const release = { color: "blue", release: "1", prompts: [aPrompt("support")], by: "olivia" };
    await publishRelease(warmer.operator, CONFIG, release);
    await warmer.engine.runUntil(START + 2 * MINUTE);
  });
  afterAll(async () => {
    await warmer?.stop();
    await provider?.close();
  });

  it("touches it with the real key: a write, then the read that proves it", () => {
    const messages = provider.log.filter(({ endpoint }) => endpoint === "messages");
    expect(messages.map(({ status, caller }) => [status, caller])).toEqual(
      messages.map(() => [200, "warmer"]),
    );
    expect(messages.map(({ usage }) => (usage?.readTokens ?? 0) > 0).slice(0, 2)).toEqual([false, true]);
  });

  it("keeps the key in its SecureString, out of journal, calls and template", () => {
    const { engine } = warmer;
    expect(engine.ssm.value(CONFIG.apiKeyParameter)).toBe(KEY);
    expect(JSON.stringify([engine.journal.events, engine.calls, engine.template()])).not.toContain("canary");
  });
});
