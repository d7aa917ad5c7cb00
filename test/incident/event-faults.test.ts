import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WarmReport } from "../../lib/app/warm-cycle.ts";
import type { InvocationEvent } from "../../lib/local/journal.ts";
import { aPrompt } from "../support/prompts.ts";
import { CONFIG, MINUTE, World } from "../support/world.ts";

/** Nothing is filled yet, so that any event which is taken for a tick sends. */
let world: World;
beforeAll(async () => {
  world = await World.live([aPrompt("support")]);
});
afterAll(() => world.stop());

async function invoke(payload: unknown): Promise<InvocationEvent> {
  const invocation = { at: world.engine.now(), trigger: "somebody", payload };
  const event = await world.engine.lambda.invoke(world.functionOf("WarmerWarm").name, invocation);
  if (event === undefined) throw new Error("the invocation was throttled");
  return event;
}

const time = () => new Date(world.engine.now()).toISOString();
const aTick = () => ({ id: "1", time: time(), source: "aws.events", "detail-type": "Scheduled Event" });
const aChange = (detail: unknown) => ({
  id: "1",
  time: time(),
  source: "aws.ssm",
  "detail-type": "Parameter Store Change",
  detail,
});

const BAD: readonly { what: string; event: () => unknown; says: RegExp }[] = [
  { what: "is null", event: () => null, says: /event must be an object, got null$/ },
  { what: "is a text", event: () => "tick", says: /event must be an object, got "tick"$/ },
  { what: "is empty", event: () => ({}), says: /event\.id must be 1 to 128 characters, got undefined$/ },
  {
    what: "is a list",
    event: () => [aTick()],
    says: /event\.id must be 1 to 128 characters, got undefined$/,
  },
  {
    what: "has an endless id",
    event: () => ({ ...aTick(), id: "x".repeat(129) }),
    says: /event\.id must be 1 to 128 characters, got "x{40}…"$/,
  },
  {
    what: "has no date",
    event: () => ({ ...aTick(), time: "yesterday" }),
    says: /event\.time must be an ISO date, got "yesterday"$/,
  },
  {
    what: "comes from a bucket",
    event: () => ({ ...aTick(), source: "aws.s3" }),
    says: /event\.source must be a schedule, SSM, a gate or the CLI, got "aws\.s3"$/,
  },
  {
    what: "tells of another parameter",
    event: () => aChange({ name: CONFIG.apiKeyParameter }),
    says: /event\.detail\.name must be \/support\/test\/live-color, got "\/support\/test\/provider-api-key"$/,
  },
  {
    what: "tells of no parameter",
    event: () => aChange(null),
    says: /event\.detail\.name must be .*, got undefined$/,
  },
];

describe("an event that", () => {
  it.each(BAD)("$what is refused with what was expected, and sends nothing", async ({ event, says }) => {
    const { error } = await invoke(event());
    expect(error?.errorType).toBe("UnhealthyRun");
    expect(error?.errorMessage).toMatch(/^bad_event: /);
    expect(error?.errorMessage).toMatch(says);
    expect(world.provider.log).toEqual([]);
  });

  it("is 61 seconds old is left to the next tick", async () => {
    const old = { ...aTick(), time: new Date(world.engine.now() - 61_000).toISOString() };
    expect((await invoke(old)).result).toMatchObject({ outcome: "stale_event" });
    expect(world.provider.log).toEqual([]);
  });

  it("is a sound tick of the same making fills, and once only", async () => {
    expect((await invoke(aTick())).result).toMatchObject({
      outcome: "warmed",
      fills: 1,
    } satisfies Partial<WarmReport>);
    const sent = world.provider.log.length;
    expect((await invoke(aTick())).result).toMatchObject({ outcome: "duplicate" });
    expect(world.provider.log).toHaveLength(sent);
  });

  it("is malformed again and again is alarmed, between ticks that go on", async () => {
    await world.pass(3 * MINUTE);
    const from = world.engine.now();
    expect(world.allFired()).toEqual([]);
    for (let minute = 0; minute < 3; minute++) {
      await invoke({});
      await world.pass(MINUTE);
    }
    await world.pass(MINUTE);
    expect(world.fired("WarmErrors", from)).toHaveLength(1);
    expect(world.ran(from).filter(({ outcome }) => outcome === "bad_event")).toHaveLength(3);
    await world.pass(5 * MINUTE);
    expect(world.recovered("WarmErrors", from)).toHaveLength(1);
  });
});
