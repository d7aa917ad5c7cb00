import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aPrompt } from "../support/prompts.ts";
import { MINUTE, World } from "../support/world.ts";
import { nextInstant, standing } from "./fault.ts";
import {
  fills,
  flipByOperator,
  mails,
  stateOf,
  stopTicks,
  warmFunction,
  writeColor,
} from "./release-acts.ts";

const SECOND = 1_000;

/** Three times as many as are in flight at once. */
const blue = Array.from({ length: 24 }, (_, i) => aPrompt(`blue-${i}`, { tokens: 1_100 }));
const green = [aPrompt("green", { tokens: 1_100 })];

let world: World;
beforeAll(async () => {
  // A fill takes 13 s, a read one.
  const latency = ({ cachedTokens }: { cachedTokens: number }) => {
    const totalMs = (cachedTokens > 0 ? 1 : 13) * SECOND;
    return { firstByteMs: totalMs, totalMs };
  };
  world = await World.live(blue, { provider: { latency } });
  await world.publish("green", "2", green);
});
afterAll(() => world.stop());

const aboutFlips = (since: number) => mails(world, since).filter((subject) => subject.includes("live color"));

describe("a flip in the middle of a run of 40 seconds", () => {
  it("is followed by that very run, though its change event is lost and no tick comes", async () => {
    const from = world.engine.now();
    const flippedAt = from + 20 * SECOND;
    const startTicks = stopTicks(world);
    const find = world.engine.events.loseEvents("Parameter Store Change");
    writeColor(world, "green", flippedAt);
    // The run began with the event of the parameter's creation by `warmer init`.
    await world.pass(MINUTE);
    find();
    startTicks();

    const runs = world.ran(from);
    expect(runs).toMatchObject([{ outcome: "warmed", report: { color: "green", release: "2" } }]);
    const [{ at: startedAt, endedAt } = { at: 0, endedAt: 0 }] = runs;
    expect(startedAt).toBeLessThan(flippedAt);
    expect(endedAt - startedAt).toBeGreaterThan(40 * SECOND);
    const filled = fills(world, from);
    expect(filled).toHaveLength(blue.length + green.length);
    expect((filled.at(-1)?.at ?? 0) - flippedAt).toBeLessThan(25 * SECOND);
    const { control } = await stateOf(world);
    expect(control.flip).toMatchObject({ from: "blue", to: "green", at: flippedAt });
    expect(control.flip?.provenAt).toBeLessThan(endedAt);

    await world.pass(2 * MINUTE);
    expect(fills(world, endedAt)).toEqual([]);
    expect(aboutFlips(from)).toEqual([
      expect.stringMatching(/live color blue -> green: warm after 3\d\.\d s$/),
    ]);
    expect(world.allFired()).toEqual([]);
  });
});

describe("a rollback", () => {
  it("needs no gate and fills nothing: what was live before is warm at once", async () => {
    // Longer than anything lives that nobody touches.
    await world.pass(6 * MINUTE);
    const from = world.engine.now();
    const report = await flipByOperator(world, { to: "blue", waitMs: MINUTE });
    expect(report).toMatchObject({ from: "green", to: "blue", gate: "rollback", secondsToWarm: 0 });
    await world.pass(2 * MINUTE);
    expect(fills(world, from)).toEqual([]);
    expect(aboutFlips(from)).toEqual([expect.stringContaining("green -> blue: warm after 0.0 s")]);
    expect(world.allFired()).toEqual([]);
  });
});

describe("the same color, written again", () => {
  it("is no flip: nothing is filled, measured or told", async () => {
    const from = nextInstant(world);
    const { flip: before } = (await stateOf(world)).control;
    writeColor(world, "blue");
    await world.pass(2 * MINUTE);
    const { flip: after } = (await stateOf(world)).control;
    expect({ at: after?.at, version: after?.version }).toEqual({ at: before?.at, version: before?.version });
    expect(fills(world, from)).toEqual([]);
    expect(mails(world, from)).toEqual([]);
  });
});

describe("a flip that nobody follows", () => {
  it("is heard within six minutes, and told with its true seconds once it is warm", async () => {
    const from = world.engine.now();
    const warm = warmFunction(world).logicalId;
    const mend = world.engine.faults.inject({ kind: "denied", service: "dynamodb", caller: warm });
    writeColor(world, "green");
    await world.pass(8 * MINUTE);
    const [heardAt = Number.POSITIVE_INFINITY] = world.fired("FlipUnproven", from);
    expect(heardAt - from).toBeLessThanOrEqual(6 * MINUTE);
    expect(world.touches(from)).toEqual([]);
    mend();
    await world.pass(6 * MINUTE);
    expect(world.recovered("FlipUnproven", heardAt)).toHaveLength(1);
    expect(aboutFlips(from)).toEqual([expect.stringMatching(/blue -> green: warm after \d{3}\.\d s$/)]);
    expect(standing(world)).toEqual([]);
  });
});
