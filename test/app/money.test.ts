import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pauseByOperator } from "../../lib/app/pause.ts";
import { resumeByOperator } from "../../lib/app/resume.ts";
import { opening, retire } from "../support/memory/acts.ts";
import { chance } from "../support/memory/chance.ts";
import { type Disturbance, disturb } from "../support/memory/disturb.ts";
import { type AuditedLimits, MoneyAudit } from "../support/memory/money-audit.ts";
import { Worker, type WorkerOptions } from "../support/memory/scheduler.ts";
import { CONFIG, HOUR, MemoryWorld, MINUTE, SECOND } from "../support/memory/world.ts";
import { aPrompt } from "../support/prompts.ts";

const PROMPTS = ["support", "triage", "returns"].map((name) => aPrompt(name, { tokens: 2_000, ttl: "1h" }));

/** The next release shares one of them. */
const NEXT = [aPrompt("support", { words: "next", tokens: 2_000, ttl: "1h" }), ...PROMPTS.slice(2)];

/** What one touch of these prompts may cost at most, in micro-USD, within a few percent. */
const TOUCH = 8_800;

/** The end of an hour that ends a day. */
const MIDNIGHT = Date.UTC(2026, 10, 21);
const LASTS = 10 * MINUTE;

/** Within the margin of a reservation: 1 - 1 / 1.05. */
const COUNT_ERROR = 0.047;

const UNLIMITED: AuditedLimits = { hourly: 1e9, daily: 1e9, absoluteMax: 1e9 };

/** One function instance after another, which differ from the others' in nothing but their luck. */
interface WorkerPlan extends WorkerOptions {
  readonly skewMs: number;
  readonly everyMs: number;
  /** Each event is delivered so many times, one after the other. */
  readonly deliveries: number;
  readonly lateByMs: number;
}

interface Plan extends Disturbance {
  readonly seed: number;
  /** How long before midnight it begins. */
  readonly before: number;
  /** How long the provider takes for an answer. */
  readonly answersAfter: number;
  /** The hourly limit, in touches. */
  readonly room: number;
  /** The daily limit and the absolute maximum, in hourly limits. */
  readonly daily: number;
  readonly absolute: number;
  /** What an operator does every two minutes, whatever the state. */
  readonly operator: "nothing" | "pauses" | "forces" | "allows";
  /** What a release pipeline does about once a minute: gates on the color that is not live, flips, retires. */
  readonly releases: boolean;
  readonly workers: readonly WorkerPlan[];
}

const aPlan: fc.Arbitrary<Plan> = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
  before: fc.constantFrom(SECOND, 20 * SECOND, 5 * MINUTE),
  answersAfter: fc.constantFrom(SECOND, 20 * SECOND),
  room: fc.double({ min: 0.5, max: 12, noNaN: true }),
  daily: fc.constantFrom(1, 1.5, 24),
  absolute: fc.constantFrom(1, 2),
  losesLease: fc.boolean(),
  unanswered: fc.constantFrom(0, 0.05, 0.3),
  unreadable: fc.constantFrom(0, 0.02, 0.1),
  operator: fc.constantFrom("nothing", "pauses", "forces", "allows"),
  releases: fc.boolean(),
  workers: fc.array(
    fc.record({
      skewMs: fc.integer({ min: -5 * MINUTE, max: 5 * MINUTE }),
      slowMs: fc.constantFrom(0, 50, 500, 20 * SECOND),
      everyMs: fc.constantFrom(SECOND, 20 * SECOND, MINUTE),
      diesAtTurn: fc.constantFrom(Number.POSITIVE_INFINITY, 5, 15, 20, 30),
      deliveries: fc.constantFrom(1, 2),
      lateByMs: fc.constantFrom(0, 50 * SECOND, 2 * MINUTE),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});

function limitsOf({ room, daily, absolute }: Plan): AuditedLimits {
  const hourly = Math.round(room * TOUCH);
  return { hourly, daily: Math.round(hourly * daily), absoluteMax: Math.round(hourly * daily * absolute) };
}

/** A warmer that loops, under these limits, while the provider loses what it cached every 45 seconds. */
async function aLoopingWorld(
  seed: number,
  limits: AuditedLimits,
  { before = 5 * MINUTE, answersAfter = SECOND, countErrorShare = 0 } = {},
): Promise<MemoryWorld> {
  const world = await MemoryWorld.live(PROMPTS, {
    seed,
    startAt: MIDNIGHT - before,
    config: { ...CONFIG, guardrails: { ...CONFIG.guardrails, ...limits } },
    provider: {
      countErrorShare,
      latency: () => ({ firstByteMs: answersAfter / 2, totalMs: answersAfter }),
    },
  });
  for (let at = world.now; at < world.now + 3 * HOUR; at += 45 * SECOND) {
    world.provider.faults.add({ kind: "evict", at });
  }
  world.prefixes.loops = true;
  return world;
}

/** Plays a plan, and audits it against its own limits whatever the warmer was told. */
async function play(plan: Plan, limits = limitsOf(plan)): Promise<MoneyAudit> {
  const world = await aLoopingWorld(plan.seed, limits, {
    before: plan.before,
    answersAfter: plan.answersAfter,
    countErrorShare: COUNT_ERROR,
  });
  if (plan.releases) await world.publish("green", "2", NEXT);
  disturb(world, plan.seed, plan);
  const audit = new MoneyAudit(world, limitsOf(plan));
  const until = world.now + LASTS;
  const work = [
    ...plan.workers.map((worker) => tickOn(world, worker, until)),
    operate(world, plan.operator, until),
    ...(plan.releases ? [release(world, plan.seed, until)] : []),
  ];
  await world.scheduler.until(Promise.all(work));
  return audit;
}

async function tickOn(world: MemoryWorld, worker: WorkerPlan, until: number): Promise<void> {
  const { everyMs, deliveries, lateByMs, ...options } = worker;
  while (world.now < until) {
    const event = { ...world.tickEvent(), time: new Date(world.now + options.skewMs).toISOString() };
    await world.wait(lateByMs);
    for (let i = 0; i < deliveries; i++) await world.run(event, options);
    await world.wait(everyMs);
  }
}

async function operate(world: MemoryWorld, operator: Plan["operator"], until: number): Promise<void> {
  const act = { by: "ops", reason: "as planned" };
  while (operator !== "nothing" && world.now < until) {
    await world.wait(2 * MINUTE);
    const ports = world.ports(new Worker(world.scheduler));
    const { generation } = world.control.control;
    const how = operator === "forces" ? { force: true } : { allowExtra: 2 * TOUCH };
    const acting =
      operator === "pauses"
        ? pauseByOperator(ports, act, `pause-${generation}`)
        : resumeByOperator(ports, world.config, { ...act, generation, ...how }, `resume-${generation}`);
    // Refused, or the table did not answer: an operator would try again, and so does this one.
    await acting.catch(() => undefined);
  }
}

async function release(world: MemoryWorld, seed: number, until: number): Promise<void> {
  for (let act = 1; world.now < until; act++) {
    await world.wait(chance(seed, 55, act) * 2 * MINUTE);
    const other = world.liveColor.value === "blue" ? "green" : "blue";
    const drawn = chance(seed, 56, act);
    const acting =
      drawn < 0.5
        ? opening(world, { id: `gate-${act}`, color: other, timeoutMs: 2 * MINUTE }).then(({ run }) => run)
        : drawn < 0.8
          ? world.liveColor.write(other).then(() => world.run(world.changeEvent()))
          : retire(world, other);
    // Refused, or the table did not answer: the pipeline goes on with something else.
    await acting.catch(() => undefined);
  }
}

describe("the money of any interleaving of workers", () => {
  it("stays within the limits, in the ledger and on the provider's bill, and stops at a pause", async () => {
    await fc.assert(
      fc.asyncProperty(aPlan, async (plan) => {
        const { violations } = await play(plan);
        expect(violations).toEqual([]);
      }),
      { numRuns: 65 },
    );
  });

  it("passes the limits when the warmer is told of none", async () => {
    const plans = fc.sample(aPlan, { numRuns: 40, seed: 7 });
    const passed: Plan[] = [];
    for (const plan of plans) {
      const { violations } = await play({ ...plan, operator: "nothing", releases: false }, UNLIMITED);
      if (violations.some((violation) => violation.includes("limit"))) passed.push(plan);
    }
    expect(passed.length).toBeGreaterThan(plans.length / 2);
  });
});

describe("a count that errs by more than the margin of a reservation", () => {
  it("passes the limit by no more than the touches in flight, and is told", async () => {
    const limits = { ...UNLIMITED, hourly: Math.round(0.85 * TOUCH) };
    const passed: number[] = [];
    for (let seed = 0; seed < 40; seed++) {
      const world = await aLoopingWorld(seed, limits, { countErrorShare: 0.3 });
      const audit = new MoneyAudit(world, limits);
      const reports = await world.minutes(4);
      const excess = audit.dearestHour - limits.hourly;
      expect(excess).toBeLessThanOrEqual(PROMPTS.length * 0.5 * TOUCH);
      if (excess <= 0) continue;
      passed.push(excess);
      const problems = reports.flatMap((report) => report.problems.map(({ outcome }) => outcome));
      expect(problems).toContain("underestimated");
    }
    expect(passed).not.toEqual([]);
  });
});

describe("a reservation whose answer was lost", () => {
  it.each([0.5, 1.5, 2.5])(
    "and which others wrote over sends what it reserved of %d touches",
    async (touches) => {
      const limits = { ...UNLIMITED, hourly: Math.round(touches * TOUCH) };
      const world = await aLoopingWorld(1, limits);
      const audit = new MoneyAudit(world, limits);
      const { written } = world.control;
      world.control.written = (control) => {
        written(control);
        if (control.ledger.inFlight.length === 0 || world.touches().length > 0) return;
        world.control.written = written;
        world.control.edit((item) => ({ ...item, recentEvents: ["another's"] }));
      };
      world.control.meets = (call) =>
        call === "write" && world.touches().length === 0 ? "refused_retry" : undefined;
      await world.tick();
      expect(audit.violations).toEqual([]);
    },
  );
});

describe("eight workers at once", () => {
  /** The reservation of one touch, as the ledger makes it. */
  async function boundOfOne(): Promise<number> {
    const world = await aLoopingWorld(1, UNLIMITED);
    const amounts: number[] = [];
    world.control.written = ({ ledger }) => amounts.push(...ledger.inFlight.map(({ amount }) => amount));
    await world.publish("blue", "1", PROMPTS.slice(0, 1));
    await world.tick();
    return Math.max(...amounts);
  }

  it.each([
    { room: "one touch", lacks: 0, sends: 1 },
    { room: "a micro-dollar less than one touch", lacks: 1, sends: 0 },
  ])("with room for $room send $sends, with or without a lease", async ({ lacks, sends }) => {
    const room = (await boundOfOne()) - lacks;
    const aSlowness = fc.constantFrom(0, 100, 5 * SECOND);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 2 ** 31 }),
        fc.boolean(),
        fc.array(aSlowness, { minLength: 8, maxLength: 8 }),
        async (seed, losesLease, slownesses) => {
          const world = await aLoopingWorld(seed, { ...UNLIMITED, hourly: room });
          await world.publish("blue", "1", PROMPTS.slice(0, 1));
          world.control.losesLease = losesLease;
          const runs = slownesses.map((slowMs) => world.run(world.tickEvent(), { slowMs }));
          await world.scheduler.until(Promise.all(runs));
          expect(world.touches()).toHaveLength(sends);
          expect(world.control.control.paused).toMatchObject({ cause: "limit_hour", by: "ledger" });
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("a limit per UTC hour", () => {
  it("lets no sliding hour cost more than two limits, though an operator resumes whenever they can", async () => {
    const hourly = 6 * TOUCH;
    const world = await aLoopingWorld(3, { ...UNLIMITED, hourly });
    for (let minute = 0; minute < 170; minute++) {
      await world.minutes(1);
      const { generation } = world.control.control;
      const request = { by: "ops", reason: "next hour", generation };
      const ports = world.ports(new Worker(world.scheduler));
      await world.scheduler.until(
        resumeByOperator(ports, world.config, request, `resume-${minute}`).catch(() => undefined),
      );
    }
    const { lines } = world.provider.bill;
    const hours = lines.map(({ at }) =>
      lines.filter((line) => line.at >= at && line.at < at + HOUR).reduce((sum, { cost }) => sum + cost, 0n),
    );
    const dearest = hours.reduce((most, cost) => (cost > most ? cost : most), 0n);
    expect(dearest).toBeGreaterThan(BigInt(hourly) * 1_000_000n);
    expect(dearest).toBeLessThanOrEqual(BigInt(2 * hourly) * 1_000_000n);
  });
});
