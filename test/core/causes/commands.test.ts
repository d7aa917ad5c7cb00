import { describe, expect, it } from "vitest";
import { organicMiss } from "../../../lib/core/causes/application.ts";
import { configurationError } from "../../../lib/core/causes/configuration.ts";
import type { Evidence, Rule } from "../../../lib/core/causes/evidence.ts";
import { corruption, earlyEviction, ttlDowngraded, warmerLoop } from "../../../lib/core/causes/provider.ts";
import {
  largeManifestChange,
  modelChange,
  onboarding,
  scheduledRefresh,
} from "../../../lib/core/causes/releases.ts";
import { candidatesOf } from "../../../lib/core/causes/rules.ts";
import { expired, priceChange } from "../../../lib/core/causes/time-and-money.ts";
import { faultOf } from "../../docs/commands.ts";
import { aWarmState, MINUTE, NOON } from "../samples.ts";
import { evidenceOf, fills } from "./samples.ts";

const { model } = aWarmState();
const first = (state: Parameters<typeof fills>[2]) => evidenceOf(fills(2, { reason: "first" }, state));

const loop = aWarmState({ name: "loop" });
const twice = fills(2, { reason: "again" }).map((fill) => ({ ...fill, state: loop }));

const RULES: Readonly<Record<string, readonly [Rule, Evidence]>> = {
  onboarding: [onboarding, first({})],
  "a large change": [largeManifestChange, first({ before: { model } })],
  "a scheduled refresh": [
    scheduledRefresh,
    first({ before: { model }, changedAt: [0, 30 * MINUTE, 60 * MINUTE] }),
  ],
  "a change of model": [modelChange, first({ before: { model: "claude-opus-4-7" } })],
  "an early eviction": [earlyEviction, evidenceOf(fills(2))],
  corruption: [corruption, evidenceOf(fills(2), { failures: [{ at: NOON, failed: 4 }] })],
  "a loop": [warmerLoop, evidenceOf(twice)],
  "a downgraded TTL": [ttlDowngraded, evidenceOf(fills(2, {}, { ttl: "1h" }))],
  "an error of the configuration": [configurationError, evidenceOf(fills(2), { deployedAt: NOON })],
  "a TTL that was over": [expired, evidenceOf(fills(2, { reason: "expired" }))],
  "another price": [priceChange, evidenceOf(fills(2, {}, { recentFills: ["1 first 5m 1000 500"] }))],
  "other bytes of the application": [
    organicMiss,
    evidenceOf([], { application: { requests: 10, unlisted: 5, cold: 5 } }),
  ],
};

describe("what a pattern asks for", () => {
  it.each(Object.entries(RULES))("can be typed: %s", (_what, [rule, evidence]) => {
    const { next = [] } = rule(evidence) ?? {};
    expect(next.length).toBeGreaterThan(0);
    expect(next.flatMap((command) => faultOf(command) ?? [])).toEqual([]);
  });

  it("can be typed where no pattern fits", () => {
    const next = candidatesOf(evidenceOf([])).flatMap((one) => one.next);
    expect(next.length).toBeGreaterThan(0);
    expect(next.flatMap((command) => faultOf(command) ?? [])).toEqual([]);
  });
});
