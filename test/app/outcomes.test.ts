import { describe, expect, it } from "vitest";
import { openGate } from "../../lib/app/gate.ts";
import { pauseByOperator } from "../../lib/app/pause.ts";
import { throttleByOperator } from "../../lib/app/throttle.ts";
import { makeManifest } from "../../lib/core/manifest.ts";
import { OUTCOMES, type Outcome } from "../../lib/core/outcome.ts";
import { type RequestBody, sha256 } from "../../lib/core/prefix.ts";
import type { RequestFault } from "../../lib/local/provider/faults.ts";
import { Worker } from "../support/memory/scheduler.ts";
import {
  MemoryWorld,
  type MemoryWorldOptions,
  MINUTE,
  type RunOptions,
  SECOND,
  withLimits,
} from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

interface Row {
  readonly outcome: Outcome;
  readonly because: string;
  /** Touches that reach the provider. */
  readonly touches: number;
  readonly tokens?: number;
  /** A write for an hour has no cheaper rate than the one that is reserved. @default "5m" */
  readonly ttl?: "1h";
  readonly world?: MemoryWorldOptions;
  readonly cause?: (world: MemoryWorld) => unknown;
  readonly event?: (world: MemoryWorld) => unknown;
  readonly run?: RunOptions;
}

const failing = (fault: RequestFault) => ({
  cause: (world: MemoryWorld) => world.provider.faults.add(fault),
});

/** Publishes what `warmer publish` refuses: a release of another version may have taken it. */
async function publishUnchecked(world: MemoryWorld, body: RequestBody): Promise<void> {
  const bodyDigest = sha256(JSON.stringify(body));
  const entry = {
    name: "support",
    fingerprint: sha256(`fingerprint of ${bodyDigest}`),
    markers: sha256("markers"),
    bodyDigest,
    model: String(body["model"]),
    ttl: "5m" as const,
    bytes: JSON.stringify(body).length,
    required: true,
  };
  await world.manifests.publish(makeManifest("blue", "2", [entry], world.now), new Map([[bodyDigest, body]]));
}

const pastOf = (world: MemoryWorld, ms: number) => ({
  ...world.tickEvent(),
  time: new Date(world.now - ms).toISOString(),
});

/** Seeds with which the provider's count of this prompt errs by more than a tenth. */
const COUNTS_TOO_FEW = "4";
const COUNTS_TOO_MANY = "6";

const ROWS: readonly Row[] = [
  { outcome: "warmed", because: "a prefix was due", touches: 2 },
  {
    outcome: "nothing_due",
    because: "the prefix was proven a minute ago",
    touches: 2,
    cause: async (world) => {
      await world.tick();
      await world.pass(MINUTE);
    },
  },
  {
    outcome: "duplicate",
    because: "the event was handled before",
    touches: 0,
    event: (world) => {
      const event = world.tickEvent();
      world.control.edit((control) => ({ ...control, recentEvents: [event.id] }));
      return event;
    },
  },
  {
    outcome: "lease_held",
    because: "another run holds the lease",
    touches: 0,
    cause: ({ control, now }) =>
      control.edit((item) => ({ ...item, lease: { owner: "another", until: now + 1 } })),
  },
  {
    outcome: "paused",
    because: "an operator paused",
    touches: 0,
    cause: (world) => {
      const ports = world.ports(new Worker(world.scheduler));
      return world.scheduler.until(pauseByOperator(ports, { by: "ops", reason: "looking" }, "pause"));
    },
  },
  {
    outcome: "throttled",
    because: "its next slot lies beyond the run",
    touches: 1,
    run: { timeoutMs: 60 * SECOND },
    cause: (world) => {
      const ports = world.ports(new Worker(world.scheduler));
      const request = { by: "ops", reason: "onboarding", maxFillsPerMinute: 1 };
      return world.scheduler.until(throttleByOperator(ports, request, "throttle"));
    },
  },
  {
    outcome: "not_initialised",
    because: "there is no control item yet",
    touches: 0,
    cause: ({ control }) => {
      control.item = undefined;
    },
  },
  {
    outcome: "deadline",
    because: "no request fits into what is left of the run",
    touches: 0,
    run: { timeoutMs: 35 * SECOND - 1 },
  },
  {
    outcome: "stale_event",
    because: "the event is a minute and a millisecond old",
    touches: 0,
    event: (world) => pastOf(world, MINUTE + 1),
  },
  { outcome: "bad_event", because: "the event is of another source", touches: 0, event: () => ({ id: "x" }) },
  {
    outcome: "no_target",
    because: "live-color does not exist",
    touches: 0,
    cause: ({ liveColor }) => {
      liveColor.value = undefined;
    },
  },
  {
    outcome: "empty_color",
    because: "live-color is blank",
    touches: 0,
    cause: ({ liveColor }) => liveColor.write(" "),
  },
  ...["purple", "BLUE", " blue", "blue\n", "../blue", "https://evil.example"].map((color) => ({
    outcome: "unknown_color" as const,
    because: `live-color says ${JSON.stringify(color)}`,
    touches: 0,
    cause: ({ liveColor }: MemoryWorld) => liveColor.write(color),
  })),
  {
    outcome: "target_unreadable",
    because: "SSM does not answer",
    touches: 0,
    cause: ({ liveColor }) => {
      liveColor.unavailable = true;
    },
  },
  {
    outcome: "no_manifest",
    because: "nothing was published for the live color",
    touches: 0,
    cause: ({ liveColor }) => liveColor.write("green"),
  },
  {
    outcome: "empty_target",
    because: "the manifest lists no prefix",
    touches: 0,
    cause: ({ manifests, now }) => manifests.publish(makeManifest("blue", "2", [], now), new Map()),
  },
  {
    outcome: "manifest_damaged",
    because: "the manifest's entries were changed",
    touches: 0,
    cause: ({ manifests: { stored } }) => {
      for (const [color, manifest] of stored) {
        const entries = manifest.entries.map((entry) => ({ ...entry, ttl: "1h" as const }));
        stored.set(color, { ...manifest, entries });
      }
    },
  },
  {
    outcome: "state_unreadable",
    because: "the control item does not parse",
    touches: 0,
    cause: ({ control }) => {
      control.item = control.item?.replace('"spent":0', '"spent":"0"');
    },
  },
  {
    outcome: "state_unreadable",
    because: "the control item is of a newer schema",
    touches: 0,
    cause: ({ control }) => {
      control.item = control.item?.replace('"schema":1', '"schema":2');
    },
  },
  {
    outcome: "state_unreadable",
    because: "the table does not answer a read",
    touches: 0,
    cause: ({ control }) => control.failNext("read", "unavailable"),
  },
  {
    outcome: "state_unreadable",
    because: "the table does not take a write",
    touches: 0,
    cause: ({ control }) => control.failNext("write", "unavailable"),
  },
  {
    outcome: "state_unreadable",
    because: "prefix items are left without a control item",
    touches: 2,
    cause: async (world) => {
      await world.tick();
      world.control.item = undefined;
    },
  },
  {
    outcome: "state_unreadable",
    because: "the prefix items do not answer",
    touches: 0,
    cause: ({ prefixes }) => {
      prefixes.unavailable = () => true;
    },
  },
  {
    outcome: "state_unreadable",
    because: "the manifests do not answer",
    touches: 0,
    cause: ({ manifests }) => {
      manifests.unavailable = true;
    },
  },
  {
    outcome: "transient_failure",
    because: "the provider is overloaded",
    touches: 2,
    ...failing({ kind: "overloaded" }),
  },
  {
    outcome: "usage_missing",
    because: "a reply has no usage",
    touches: 1,
    ...failing({ kind: "missing_usage", when: { times: 1 } }),
  },
  {
    outcome: "usage_missing",
    because: "a reply is the page of a proxy",
    touches: 1,
    ...failing({ kind: "not_json", as: "html_page", endpoint: "messages" }),
  },
  {
    outcome: "usage_missing",
    because: "a reply is cut short",
    touches: 1,
    ...failing({ kind: "not_json", as: "cut_short", endpoint: "messages" }),
  },
  {
    outcome: "underestimated",
    because: "count_tokens said far too little",
    touches: 1,
    ttl: "1h",
    world: { provider: { countErrorShare: 0.3, seed: COUNTS_TOO_FEW } },
  },
  {
    outcome: "partial",
    because: "count_tokens said more than was ever written",
    touches: 1,
    world: { provider: { countErrorShare: 0.3, seed: COUNTS_TOO_MANY } },
  },
  {
    outcome: "warmer_loop",
    because: "it is written for the third time where a read was due",
    touches: 3,
    cause: async (world) => {
      for (let second = 1; second < 150; second++) {
        world.provider.faults.add({ kind: "evict", at: world.now + second * SECOND });
      }
      await world.tick();
      await world.pass(MINUTE);
      await world.tick();
      await world.pass(MINUTE);
    },
  },
  {
    outcome: "callback_failed",
    because: "a deployment that waits for a gate's answer could not be told",
    touches: 2,
    cause: async (world) => {
      await world.publish("green", "2", [aPrompt("support")]);
      const ports = { ...world.ports(new Worker(world.scheduler)), events: world.events };
      const request = { color: "green", minCoverage: 1, timeoutMs: MINUTE, failDeployment: false };
      const callback = { deploymentId: "d-1", hookExecutionId: "e-1" };
      world.callbacks.fails = true;
      await world.scheduler.until(
        openGate({ ...ports, warm: { start: async () => {} } }, world.config, request, {
          id: "gate-1",
          by: "codedeploy",
          callback,
        }),
      );
    },
  },
  { outcome: "not_cached", because: "the prefix is below the model's minimum", touches: 1, tokens: 400 },
  {
    outcome: "unsafe_to_warm",
    because: "a touch would have to let a server tool run",
    touches: 0,
    cause: (world) =>
      publishUnchecked(world, {
        model: "claude-sonnet-5-5",
        thinking: { type: "enabled", budget_tokens: 2_000 },
        tools: [{ type: "web_search_20260901", name: "web_search" }],
        system: [{ type: "text", text: "x".repeat(9_000), cache_control: { type: "ephemeral" } }],
      }),
  },
  {
    outcome: "unpriced_model",
    because: "the price table does not know the model",
    touches: 0,
    cause: (world) =>
      publishUnchecked(world, {
        model: "claude-novel-9",
        system: [{ type: "text", text: "x".repeat(9_000), cache_control: { type: "ephemeral" } }],
      }),
  },
  {
    outcome: "body_damaged",
    because: "the stored prompt does not match its digest",
    touches: 0,
    cause: ({ manifests }) => manifests.bodyOf.clear(),
  },
  {
    outcome: "reservations_full",
    because: "64 reservations are in flight",
    touches: 0,
    cause: ({ control, now }) =>
      control.edit(({ ledger, ...rest }) => ({
        ...rest,
        ledger: {
          ...ledger,
          inFlight: Array.from({ length: 64 }, (_, i) => ({
            id: `other.w${i}`,
            amount: 1,
            hourKey: ledger.hour.key,
            dayKey: ledger.day.key,
            at: now,
          })),
        },
      })),
  },
  {
    outcome: "limit_hour",
    because: "the hour has no room for one touch",
    touches: 0,
    world: { config: withLimits({ hourly: 0.005, daily: 5 }) },
  },
  {
    outcome: "limit_day",
    because: "the day has no room for one touch",
    touches: 0,
    world: { config: withLimits({ hourly: 5, daily: 0.005 }) },
  },
  {
    outcome: "absolute_max",
    because: "the absolute maximum has no room, and no limit pauses",
    touches: 0,
    world: { config: withLimits({ hourly: 0.001, daily: 0.001, absoluteMax: 0.005 }, "alert_only") },
  },
  {
    outcome: "request_refused",
    because: "the model was retired",
    touches: 1,
    ...failing({ kind: "model_not_found", endpoint: "messages" }),
  },
  {
    outcome: "request_refused",
    because: "the key may not use the resource",
    touches: 1,
    ...failing({ kind: "forbidden", endpoint: "messages" }),
  },
  {
    outcome: "provider_spend_limit",
    because: "billing failed",
    touches: 1,
    ...failing({ kind: "billing", endpoint: "messages" }),
  },
  {
    outcome: "provider_spend_limit",
    because: "the tier's monthly cap is reached",
    touches: 1,
    ...failing({ kind: "enforced_spend_limit", endpoint: "messages" }),
  },
  {
    outcome: "provider_spend_limit",
    because: "the workspace's own limit is reached",
    touches: 1,
    ...failing({ kind: "own_spend_limit", of: "workspace", endpoint: "messages" }),
  },
  {
    outcome: "auth_failed",
    because: "the key was revoked",
    touches: 1,
    cause: (world) => {
      world.apiKey = "sk-revoked";
    },
  },
  {
    outcome: "key_unreadable",
    because: "the key's parameter cannot be read",
    touches: 0,
    cause: (world) => {
      world.apiKey = undefined;
    },
  },
];

/** A world with one prefix that was never touched, and one run in it. */
async function ranOnce(row: Omit<Row, "outcome" | "because" | "touches">) {
  const prompt = aPrompt("support", { tokens: row.tokens ?? 3_000, ttl: row.ttl ?? "5m" });
  const world = await MemoryWorld.live([prompt], row.world);
  await row.cause?.(world);
  const report = await world.runToEnd(row.event?.(world) ?? world.tickEvent(), row.run);
  return { report, touches: world.touches().length };
}

describe("a warm cycle", () => {
  it.each(ROWS)("ends as $outcome when $because", async (row) => {
    const { report, touches } = await ranOnce(row);
    expect({ outcome: report.outcome, touches }).toEqual({ outcome: row.outcome, touches: row.touches });
    expect(report.healthy).toBe(OUTCOMES[row.outcome].healthy);
  });

  it("ends as warmed, with a fill and the read that confirms it, when there is none of these causes", async () => {
    const { report, touches } = await ranOnce({});
    expect(report).toMatchObject({
      outcome: "warmed",
      healthy: true,
      due: 1,
      fills: 1,
      keepAlives: 1,
      failed: 0,
    });
    expect(touches).toBe(2);
  });

  it("has a cause here for every outcome, but those of other functions", () => {
    const elsewhere = [
      ...["ignored", "already_paused", "drilled", "measured", "failed"],
      ...["gate_open", "gate_answered", "gate_refused", "gate_unanswered"],
    ] as Outcome[];
    const caused = new Set<string>([...ROWS.map(({ outcome }) => outcome), ...elsewhere]);
    expect(Object.keys(OUTCOMES).filter((outcome) => !caused.has(outcome))).toEqual([]);
  });
});
