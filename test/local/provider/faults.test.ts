import Anthropic from "@anthropic-ai/sdk";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseUsage } from "../../../lib/core/usage.ts";
import type { Fault } from "../../../lib/local/provider/faults.ts";
import type { SimulatedProvider } from "../../../lib/local/provider/server.ts";
import {
  APP_KEY,
  block,
  clientAt,
  errorOf,
  HOUR,
  MINUTE,
  MODEL,
  NOON,
  PLACEHOLDER,
  preWarm,
  startProvider,
  tokens,
  WARMER_KEY,
} from "./harness.ts";

let provider: SimulatedProvider;
beforeEach(async () => {
  provider = await startProvider();
});
afterEach(() => provider.close());

const touch = (at = NOON, options: { key?: string; timeoutMs?: number } = {}) =>
  clientAt(provider, at, options).messages.create(preWarm([block(1_000, "1h")]));
const refused = (call: PromiseLike<unknown>) =>
  Promise.resolve(call).then(
    () => false,
    () => true,
  );

describe("an error answer", () => {
  it.each<{ fault: Fault; as: unknown; status: number; type: string }>([
    {
      fault: { kind: "unauthorized" },
      as: Anthropic.AuthenticationError,
      status: 401,
      type: "authentication_error",
    },
    { fault: { kind: "billing" }, as: Anthropic.PaymentRequiredError, status: 402, type: "billing_error" },
    {
      fault: { kind: "forbidden" },
      as: Anthropic.PermissionDeniedError,
      status: 403,
      type: "permission_error",
    },
    { fault: { kind: "model_not_found" }, as: Anthropic.NotFoundError, status: 404, type: "not_found_error" },
    { fault: { kind: "rate_limited" }, as: Anthropic.RateLimitError, status: 429, type: "rate_limit_error" },
    { fault: { kind: "server_error" }, as: Anthropic.InternalServerError, status: 500, type: "api_error" },
    {
      fault: { kind: "gateway_timeout" },
      as: Anthropic.GatewayTimeoutError,
      status: 504,
      type: "timeout_error",
    },
    { fault: { kind: "overloaded" }, as: Anthropic.OverloadedError, status: 529, type: "overloaded_error" },
    {
      fault: { kind: "own_spend_limit" },
      as: Anthropic.BadRequestError,
      status: 400,
      type: "invalid_request_error",
    },
  ])("$fault.kind reaches the client as its class, with $status", async ({ fault, as, status, type }) => {
    provider.faults.add(fault);
    const error = await errorOf(touch());
    expect(error).toBeInstanceOf(as);
    expect(error).toMatchObject({
      status,
      type,
      requestID: provider.log[0]?.requestId,
      workspaceID: "wrkspc_main",
    });
    expect(provider.log).toMatchObject([
      { status, errorType: type, fault: fault.kind, caller: "app", model: MODEL },
    ]);
  });

  it("is processed by nobody: no cache entry, no bill; and none without the fault", async () => {
    const lift = provider.faults.add({ kind: "overloaded" });
    await errorOf(touch());
    expect(provider.bill.lines).toEqual([]);
    expect(provider.cache.size).toBe(0);
    lift();
    expect(tokens(await touch(NOON + 1))).toEqual({ write1hTokens: 1_000, uncachedTokens: PLACEHOLDER });
    expect(provider.bill.lines).toHaveLength(1);
  });
});

describe("the kinds of 429 and of spend limits", () => {
  it("tell a rate limit by its retry-after", async () => {
    provider.faults.add({ kind: "rate_limited", retryAfterSeconds: 30 });
    const { headers, errorCode } = await errorOf(touch());
    expect(headers?.get("retry-after")).toBe("30");
    expect(headers?.get("anthropic-ratelimit-requests-remaining")).toBe("0");
    expect(headers?.get("anthropic-ratelimit-requests-reset")).toBe("2026-11-20T12:00:30.000Z");
    expect(errorCode).toBeNull();
  });

  it("tell a limit without retry-after by its absence", async () => {
    provider.faults.add({ kind: "rate_limited" });
    const { headers, errorCode } = await errorOf(touch());
    expect(headers?.has("retry-after")).toBe(false);
    expect(errorCode).toBeNull();
  });

  it("tell the tier's monthly cap by its error code", async () => {
    provider.faults.add({ kind: "enforced_spend_limit" });
    const error = await errorOf(touch());
    expect(error).toBeInstanceOf(Anthropic.EnforcedSpendLimitReachedError);
    expect(error).toMatchObject({
      status: 429,
      type: "rate_limit_error",
      errorCode: "enforced_spend_limit_reached",
    });
    expect(error.headers?.has("retry-after")).toBe(false);
    expect(error.apiMessage).toContain("You will regain access on 2026-12-01 at 00:00 UTC.");
  });

  // Beginnings of the messages: rate limits page, "Setting your own spend limit", read 2026-09-02.
  it.each([
    { of: "organization", begins: "You have reached your specified API usage limits" },
    { of: "workspace", begins: "You have reached your specified workspace API usage limits" },
  ] as const)("tell the $of's own limit by how its message begins", async ({ of, begins }) => {
    provider.faults.add({ kind: "own_spend_limit", of });
    expect((await errorOf(touch())).apiMessage?.startsWith(begins)).toBe(true);
  });

  it("end with the year in December", async () => {
    provider.faults.add({ kind: "own_spend_limit" });
    expect((await errorOf(touch(Date.UTC(2026, 11, 31, 23, 59)))).apiMessage).toContain("2027-01-01");
  });
});

describe("a disturbed answer", () => {
  const billed = { usage: { write1hTokens: 1_000 }, caller: "app" };

  it("times out at the client, is billed, and leaves its entry", async () => {
    provider.faults.add({ kind: "timeout", when: { times: 1 } });
    expect(await errorOf(touch(NOON, { timeoutMs: 20_000 }))).toBeInstanceOf(
      Anthropic.APIConnectionTimeoutError,
    );
    expect(provider.bill.lines).toMatchObject([{ ...billed, answered: false }]);
    expect(provider.log).toMatchObject([{ fault: "timeout", inFlightMs: 20_000 }]);
    expect(tokens(await touch(NOON + 1))).toEqual({ readTokens: 1_000, uncachedTokens: PLACEHOLDER });
  });

  it("announces the late answer to a client that does not say how long it waits", async () => {
    provider.faults.add({ kind: "timeout" });
    const response = await fetch(`${provider.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": APP_KEY.key, "anthropic-version": "2026-10-21" },
      body: JSON.stringify(preWarm([])),
    });
    expect(response.headers.get("x-virtual-latency-ms")).toBe(String(HOUR));
    expect(provider.log).toMatchObject([{ inFlightMs: HOUR }]);
  });

  it("loses its connection, is billed, and leaves its entry", async () => {
    provider.faults.add({ kind: "dropped_connection", when: { times: 1 } });
    const error = await errorOf(touch());
    expect(error).toBeInstanceOf(Anthropic.APIConnectionError);
    expect(error).not.toBeInstanceOf(Anthropic.APIConnectionTimeoutError);
    expect(provider.bill.lines).toMatchObject([{ ...billed, answered: false }]);
    expect(provider.log).toMatchObject([{ status: 0, fault: "dropped_connection" }]);
    expect(tokens(await touch(NOON + 1))).toEqual({ readTokens: 1_000, uncachedTokens: PLACEHOLDER });
  });

  it("has no usage, and the bill and the log still know it", async () => {
    provider.faults.add({ kind: "missing_usage" });
    const message = await touch();
    expect(parseUsage(message.usage)).toBeUndefined();
    expect(provider.bill.lines).toMatchObject([{ ...billed, answered: true }]);
    expect(provider.log).toMatchObject([{ status: 200, usage: { write1hTokens: 1_000 } }]);
  });

  it("has no usage in any event of a stream", async () => {
    provider.faults.add({ kind: "missing_usage" });
    const stream = await clientAt(provider, NOON).messages.create({
      ...preWarm([]),
      max_tokens: 5,
      stream: true,
    });
    for await (const event of stream) expect(JSON.stringify(event)).not.toContain("usage");
  });

  it("is cut short: the client cannot parse it", async () => {
    provider.faults.add({ kind: "not_json" });
    await expect(Promise.resolve(touch())).rejects.toBeInstanceOf(SyntaxError);
    expect(provider.bill.lines).toMatchObject([billed]);
  });

  it("is a page: the client takes it for an answer without fields", async () => {
    provider.faults.add({ kind: "not_json", as: "html_page" });
    const page: unknown = await touch();
    expect(page).toContain("<html>");
    expect(provider.bill.lines).toMatchObject([billed]);
  });

  it("was asked for 1h and writes, keeps and bills 5m", async () => {
    provider.faults.add({ kind: "ttl_downgraded", when: { times: 1 } });
    expect(tokens(await touch())).toEqual({ write5mTokens: 1_000, uncachedTokens: PLACEHOLDER });
    expect(provider.cache.entriesAt(NOON + 5 * MINUTE - 1)).toMatchObject([{ ttl: "5m" }]);
    expect(tokens(await touch(NOON + 5 * MINUTE))).toEqual({
      write1hTokens: 1_000,
      uncachedTokens: PLACEHOLDER,
    });
  });
});

describe("which requests a fault meets", () => {
  const kind = "overloaded" as const;

  it.each([
    { at: NOON - 1, met: false },
    { at: NOON, met: true },
    { at: NOON + MINUTE - 1, met: true },
    { at: NOON + MINUTE, met: false },
  ])("is told by a window of virtual time: $at $met", async ({ at, met }) => {
    provider.faults.add({ kind, when: { from: NOON, until: NOON + MINUTE } });
    expect(await refused(touch(at))).toBe(met);
  });

  it("is told by a number of times, which only requests in scope use up", async () => {
    provider.faults.add({ kind, caller: "app", when: { times: 2 } });
    expect(await refused(touch(NOON, { key: WARMER_KEY.key }))).toBe(false);
    expect(await refused(touch())).toBe(true);
    expect(await refused(touch())).toBe(true);
    expect(await refused(touch())).toBe(false);
  });

  it("is told by model, caller, workspace, fingerprint and endpoint", async () => {
    await touch();
    const fingerprint = provider.log[0]?.fingerprint ?? "";
    const scopes = [
      { model: MODEL, not: { model: "claude-opus-5-5" } },
      { caller: "app", not: { caller: "warmer" } },
      { workspace: "wrkspc_main", not: { workspace: "wrkspc_other" } },
      { fingerprint, not: { fingerprint: "0".repeat(64) } },
      { endpoint: "messages" as const, not: { endpoint: "count_tokens" as const } },
    ];
    for (const { not, ...scope } of scopes) {
      const lift = provider.faults.add({ kind, ...scope });
      expect(await refused(touch())).toBe(true);
      lift();
      provider.faults.add({ kind, ...not });
      expect(await refused(touch())).toBe(false);
    }
  });

  it("is told by a hash when it is a share of them: the same ones in every run", async () => {
    const instants = Array.from({ length: 200 }, (_, i) => NOON + i * MINUTE);
    const metIn = async (seed: string) => {
      const run = await startProvider({ seed });
      run.faults.add({ kind, probability: 0.25 });
      const met: number[] = [];
      for (const at of instants)
        if (await refused(clientAt(run, at).messages.create(preWarm([])))) met.push(at);
      await run.close();
      return met;
    };
    const met = await metIn("one");
    expect(met.length).toBeGreaterThan(30);
    expect(met.length).toBeLessThan(70);
    expect(await metIn("one")).toEqual(met);
    expect(await metIn("two")).not.toEqual(met);
  });

  it("includes those that count tokens, unless only a message can show it", async () => {
    const count = () =>
      clientAt(provider, NOON).messages.countTokens({
        model: MODEL,
        messages: [{ role: "user", content: "hello" }],
      });
    provider.faults.add({ kind: "missing_usage", when: { times: 1 } });
    expect(await refused(count())).toBe(false);
    expect((await touch()).usage).toBeUndefined();
    provider.faults.add({ kind: "unauthorized" });
    expect(await refused(count())).toBe(true);
  });

  it("is decided by the fault that was set first", async () => {
    provider.faults.add({ kind: "forbidden", when: { times: 1 } });
    provider.faults.add({ kind: "billing", when: { times: 1 } });
    expect((await errorOf(touch())).status).toBe(403);
    expect((await errorOf(touch())).status).toBe(402);
    expect(await refused(touch())).toBe(false);
  });

  it("is none after all faults are lifted", async () => {
    provider.faults.add({ kind: "forbidden" });
    provider.faults.add({ kind: "billing" });
    provider.faults.clear();
    expect(await refused(touch())).toBe(false);
  });

  it.each([
    {
      fault: { kind, probability: 1.1 },
      says: "probability of fault overloaded must be from 0 to 1, got 1.1",
    },
    {
      fault: { kind, probability: Number.NaN },
      says: "probability of fault overloaded must be from 0 to 1, got NaN",
    },
    {
      fault: { kind, when: { times: 0 } },
      says: "when.times of fault overloaded must be an integer of at least 1, got 0",
    },
  ])("is refused as $fault", ({ fault, says }) => {
    expect(() => provider.faults.add(fault)).toThrow(says);
  });
});
