import net from "node:net";
import fc from "fast-check";
import { afterEach, expect, it, vi } from "vitest";
import { AnthropicProvider } from "../../lib/provider/anthropic.ts";
import { anyText } from "../support/nasty.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** Variables that programs take addresses from. The address of the provider is its own: only the local engine sets it. */
const variables = fc.constantFrom(
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "ANTHROPIC_AUTH_TOKEN",
  "ANTHROPIC_CUSTOM_HEADERS",
  "ANTHROPIC_LOG",
  "AWS_ENDPOINT_URL",
);

const settings = fc.record({
  key: anyText,
  model: anyText,
  field: anyText,
  value: fc.oneof(anyText, fc.jsonValue()),
  variable: variables,
  setting: anyText.map((text) => text.replaceAll("\u0000", "")),
});

it("whatever is configured and stored, one host is asked for, and nothing else", {
  timeout: 600_000,
}, async () => {
  vi.stubEnv("ANTHROPIC_BASE_URL", undefined);
  // The SDK warns of models by some of these names.
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const hosts = new Map<string, number>();
  vi.spyOn(net.Socket.prototype, "connect").mockImplementation(function (
    this: net.Socket,
    ...args: unknown[]
  ) {
    const [{ host, port }] = [args.flat(2)[0] as { host?: string; port?: number }];
    const name = `${host}:${port}`;
    hosts.set(name, (hosts.get(name) ?? 0) + 1);
    queueMicrotask(() => this.destroy(new Error("no network in a test")));
    return this;
  });
  await fc.assert(
    fc.asyncProperty(settings, async ({ key, model, field, value, variable, setting }) => {
      vi.stubEnv(variable, setting);
      const body = { [field]: value, model, max_tokens: 0, messages: [{ role: "user", content: "warmup" }] };
      const provider = new AnthropicProvider({ key: async () => key });
      const reply = await provider.send(body, 1_000);
      vi.stubEnv(variable, undefined);
      expect(reply.kind).toBe("failed");
    }),
    { numRuns: 10_000, seed: 30 },
  );
  expect([...hosts.keys()]).toEqual(["api.anthropic.com:443"]);
  expect(hosts.get("api.anthropic.com:443")).toBeGreaterThan(1_000);
});
