import { describe, expect, it } from "vitest";
import { tellSpike } from "../../lib/app/tell-spike.ts";
import { resolveConfig, type WarmerConfig } from "../../lib/core/config.ts";
import { EMPTY_HISTORY, type FillHistory } from "../../lib/core/fill-cost/fill-history.ts";
import { LEVELS, type Level, type SpikeReading } from "../../lib/core/fill-cost/spike.ts";
import type { SpikeWatch } from "../../lib/core/fill-cost/spike-watch.ts";
import type { Incident } from "../../lib/core/incident.ts";
import { configsOf } from "../../lib/core/partitions.ts";
import { aFilledState, HOUR, MINUTE, NOON } from "../core/samples.ts";
import { CONFIG, MemoryWorld } from "../support/memory/world.ts";
import { TEST_OPTIONS } from "../support/options.ts";

const INCIDENT = "00000001.1.fill";
const READING: SpikeReading = { rate: 900_000, normal: 100_000, explained: 0, ratio: 9, level: "critical" };

const WATCH: SpikeWatch = { incident: INCIDENT, level: "critical", since: NOON - 4 * MINUTE };

/** A history that knows of more than the spike: all of it is to be kept. */
const HISTORY: FillHistory = {
  ...EMPTY_HISTORY,
  hours: [{ hour: NOON / HOUR - 1, fillCost: 7, spend: 9, avoided: 0, requests: 0 }],
  watch: WATCH,
};

/** A warmer that has spent 0.40 USD this hour and 2 USD today. */
async function aWorld(config: WarmerConfig = CONFIG): Promise<MemoryWorld> {
  const world = new MemoryWorld({ startAt: NOON, config });
  await world.init("blue");
  world.control.edit((control) => {
    const { ledger } = control;
    const hour = { ...ledger.hour, spent: 400_000 };
    const day = { ...ledger.day, spent: 2_000_000 };
    return { ...control, ledger: { ...ledger, hour, day } };
  });
  return world;
}

/** Tells of a spike as it stands. @returns how many notices wait */
function tell(world: MemoryWorld, watch: SpikeWatch | undefined = WATCH, now = NOON): Promise<number> {
  const { watch: _watch, ...rest } = HISTORY;
  const history = watch === undefined ? rest : { ...rest, watch };
  return tellSpike(world, world.config, world.control.control, { history, reading: READING }, now);
}

const textOf = (world: MemoryWorld) => world.notifier.heard.at(-1)?.message ?? "";

describe("a spike that people were told of", () => {
  it.each(
    LEVELS.flatMap((level) =>
      [undefined, ...LEVELS].map((told) => ({
        level,
        told,
        isTold: told === undefined || LEVELS.indexOf(level) > LEVELS.indexOf(told),
      })),
    ),
  )("up to $told is told again at $level: $isTold", async ({ level, told, isTold }) => {
    const world = await aWorld();
    expect(await tell(world, { ...WATCH, level, ...(told !== undefined && { told }) })).toBe(0);
    expect(world.notifier.heard.map((notice) => notice.level)).toEqual(isTold ? [level] : []);
    expect(await world.incidents.list(9)).toHaveLength(isTold ? 1 : 0);
    expect(world.history.writes).toBe(isTold ? 1 : 0);
  });

  it("is nothing where none is under way", async () => {
    const world = await aWorld();
    expect(
      await tellSpike(
        world,
        CONFIG,
        world.control.control,
        { history: EMPTY_HISTORY, reading: READING },
        NOON,
      ),
    ).toBe(0);
    expect(world.notifier.heard).toEqual([]);
  });
});

describe("a notice of a spike", () => {
  it("goes to those who hear of alarms, as mail and for a chat, and is no notice of a limit", async () => {
    const world = await aWorld();
    await tell(world);
    expect(world.notifier.heard).toEqual([
      {
        subject: "support test: fill cost critical, 9.0 times normal",
        message: expect.stringMatching(/^support test: cache writes cost more than normal \(critical\)\.\n/),
        aboutLimit: false,
        level: "critical",
        chat: expect.objectContaining({ id: `${INCIDENT}.critical` }),
      },
    ]);
  });

  it.each<[Level, string]>([
    ["info", "next business day"],
    ["warning", "within 2 hours"],
    ["critical", "immediate"],
  ])("of %s says how soon to look: %s", async (level, soon) => {
    const world = await aWorld();
    await tell(world, { ...WATCH, level });
    expect(textOf(world)).toMatch(new RegExp(`^Respond: +${soon}$`, "m"));
  });

  it("says since when, the rate, the incident, and where its runbook is", async () => {
    const world = await aWorld({ ...CONFIG, runbooks: "https://example.com/books" });
    await tell(world);
    expect(textOf(world)).toMatch(/^Since: +2026-11-21T11:56:00.000Z, 4 minutes ago$/m);
    expect(textOf(world)).toMatch(/^Rate: +\$0.90 an hour; normal is \$0.10$/m);
    expect(textOf(world)).toMatch(new RegExp(`^Incident: +${INCIDENT}$`, "m"));
    expect(textOf(world)).toMatch(/^Runbook: https:\/\/example.com\/books\/fill-cost.md$/m);
  });

  it("says what was spent of the limits, of what an operator allowed beside, and of the share of one ledger", async () => {
    const world = await aWorld();
    await tell(world);
    expect(textOf(world)).toMatch(/^Spent: +\$0.40 of \$1.00 this hour, \$2.00 of \$5.00 today \(UTC\)$/m);
    world.control.edit((control) => {
      const { ledger } = control;
      const hour = { ...ledger.hour, allowance: 500_000 };
      const day = { ...ledger.day, usable: 500 };
      return { ...control, ledger: { ...ledger, hour, day } };
    });
    await tell(world);
    expect(textOf(world)).toContain("$0.40 of $1.50 this hour, $2.00 of $2.50 today");
  });

  it.each([
    { later: HOUR - 1, hour: "$0.40 of $1.00" },
    { later: HOUR, hour: "$0.00 of $1.00" },
  ])("counts the money of its own hour: $later ms later, $hour", async ({ later, hour }) => {
    const world = await aWorld();
    await tell(world, WATCH, NOON + later);
    expect(textOf(world)).toContain(`${hour} this hour, $2.00 of $5.00 today`);
  });

  it("of one partition names it, and the commands that act on it", async () => {
    const partitions = ["eu", "us"].map((name) => ({ name, share: 0.5 }));
    const [eu = CONFIG] = configsOf(resolveConfig({ ...TEST_OPTIONS, partitions }));
    const world = await aWorld(eu);
    await tell(world);
    expect(world.notifier.heard[0]?.subject).toMatch(/^support test.*eu.*: fill cost critical/);
    expect(textOf(world)).toContain("warmer --partition eu diagnose");
  });
});

describe("the incident of a spike", () => {
  it("is kept with what is suspected and what was spent, before anybody is told", async () => {
    const world = await aWorld();
    const wrote = (reason: string) => ({ recentFills: [`${NOON - 5 * MINUTE} ${reason} 5m 10000 40000`] });
    await world.prefixes.save([
      aFilledState({ provenAt: NOON - 5 * MINUTE, ...wrote("gone") }),
      aFilledState({ fingerprint: "f".repeat(64), ...wrote("first") }),
    ]);
    let known: Incident | undefined;
    world.notifier.send = async () => {
      known = await world.incidents.get(INCIDENT);
      return true;
    };
    await tell(world);
    expect(known).toEqual({
      id: INCIDENT,
      kind: "fill_cost",
      cause: "fill_rate",
      level: "critical",
      openedAt: WATCH.since,
      openedBy: "monitor",
      reason: expect.stringMatching(/^fill cost critical: \w+ \(\d\d %\), \w+ \(\d\d %\)/),
      hourSpent: 400_000,
      daySpent: 2_000_000,
    });
  });

  it("that rises keeps its beginning, and what an operator wrote into it", async () => {
    const world = await aWorld();
    await tell(world, { ...WATCH, level: "warning" });
    const opened = await world.incidents.get(INCIDENT);
    if (opened === undefined) throw new Error("no incident was opened");
    await world.incidents.put({ ...opened, note: "I am at it" });
    await tell(world, { ...WATCH, told: "warning" }, NOON + HOUR);
    expect(await world.incidents.get(INCIDENT)).toEqual({
      ...opened,
      note: "I am at it",
      level: "critical",
      reason: "fill cost critical: unknown (100 %)",
    });
  });
});

describe("a notice that SNS", () => {
  it("acknowledges is remembered beside all that the history knows", async () => {
    const world = await aWorld();
    expect(await tell(world)).toBe(0);
    expect(world.history.history).toEqual({ ...HISTORY, watch: { ...WATCH, told: "critical" } });
  });

  it("does not acknowledge waits: it is not remembered as told, and its incident is kept", async () => {
    const world = await aWorld();
    world.notifier.unacknowledged = true;
    expect(await tell(world)).toBe(1);
    expect(world.history.writes).toBe(0);
    expect(await world.incidents.get(INCIDENT)).toMatchObject({ level: "critical" });
  });
});

describe("a spike whose cause cannot be looked up", () => {
  it.each<[unknown, string]>([
    [new Error("the table is away"), "the table is away"],
    ["no error", "unknown error"],
  ])("is told all the same, and why: %s", async (error, why) => {
    const world = await aWorld();
    world.prefixes.all = () => Promise.reject(error);
    expect(await tell(world)).toBe(0);
    expect(textOf(world)).toContain(`unknown (0 %): no pattern fits\n  - the diagnosis failed: ${why}\n`);
    expect(textOf(world)).toMatch(/^Touches: +0 fills, 0 of them where a read was due; 0 failed$/m);
    expect(textOf(world)).not.toMatch(/^Known:/m);
    expect(textOf(world)).toMatch(/^Next:\n {2}warmer diagnose\n {2}warmer incidents close/m);
    expect(await world.incidents.get(INCIDENT)).toMatchObject({
      reason: "fill cost critical: unknown (0 %)",
    });
  });
});
