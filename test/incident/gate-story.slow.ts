import { afterAll, beforeAll, expect, it } from "vitest";
import type { Gate } from "../../lib/core/release/gate.ts";
import { aPrompt } from "../support/prompts.ts";
import { MINUTE, World } from "../support/world.ts";
import { fills, stateOf, stopTicks, tick, warmFunction } from "./release-acts.ts";

const SECOND = 1_000;

/** The provider takes this long for a fill of the candidate: its fills alone take longer than a run may. */
const FILL_MS = 28 * SECOND;
const CANDIDATES = 40;

const blue = [aPrompt("support"), aPrompt("triage")];
const green = Array.from({ length: CANDIDATES }, (_, i) => aPrompt(`green-${i}`, { tokens: 1_100 }));

let world: World;
beforeAll(async () => {
  const latency = ({ promptTokens, cachedTokens }: { promptTokens: number; cachedTokens: number }) => {
    const totalMs = promptTokens < 2_000 && cachedTokens === 0 ? FILL_MS : SECOND;
    return { firstByteMs: totalMs, totalMs };
  };
  world = await World.live(blue, { provider: { latency } });
  await world.pass(2 * MINUTE);
});
afterAll(() => world.stop());

it("a gate that takes longer than a run may last goes on over several, and the live color stays warm", async () => {
  await world.publish("green", "2", green);
  const from = world.engine.now();
  const { operator } = world.warmer;
  const startTicks = stopTicks(world);
  const gate = (await operator.gate.invoke({ color: "green" })) as Gate;
  const look = async () => (await operator.gate.invoke({ id: gate.id })) as Gate;
  // Opening it began the first run. The others follow one another, as the lease has it.
  await world.pass(SECOND);
  for (let run = 1; run < 6 && (await look()).answer === undefined; run++) {
    await world.pass(Math.max(...world.ran(from).map(({ endedAt }) => endedAt)) - world.engine.now());
    await tick(world);
  }
  startTicks();

  const { answer } = await look();
  expect(answer).toMatchObject({ result: "warm", reason: "40 of 40 required prefixes are proven warm" });
  const { Timeout: timeout } = warmFunction(world).properties;
  expect((answer?.at ?? 0) - gate.openedAt).toBeGreaterThan(timeout * SECOND);
  const runs = world.ran(from);
  expect(runs.length).toBeGreaterThanOrEqual(2);
  for (const { at, endedAt } of runs) expect(endedAt - at).toBeLessThan(timeout * SECOND);
  // None of the candidate's twice, and none of the live color's again.
  expect(fills(world, from)).toHaveLength(CANDIDATES);
  expect(new Set(fills(world, from).map(({ fingerprint }) => fingerprint)).size).toBe(CANDIDATES);

  await world.pass((answer?.at ?? 0) - world.engine.now());
  const flippedAt = world.engine.now();
  await world.flip("green");
  await world.pass(2 * MINUTE);
  expect(fills(world, flippedAt)).toEqual([]);
  expect((await stateOf(world)).control.flip).toMatchObject({ at: flippedAt, provenAt: flippedAt });
  expect(world.allFired()).toEqual([]);
});
