import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resumeByOperator } from "../../lib/app/resume.ts";
import type { WarmerConfig } from "../../lib/core/config.ts";
import { guardrailsFor } from "../../lib/core/partitions.ts";
import { type Disturbance, disturb } from "../support/memory/disturb.ts";
import { type AuditedLimits, brokenTogether, MoneyAudit } from "../support/memory/money-audit.ts";
import { Worker } from "../support/memory/scheduler.ts";
import { CONFIG, MemoryWorld, MINUTE, SECOND } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

/** What one touch of the prompts may cost at most, in micro-USD, within a few percent. */
const TOUCH = 8_800;

/** The end of an hour that ends a day. */
const MIDNIGHT = Date.UTC(2026, 10, 21);
const LASTS = 12 * MINUTE;

const UNLIMITED: AuditedLimits = { hourly: 1e9, daily: 1e9, absoluteMax: 1e9 };

/** A deployment that gives partitions other shares. Each function follows in its own time. */
interface Deployment {
  /** After every function had followed the one before, ms. */
  readonly afterMs: number;
  /** Of the first partition; the second one has the rest. */
  readonly share: number;
  readonly lagsMs: readonly [number, number];
}

interface Plan extends Disturbance {
  readonly seed: number;
  /** How long before midnight it begins. */
  readonly before: number;
  /** How long the provider takes for an answer: a run of an old function may go on for so long, three times. */
  readonly answersAfter: number;
  /** The hourly limit of the whole warmer, in touches. */
  readonly room: number;
  /** The daily limit, in hourly limits. */
  readonly daily: number;
  /** How far the clocks of the partitions' functions are ahead, ms. */
  readonly skewsMs: readonly [number, number];
  readonly share: number;
  readonly deployments: readonly Deployment[];
}

const share = fc.integer({ min: 1, max: 9 }).map((tenths) => tenths / 10);
const lag = fc.integer({ min: 0, max: 5 * MINUTE });
const skew = fc.constantFrom(0, 0, -5 * MINUTE, 5 * MINUTE);
const aPlan: fc.Arbitrary<Plan> = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
  before: fc.constantFrom(20 * SECOND, 3 * MINUTE, 5 * MINUTE),
  answersAfter: fc.constantFrom(SECOND, 20 * SECOND),
  room: fc.double({ min: 2, max: 12, noNaN: true }),
  daily: fc.constantFrom(1, 1.5),
  losesLease: fc.boolean(),
  unanswered: fc.constantFrom(0, 0, 0.05),
  unreadable: fc.constantFrom(0, 0, 0.05),
  skewsMs: fc.tuple(skew, skew),
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

/** The shares of both partitions where the first one has so much. */
function sharesOf(first: number): readonly [number, number] {
  return [first, Math.round(10 * (1 - first)) / 10];
}

/** A partition that fills what it can, beside others on a provider that forgets it every 20 seconds. */
async function aPartition(plan: Plan, i: 0 | 1, beside?: MemoryWorld): Promise<MemoryWorld> {
  const { seed, before, answersAfter } = plan;
  const prompts = ["support", "triage"].map((name) =>
    aPrompt(name, { words: `${name} of ${i}`, tokens: 2_000, ttl: "1h" }),
  );
  const world = await MemoryWorld.live(prompts, {
    seed,
    startAt: MIDNIGHT - before,
    config: configOf(limitsOf(plan), sharesOf(plan.share)[i]),
    provider: { latency: () => ({ firstByteMs: answersAfter / 2, totalMs: answersAfter }) },
    ...(beside !== undefined && { beside }),
  });
  world.prefixes.loops = true;
  for (let at = world.now; at < world.now + LASTS; at += 20 * SECOND)
    world.provider.faults.add({ kind: "evict", at });
  return world;
}

async function tick(world: MemoryWorld, skewMs: number, until: number): Promise<void> {
  while (world.now < until) {
    const time = new Date(world.now + skewMs).toISOString();
    await world.run({ ...world.tickEvent(), time }, { skewMs });
    await world.wait(20 * SECOND);
  }
}

/** Whoever met its limit before midnight goes on after it. */
async function operate(world: MemoryWorld, until: number): Promise<void> {
  for (let act = 0; world.now < until; act++) {
    await world.wait(20 * SECOND);
    const ports = world.ports(new Worker(world.scheduler));
    const { generation } = world.control.control;
    const request = { by: "ops", reason: "as planned", generation, force: true };
    await resumeByOperator(ports, world.config, request, `resume-${act}`).catch(() => undefined);
  }
}

/** Runs that have begun keep the configuration of their function. */
async function deploy(world: MemoryWorld, i: 0 | 1, plan: Plan): Promise<void> {
  for (const { afterMs, share, lagsMs } of plan.deployments) {
    await world.wait(afterMs + lagsMs[i]);
    world.config = configOf(limitsOf(plan), sharesOf(share)[i]);
    await world.wait(Math.max(...lagsMs) - lagsMs[i]);
  }
}

/** @returns what did not hold, of both together and of each */
async function play(plan: Plan): Promise<string[]> {
  const first = await aPartition(plan, 0);
  const second = await aPartition(plan, 1, first);
  disturb(first, plan.seed, plan);
  disturb(second, plan.seed + 1, { ...plan, unanswered: 0 });
  const audits = [first, second].map((world) => new MoneyAudit(world, UNLIMITED));
  const until = first.now + LASTS;
  const live = (world: MemoryWorld, i: 0 | 1) => [
    tick(world, plan.skewsMs[i], until),
    operate(world, until),
    deploy(world, i, plan),
  ];
  await first.scheduler.until(Promise.all([...live(first, 0), ...live(second, 1)]));
  return [...brokenTogether(audits, limitsOf(plan)), ...audits.flatMap(({ violations }) => violations)];
}

describe("the money of partitions whose shares change", () => {
  it("stays within the limits of the whole, whenever which function follows", async () => {
    await fc.assert(
      fc.asyncProperty(aPlan, async (plan) => {
        expect(await play(plan)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
