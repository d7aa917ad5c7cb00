import { describe, expect, it } from "vitest";
import type { Fault as ProviderFault } from "../../lib/local/provider/faults.ts";
import { aPrompt } from "../support/prompts.ts";
import { CONFIG, MINUTE, type World } from "../support/world.ts";
import { ended, expectHealth, type Fault, play, standing } from "./fault.ts";
import { billed, spent } from "./money.ts";
import { resume } from "./operator.ts";
import { sharedWorld } from "./shared-world.ts";

/** One prompt, so that a count of requests is a count of tries. */
const world = sharedWorld([aPrompt("support")]);

interface Case extends Pick<Fault, "what" | "outcome" | "says"> {
  readonly kind: ProviderFault;
  readonly tries: number;
}

const CASES: readonly Case[] = [
  {
    what: "revokes the key: asked once more with a fresh key",
    kind: { kind: "unauthorized" },
    outcome: "auth_failed",
    says: /^the provider refused the API key: prompt support, .*HTTP 401, authentication_error/,
    tries: 2,
  },
  {
    what: "forbids the key",
    kind: { kind: "forbidden" },
    outcome: "request_refused",
    says: /HTTP 403, permission_error/,
    tries: 1,
  },
  {
    what: "does not know the model any more",
    kind: { kind: "model_not_found" },
    outcome: "request_refused",
    says: /model claude-sonnet-5-5, HTTP 404, not_found_error/,
    tries: 1,
  },
  {
    what: "limits the rate",
    kind: { kind: "rate_limited", retryAfterSeconds: 20 },
    outcome: "transient_failure",
    says: /HTTP 429, rate_limit_error/,
    tries: 2,
  },
  {
    what: "is overloaded",
    kind: { kind: "overloaded" },
    outcome: "transient_failure",
    says: /HTTP 529, overloaded_error/,
    tries: 2,
  },
  {
    what: "drops every connection",
    kind: { kind: "dropped_connection" },
    outcome: "transient_failure",
    says: /the connection failed/,
    tries: 2,
  },
  {
    what: "never answers",
    kind: { kind: "timeout" },
    outcome: "transient_failure",
    says: /the request timed out$/,
    tries: 2,
  },
  {
    what: "leaves out the usage",
    kind: { kind: "missing_usage" },
    outcome: "usage_missing",
    says: /^a reply carried no credible usage; its reservation stays spent: prompt support/,
    tries: 1,
  },
  {
    what: "is a proxy's error page with status 200",
    kind: { kind: "not_json", as: "html_page" },
    outcome: "usage_missing",
    says: /^a reply carried no credible usage/,
    tries: 1,
  },
];

describe("a provider that", () => {
  it.each(CASES)("$what is alarmed, and charged as it may have billed", async ({ kind, tries, ...fault }) => {
    let mend = () => {};
    const { from } = await play(world(), {
      ...fault,
      breaks: ({ provider }) => {
        mend = provider.faults.add(kind);
      },
      mends: () => mend(),
      alarm: "WarmErrors",
      minutes: 8,
    });
    const runs = ended(world(), from).filter(({ outcome }) => outcome === fault.outcome);
    const met = world().touches(from).filter((request) => request.fault === kind.kind);
    expect(met).toHaveLength(tries * runs.length);
    expect(await spent(world())).toBeGreaterThanOrEqual(billed(world()));
  });

  it("asks for a pause is asked again no sooner, and in the same run", async () => {
    const { provider, engine } = world();
    const from = engine.now();
    provider.faults.add({ kind: "rate_limited", retryAfterSeconds: 20, when: { times: 1 } });
    await world().pass(6 * MINUTE);
    const [refused, repeated] = world().touches(from);
    expect(refused?.status).toBe(429);
    expect(repeated?.status).toBe(200);
    expect((repeated?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(20_000);
    expect(ended(world(), from).filter(({ outcome }) => outcome === "transient_failure")).toEqual([]);
    expect(world().allFired(from)).toEqual([]);
  });

  it("asks for a pause longer than a run is left alone until the next tick, and the run is no success", async () => {
    let mend = () => {};
    await play(world(), {
      what: "asks for five minutes",
      breaks: ({ provider }) => {
        mend = provider.faults.add({ kind: "rate_limited", retryAfterSeconds: 300 });
      },
      mends: () => mend(),
      outcome: "transient_failure",
      says: /HTTP 429, rate_limit_error/,
      alarm: "WarmErrors",
      minutes: 8,
    });
  });
});

describe("a spend limit at the provider", () => {
  it.each([
    { what: "of the customer's own", kind: { kind: "own_spend_limit" }, says: "HTTP 400, invalid_request_error" },
    {
      what: "of the workspace",
      kind: { kind: "own_spend_limit", of: "workspace" },
      says: "HTTP 400, invalid_request_error",
    },
    { what: "of the tier", kind: { kind: "enforced_spend_limit" }, says: "HTTP 429, rate_limit_error" },
    { what: "of an unpaid bill", kind: { kind: "billing" }, says: "HTTP 402, billing_error" },
  ] as const)("$what pauses after one request, until an operator resumes", async ({ kind, says }) => {
    const there = world();
    await expectHealth(there, 5);
    const from = there.engine.now();
    const lift = there.provider.faults.add(kind);
    await there.pass(8 * MINUTE);
    lift();
    expect(there.touches(from)).toHaveLength(1);
    const runs = ended(there, from).filter(({ outcome }) => outcome !== "nothing_due");
    const [first, ...later] = runs;
    expect(first).toMatchObject({ outcome: "provider_spend_limit", message: expect.stringContaining(says) });
    expect(later.length).toBeGreaterThan(0);
    expect(new Set(later.map(({ outcome }) => outcome))).toEqual(new Set(["paused"]));
    expect(there.fired("Paused", from)).toHaveLength(1);

    await there.pass(2 * MINUTE);
    expect(there.touches(from)).toHaveLength(1);
    await resume(there, "the limit was raised");
    await there.pass(5 * MINUTE);
    expect(standing(there)).toEqual([]);
    await expectHealth(there, 1);
  });
});

describe("the key's parameter", () => {
  const put = (there: World, Value: string) =>
    there.engine.ssm.put(
      { Name: CONFIG.apiKeyParameter, Value, Type: "SecureString", Overwrite: true },
      { at: there.engine.now(), caller: "operator" },
    );

  it.each([
    {
      what: "missing",
      breaks: ({ engine }: World) =>
        engine.ssm.delete(CONFIG.apiKeyParameter, { at: engine.now(), caller: "operator" }),
      says: /\/support\/test\/provider-api-key could not be read: ParameterNotFound$/,
    },
    {
      what: "blank",
      breaks: (there: World) => put(there, " "),
      says: /\/support\/test\/provider-api-key is empty; put the provider's API key there$/,
    },
  ])("that is $what sends nothing, and is read again once mended", async (fault) => {
    const key = world().engine.ssm.value(CONFIG.apiKeyParameter) ?? "";
    const { from, until } = await play(world(), {
      ...fault,
      mends: (there) => put(there, key),
      outcome: "key_unreadable",
      alarm: "WarmErrors",
      minutes: 8,
    });
    expect(world().touches(from).filter(({ at }) => at < until)).toEqual([]);
    const said = JSON.stringify(world().engine.journal.events);
    expect(said).not.toContain(key);
  });
});
