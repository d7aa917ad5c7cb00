import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resumeByOperator } from "../../lib/app/resume.ts";
import type { WarmerConfig } from "../../lib/core/config.ts";
import { guardrailsFor } from "../../lib/core/partitions.ts";
import { type AuditedLimits, brokenTogether, MoneyAudit } from "../support/memory/money-audit.ts";
import { Worker } from "../support/memory/scheduler.ts";
import { CONFIG, MemoryWorld, MINUTE, SECOND } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

/** What one touch of the prompts may cost at most, in micro-USD, within a few percent. */
const TOUCH = 8_800;

/** The end of an hour that ends a day. */
const MIDNIGHT = Date.UTC(2026, 10, 21);

const UNLIMITED: AuditedLimits = { hourly: 1e9, daily: 1e9, absoluteMax: 1e9 };

/** A deployment that gives partitions other shares. Each function follows in its own time. */
interface Deployment {
  /** After every function had followed the one before, ms. */
  readonly afterMs: number;
  /** Of the first partition; the second one has the rest. */
  readonly share: number;
  readonly lagsMs: readonly [number, number];
}

interface Plan {
  readonly seed: number;
  /** How long before midnight it begins. */
  readonly before: number;
  /** How long the provider takes for an answer: a run of an old function may go on for so long, three times. */
  readonly answersAfter: number;
  /** The hourly limit of the whole warmer, in touches. */
  readonly room: number;
  /** The daily limit, in hourly limits. */
  readonly daily: number;
  readonly share: number;
  readonly deployments: readonly Deployment[];
}

const share = fc.integer({ min: 1, max: 9 }).map((tenths) => tenths / 10);
const lag = fc.integer({ min: 0, max: 5 * MINUTE });
const aPlan: fc.Arbitrary<Plan> = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
  before: fc.constantFrom(20 * SECOND, 3 * MINUTE, 5 * MINUTE),
  answersAfter: fc.constantFrom(SECOND, 20 * SECOND),
  room: fc.double({ min: 2, max: 12, noNaN: true }),
  daily: fc.constantFrom(1, 1.5),
  share,
  deployments: fc.array(
    fc.record({
      afterMs: fc.integer({ min: 0, max: 3 * MINUTE }),
      share,
      lagsMs: fc.tuple(lag, lag),
    }),
    { minLength: 1, maxLength: 3 },
  ),
});

function limitsOf({ room, daily }: Plan): AuditedLimits {
  const hourly = Math.round(room * TOUCH);
  return { hourly, daily: Math.round(hourly * daily), absoluteMax: Math.round(hourly * daily) };
}

function configOf(limits: AuditedLimits, ofIt: number): WarmerConfig {
  return { ...CONFIG, guardrails: guardrailsFor({ ...CONFIG.guardrails, ...limits }, ofIt) };
}

/** Two partitions that fill what they can, on a provider that forgets it within the minute. */
async function play(plan: Plan): Promise<string[]> {
  const { seed, before, answersAfter, deployments } = plan;
  const limits = limitsOf(plan);
  const sharesOf = (first: number) => [first, Math.round(10 * (1 - first)) / 10] as const;
  const worlds: MemoryWorld[] = [];
  for (const [i, ofIt] of sharesOf(plan.share).entries()) {
    const [beside] = worlds;
    const prompts = ["support", "triage"].map((name) =>
      aPrompt(name, { words: `${name} of ${i}`, tokens: 2_000, ttl: "1h" }),
    );
    const world = await MemoryWorld.live(prompts, {
      seed,
      startAt: MIDNIGHT - before,
      config: configOf(limits, ofIt),
      provider: { latency: () => ({ firstByteMs: answersAfter / 2, totalMs: answersAfter }) },
      ...(beside !== undefined && { beside }),
    });
    world.prefixes.loops = true;
    worlds.push(world);
  }
  const audits = worlds.map((world) => new MoneyAudit(world, UNLIMITED));
  const [first] = worlds;
  if (first === undefined) throw new Error("there is no partition");
  const until = first.now + 12 * MINUTE;
  for (let at = first.now; at < until; at += 20 * SECOND) first.provider.faults.add({ kind: "evict", at });
  const tick = async (world: MemoryWorld) => {
    while (world.now < until) {
      await world.run(world.tickEvent());
      await world.wait(20 * SECOND);
    }
  };
  // Whoever met its limit before midnight goes on after it.
  const operate = async (world: MemoryWorld) => {
    for (let act = 0; world.now < until; act++) {
      await world.wait(20 * SECOND);
      const ports = world.ports(new Worker(world.scheduler));
      const { generation } = world.control.control;
      const request = { by: "ops", reason: "as planned", generation, force: true };
      await resumeByOperator(ports, world.config, request, `resume-${act}`).catch(() => undefined);
    }
  };
  const deploy = async (world: MemoryWorld, i: 0 | 1) => {
    for (const { afterMs, share, lagsMs } of deployments) {
      await world.wait(afterMs + lagsMs[i]);
      world.config = configOf(limits, sharesOf(share)[i]);
      await world.wait(Math.max(...lagsMs) - lagsMs[i]);
    }
  };
  const work = worlds.flatMap((world, i) => [tick(world), operate(world), deploy(world, i as 0 | 1)]);
  await first.scheduler.until(Promise.all(work));
  return [...brokenTogether(audits, limits), ...audits.flatMap(({ violations }) => violations)];
}

describe("the money of partitions whose shares change", () => {
  it("stays within the limits of the whole, whenever which function follows", async () => {
    await fc.assert(
      fc.asyncProperty(aPlan, async (plan) => {
        expect(await play(plan)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});
