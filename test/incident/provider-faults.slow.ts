import { describe, expect, it } from "vitest";
import { LOCAL_API_KEY } from "../../lib/local/local-warmer.ts";
import type { Fault as ProviderFault } from "../../lib/local/provider/faults.ts";
import { aPrompt } from "../support/prompts.ts";
import { CONFIG, MINUTE, type World } from "../support/world.ts";
import { ended, expectHealth, type Fault, nextInstant, play, standing } from "./fault.ts";
import { billed, spent } from "./money.ts";
import { resume } from "./operator.ts";
import { sharedWorld } from "./shared-world.ts";

/** One prompt, so that a count of requests is a count of tries. */
const world = sharedWorld([aPrompt("support")]);

/** A prefix is touched every three to four minutes, and two of three bad minutes are alarmed. */
const MINUTES = 8;

interface Case extends Pick<Fault, "outcome" | "says"> {
  readonly what: string;
  readonly kind: ProviderFault;
  /** Requests of one run. */
  readonly tries: number;
  /** Whether the provider may have billed what it did not answer: then the reservation stays spent. */
  readonly mayBeBilled: boolean;
}

const CASES: readonly Case[] = [
  {
    what: "revokes the key: asked once more with a fresh key",
    kind: { kind: "unauthorized" },
    outcome: "auth_failed",
    says: /^the provider refused the API key: prompt support, .*HTTP 401, authentication_error/,
    tries: 2,
    mayBeBilled: false,
  },
  {
    what: "limits the rate",
    kind: { kind: "rate_limited", retryAfterSeconds: 20 },
    outcome: "transient_failure",
    says: /HTTP 429, rate_limit_error/,
    tries: 2,
    mayBeBilled: false,
  },
  {
    what: "is overloaded",
    kind: { kind: "overloaded" },
    outcome: "transient_failure",
    says: /HTTP 529, overloaded_error/,
    tries: 2,
    mayBeBilled: false,
  },
  {
    what: "drops every connection",
    kind: { kind: "dropped_connection" },
    outcome: "transient_failure",
    says: /the connection failed/,
    tries: 2,
    mayBeBilled: true,
  },
  {
    what: "never answers",
    kind: { kind: "timeout" },
    outcome: "transient_failure",
    says: /the request timed out$/,
    tries: 2,
    mayBeBilled: true,
  },
  {
    what: "leaves out the usage",
    kind: { kind: "missing_usage" },
    outcome: "usage_missing",
    says: /^a reply carried no credible usage; its reservation stays spent: prompt support/,
    tries: 1,
    mayBeBilled: true,
  },
];

/** Less than is reserved for one touch of 3,000 tokens, and far more than its read costs, in micro-USD. */
const LEAST_BOUND = 12_000;

/** What the ledger counts as spent although the provider's bill does not show it, in micro-USD. */
const unproven = async () => (await spent(world())) - billed(world());

describe("a provider that", () => {
  it.each(CASES)("$what is alarmed, and charged as it may have billed", async (provided) => {
    const { kind, tries, mayBeBilled, outcome, says } = provided;
    const before = await unproven();
    const { from } = await play(world(), {
      breaks: ({ provider }) => provider.faults.add(kind),
      outcome,
      says,
      alarm: "WarmErrors",
      minutes: MINUTES,
    });
    const runs = ended(world(), from).filter((run) => run.outcome === outcome);
    const touches = world().touches(from);
    const met = touches.filter(({ fault }) => fault === kind.kind);
    expect(met).toHaveLength(tries * runs.length);
    // Apart from the micro-dollar to which each touch is rounded up.
    const kept = ((await unproven()) - before) / met.length;
    if (mayBeBilled) expect(kept).toBeGreaterThan(LEAST_BOUND);
    else expect(kept).toBeLessThan(10);
  });

  it("asks for a pause is asked again no sooner, and in the same run", async () => {
    const from = nextInstant(world());
    world().provider.faults.add({ kind: "rate_limited", retryAfterSeconds: 20, when: { times: 1 } });
    await world().pass(6 * MINUTE);
    const [refused, repeated] = world().touches(from);
    expect(refused?.status).toBe(429);
    expect(repeated?.status).toBe(200);
    expect((repeated?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThanOrEqual(20_000);
    expect(ended(world(), from).filter(({ outcome }) => outcome === "transient_failure")).toEqual([]);
    expect(world().allFired(from)).toEqual([]);
  });

  it("asks for a pause longer than a run is asked by the next tick, and the run is no success", async () => {
    await play(world(), {
      breaks: ({ provider }) => provider.faults.add({ kind: "rate_limited", retryAfterSeconds: 300 }),
      outcome: "transient_failure",
      says: /HTTP 429, rate_limit_error/,
      alarm: "WarmErrors",
      minutes: MINUTES,
    });
  });
});

describe("a provider in a storm", () => {
  it("is asked by one run until five answers in a row have failed, and by what was in flight then", async () => {
    const there = world();
    const many = Array.from({ length: 30 }, (_, i) => aPrompt(`storm-${i}`, { tokens: 600 }));
    await there.publish("green", "storm", many);
    await expectHealth(there, 2);
    const from = nextInstant(there);
    const calm = there.provider.faults.add({ kind: "overloaded", endpoint: "messages" });
    await there.flip("green");
    await there.pass(1_000);
    expect(ended(there, from)).toMatchObject([
      { outcome: "transient_failure", message: expect.stringContaining("HTTP 529, overloaded_error") },
    ]);
    expect(there.touches(from).length).toBeGreaterThanOrEqual(5);
    expect(there.touches(from).length).toBeLessThan(5 + CONFIG.concurrency);
    calm();
    await there.flip("blue");
    await there.pass(5 * MINUTE);
    await expectHealth(there, 1);
  });
});

describe("a spend limit at the provider", () => {
  it.each([
    {
      what: "of the customer's own",
      kind: { kind: "own_spend_limit" },
      says: "HTTP 400, invalid_request_error",
    },
    { what: "of the tier", kind: { kind: "enforced_spend_limit" }, says: "HTTP 429, rate_limit_error" },
  ] as const)("$what pauses after one request, until an operator resumes", async ({ kind, says }) => {
    const there = world();
    await expectHealth(there, 5);
    const from = nextInstant(there);
    const lift = there.provider.faults.add(kind);
    await there.pass(MINUTES * MINUTE);
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
  const write = ({ engine }: World, Value: string) =>
    engine.ssm.put(
      { Name: CONFIG.apiKeyParameter, Value, Type: "SecureString", Overwrite: true },
      { at: engine.now(), caller: "operator" },
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
      breaks: (there: World) => write(there, " "),
      says: /\/support\/test\/provider-api-key is empty; put the provider's API key there$/,
    },
  ])("that is $what sends nothing, and is read again once mended", async ({ breaks, says }) => {
    const { touched } = await play(world(), {
      breaks: (there) => {
        breaks(there);
        return () => write(there, LOCAL_API_KEY);
      },
      outcome: "key_unreadable",
      says,
      alarm: "WarmErrors",
      minutes: MINUTES,
    });
    expect(touched).toEqual([]);
    expect(JSON.stringify(world().engine.journal.events)).not.toContain(LOCAL_API_KEY);
  });
});
