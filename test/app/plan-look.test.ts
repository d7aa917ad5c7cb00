import { describe, expect, it } from "vitest";
import { StateUnreadable } from "../../lib/app/errors.ts";
import { lookAtUse } from "../../lib/app/plan-look.ts";
import { NEVER } from "../../lib/core/due.ts";
import type { FleetPlan } from "../../lib/core/plan/fleet-plan.ts";
import { withPlan } from "../../lib/core/plan/plan-prefix.ts";
import { membersOf } from "../../lib/core/plan/plan-round.ts";
import { policyNamed } from "../../lib/core/plan/policies.ts";
import type { PrefixState } from "../../lib/core/prefix-state.ts";
import { type PrefixUse, UNMARKED } from "../../lib/core/usage/usage-record.ts";
import { aUse, aWarmState, HOUR, MINUTE, NOON, SECOND } from "../core/samples.ts";
import { MemoryWorld } from "../support/memory/world.ts";

/** The run begins in the middle of a minute. */
const STARTED = NOON + 20 * SECOND;
const POLICY = { name: "keepalive(2)", lambda: 0.5, providerLimits: {} };
const STORED: FleetPlan = { policy: POLICY.name, requiredPerHour: 0 };

const fingerprintOf = (name: string) => name.repeat(64).slice(0, 64);

function optional(name: string, fields: Partial<PrefixState> = {}): PrefixState {
  return aWarmState({ name, fingerprint: fingerprintOf(name), required: false, ...fields });
}

/** The prefix as the planner leaves it that was last used in this minute. */
function lastUsed(name: string, at: number): PrefixState {
  const policy = policyNamed(POLICY.name);
  const [member] = membersOf([optional(name)], policy, STARTED).values();
  if (member === undefined) throw new Error("there is no plan");
  return withPlan(member.prefix, { ...member.plan, requests: 1, lastUse: at / MINUTE });
}

/** The application used these in a minute. */
function used(world: MemoryWorld, at: number, ...names: readonly string[]): void {
  record(
    world,
    at,
    names.map((name) => ({ fingerprint: fingerprintOf(name) })),
  );
}

function record({ usage }: MemoryWorld, at: number, uses: readonly Partial<PrefixUse>[]): void {
  const part = usage.records.length;
  usage.records.push({ minute: at, writer: "app", part, lost: 0, prefixes: uses.map(aUse) });
}

interface Looked {
  readonly lastStartedAt?: number;
  readonly startedAt?: number;
  readonly policy?: string;
}

/** A look of a run, by default of one a minute after the last cycle. */
function look(world: MemoryWorld, { lastStartedAt, startedAt = STARTED, policy = POLICY.name }: Looked = {}) {
  const lastCycle = {
    startedAt: lastStartedAt ?? startedAt - MINUTE,
    finishedAt: startedAt,
    outcome: "warmed" as const,
  };
  return lookAtUse(world, { policy: { ...POLICY, name: policy } }, { lastCycle }, startedAt);
}

async function aWorld(...states: readonly PrefixState[]): Promise<MemoryWorld> {
  const world = new MemoryWorld({ startAt: NOON });
  await world.prefixes.save(states);
  world.plan.item = STORED;
  return world;
}

const minutesAgo = (minutes: Iterable<number>) => [...minutes].map((minute) => NOON / MINUTE - minute);

describe("the minutes that a run reads", () => {
  /** Minutes before the one under way that a look reads, oldest first, where each of the last three hours was used. */
  async function read(looked: Looked): Promise<number[]> {
    const world = await aWorld();
    for (let at = NOON - 3 * HOUR; at <= NOON + MINUTE; at += MINUTE) used(world, at, "a");
    return minutesAgo((await look(world, looked)).uses.keys());
  }

  it.each([
    // A record has fifteen seconds to arrive: a cycle that began that long after a minute has seen it.
    { began: -60 * SECOND, minutes: [2, 1] },
    { began: -45 * SECOND - 1, minutes: [2, 1] },
    { began: -45 * SECOND, minutes: [1] },
    { began: 15 * SECOND - 1, minutes: [1] },
    { began: 15 * SECOND, minutes: [] },
  ])(
    "are those that a cycle $began ms after noon may not have seen: $minutes",
    async ({ began, minutes }) => {
      expect(await read({ lastStartedAt: NOON + began })).toEqual(minutes);
    },
  );

  it.each([
    { begins: 0, newest: 1 },
    { begins: MINUTE - 1, newest: 1 },
    { begins: MINUTE, newest: 0 },
  ])(
    "end with the last whole one, $begins ms after noon: $newest minutes ago",
    async ({ begins, newest }) => {
      const looked = { lastStartedAt: NOON - 2 * MINUTE, startedAt: NOON + begins };
      expect((await read(looked)).at(-1)).toBe(newest);
    },
  );

  it.each([119, 120, 121, 170])(
    "reach back two hours at most, after %d minutes without a cycle",
    async (away) => {
      const minutes = await read({ lastStartedAt: NOON - away * MINUTE + 15 * SECOND });
      expect(minutes[0]).toBe(Math.min(away, 120));
      expect(minutes).toHaveLength(Math.min(away, 120));
    },
  );

  it("cost no query where the last cycle has seen them all", async () => {
    const world = await aWorld();
    world.usage.between = () => Promise.reject(new Error("nothing was to be asked"));
    expect((await look(world, { lastStartedAt: NOON + 15 * SECOND })).uses.size).toBe(0);
  });

  it.each([
    { begins: 15 * SECOND - 1, minutes: [1] },
    { begins: 15 * SECOND, minutes: [] },
  ])(
    "before any cycle are those whose records may be on their way: $begins ms",
    async ({ begins, minutes }) => {
      const world = await aWorld();
      used(world, NOON - 2 * MINUTE, "a");
      used(world, NOON - MINUTE, "a");
      const { uses } = await lookAtUse(world, { policy: POLICY }, {}, NOON + begins);
      expect(minutesAgo(uses.keys())).toEqual(minutes);
    },
  );
});

describe("the prefixes that a run finds used", () => {
  /** Names of them, in a look at the last four minutes. */
  async function names(world: MemoryWorld): Promise<string[]> {
    const { used } = await look(world, { lastStartedAt: NOON - 3 * MINUTE });
    return used.map(({ name }) => name);
  }

  it("are the optional ones of which a use was recorded, each once", async () => {
    const world = await aWorld(optional("a"), optional("b"), optional("c"));
    used(world, NOON - MINUTE, "a", "c");
    used(world, NOON - 2 * MINUTE, "a", "unknown");
    expect(await names(world)).toEqual(["a", "c"]);
  });

  it("cost no read of prefixes where nothing was used", async () => {
    const world = await aWorld(optional("a"));
    record(world, NOON - MINUTE, [
      { fingerprint: UNMARKED },
      { fingerprint: fingerprintOf("a"), requests: 0 },
    ]);
    world.prefixes.unavailable = () => true;
    expect(await names(world)).toEqual([]);
  });

  it("cost one read, which asks for each of them once", async () => {
    const world = await aWorld(optional("a"));
    for (const at of [NOON - MINUTE, NOON - 2 * MINUTE]) used(world, at, "a", "b");
    const asked: (readonly string[])[] = [];
    world.prefixes.some = async (fingerprints) => {
      asked.push(fingerprints);
      return [];
    };
    await names(world);
    expect(asked).toEqual([[fingerprintOf("a"), fingerprintOf("b")]]);
  });

  it.each<[string, Partial<PrefixState>, string[]]>([
    ["waits for its touch", { dueAt: NOON + MINUTE }, ["a"]],
    ["is left alone by the planner", { dueAt: NEVER, passed: "not_worth_it" }, ["a"]],
    ["is served no more", { dueAt: NEVER }, []],
    ["is warm beside the live color", { beside: true }, []],
    ["was stopped", { stopped: "not_cached" }, []],
    ["has a model without a price", { model: "claude-novel-9" }, []],
  ])("one that %s: %j gives %j", async (_what, fields, expected) => {
    const world = await aWorld(optional("a", fields));
    used(world, NOON - MINUTE, "a");
    expect(await names(world)).toEqual(expected);
  });

  it.each([
    { what: "the minute that it was", at: NOON - MINUTE, isUsed: false },
    { what: "a minute before it", at: NOON - 2 * MINUTE, isUsed: true },
    { what: "a minute after it", at: NOON, isUsed: false },
  ])("are not found again where the plan knows of $what: $isUsed", async ({ at, isUsed }) => {
    const world = await aWorld(lastUsed("a", at));
    used(world, NOON - MINUTE, "a");
    expect(await names(world)).toEqual(isUsed ? ["a"] : []);
  });

  it("are not found by the use of another one", async () => {
    const world = await aWorld(lastUsed("a", NOON - 2 * MINUTE), lastUsed("b", NOON - MINUTE));
    used(world, NOON - 2 * MINUTE, "a");
    used(world, NOON - MINUTE, "b");
    expect(await names(world)).toEqual([]);
  });
});

describe("the plan that a run finds", () => {
  const stored = { ...STORED, requiredPerHour: 7_000 };

  it.each<[string, unknown, object]>([
    ["of this policy is taken as it was left", stored, { stored, isChanged: false, problems: [] }],
    [
      "of another policy has everything looked at anew",
      { ...stored, policy: "off" },
      { stored: { ...stored, policy: "off" }, isChanged: true, problems: [] },
    ],
    ["is none at first", undefined, { stored: undefined, isChanged: true, problems: [] }],
    [
      "is not trusted where it is damaged, and that is said",
      { policy: 7 },
      {
        stored: undefined,
        isChanged: true,
        problems: [expect.stringMatching(/^the plan was damaged \(policy /)],
      },
    ],
  ])("%s", async (_what, item, expected) => {
    const world = await aWorld();
    world.plan.item = item;
    expect(await look(world)).toMatchObject(expected);
  });

  it("is decided on by the policy that is deployed now", async () => {
    const world = await aWorld();
    expect((await look(world, { policy: "always" })).policy.name).toBe("always");
  });

  it.each<[string, (world: MemoryWorld) => unknown]>([
    ["plan", ({ plan }) => Object.assign(plan, { isUnavailable: true })],
    ["used prefixes", ({ prefixes }) => Object.assign(prefixes, { unavailable: () => true })],
  ])("cannot be had without the %s", async (_what, breaks) => {
    const world = await aWorld(optional("a"));
    used(world, NOON - MINUTE, "a");
    breaks(world);
    await expect(look(world)).rejects.toThrow(StateUnreadable);
  });
});
