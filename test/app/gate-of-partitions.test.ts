import { describe, expect, it } from "vitest";
import { deskOf } from "../../lib/app/gate-of-partitions.ts";
import { resolveConfig } from "../../lib/core/config.ts";
import { configsOf } from "../../lib/core/partitions.ts";
import { Worker } from "../support/memory/scheduler.ts";
import { MemoryWorld, SECOND } from "../support/memory/world.ts";
import { TEST_OPTIONS } from "../support/options.ts";
import { aPrompt } from "../support/prompts.ts";

const OPENING = { id: "gate-1", by: "test" };
const NAMES = ["eu", "us"] as const;
const CONFIGS = configsOf(
  resolveConfig({
    ...TEST_OPTIONS,
    colors: ["blue", "green", "canary"],
    partitions: NAMES.map((name) => ({ name, share: 0.5 })),
  }),
);

/** Two partitions that serve blue; each publishes these colors one after the other. */
async function twoPartitions(...colors: readonly string[]) {
  const worlds: MemoryWorld[] = [];
  for (const config of CONFIGS) {
    const [first] = worlds;
    const world = new MemoryWorld({ config, ...(first !== undefined && { beside: first }) });
    await world.init("blue");
    await world.publish("blue", "1", [aPrompt("support")]);
    worlds.push(world);
  }
  for (const [i, color] of colors.entries()) {
    for (const world of worlds) {
      await world.pass(SECOND);
      await world.publish(color, `${i + 2}`, [aPrompt("support", { words: color })]);
    }
  }
  const [eu = new MemoryWorld(), us = eu] = worlds;
  const partitions = worlds.map((world) => {
    const warm = { start: async () => {} };
    const ports = { ...world.ports(new Worker(world.scheduler)), events: world.events, warm };
    return { config: world.config, ports };
  });
  const desk = deskOf(partitions);
  return { eu, us, desk, until: <T>(work: Promise<T>) => eu.scheduler.until(work) };
}

const gatesOf = (...worlds: readonly MemoryWorld[]) =>
  Promise.all(worlds.map((world) => world.gates.get(OPENING.id)));

describe("a gate that is opened over partitions", () => {
  it("is one question to each of them", async () => {
    const { eu, us, desk, until } = await twoPartitions("green");
    const asked = { color: "green", minCoverage: 0.5, timeoutSeconds: 60, failDeployment: true };
    const gate = await until(desk.open(OPENING, asked));
    expect(gate).toMatchObject({ id: "gate-1", color: "green", minCoverage: 0.5, failDeployment: true });
    for (const world of [eu, us]) expect(world.control.control.candidate?.gates).toEqual(["gate-1"]);
    expect(await until(desk.look("gate-1"))).toEqual(gate);
    expect(await until(desk.look("gate-2"))).toBeUndefined();
  });

  it("asks all for one color where none is named: the one that any of them published last", async () => {
    const { eu, us, desk, until } = await twoPartitions("green", "canary");
    await us.pass(SECOND);
    await us.publish("green", "4", [aPrompt("support", { words: "greener" })]);
    expect((await until(desk.open(OPENING, {}))).color).toBe("green");
    expect((await gatesOf(eu, us)).map((gate) => gate?.color)).toEqual(["green", "green"]);
  });

  it("is opened nowhere where a partition has nothing to warm for the color", async () => {
    const { eu, us, desk, until } = await twoPartitions("green");
    us.manifests.stored.delete("green");
    await expect(until(desk.open(OPENING, { color: "green" }))).rejects.toThrow(
      "the partition us has no manifest of green; publish the release there first (warmer publish --partition us)",
    );
    expect(await gatesOf(eu, us)).toEqual([undefined, undefined]);
  });
});

it("a gate of a warmer without partitions is its own, and speaks of none", async () => {
  const world = new MemoryWorld();
  const ports = { ...world.ports(new Worker(world.scheduler)), events: world.events };
  const desk = deskOf([{ config: world.config, ports: { ...ports, warm: { start: async () => {} } } }]);
  await expect(world.scheduler.until(desk.open(OPENING, { color: "green" }))).rejects.toThrow(
    /^green has no manifest; run/,
  );
});

describe("a gate that must be answered whatever happens", () => {
  it("is opened in every partition without a fault", async () => {
    const { eu, us, desk, until } = await twoPartitions("green");
    const opened = await until(desk.tryToOpen(OPENING, {}));
    expect(opened).not.toHaveProperty("fault");
    expect(opened.gate).toMatchObject({ id: "gate-1", color: "green" });
    expect((await gatesOf(eu, us)).every((gate) => gate !== undefined && gate.answer === undefined)).toBe(
      true,
    );
  });

  it.each([
    { settings: {}, minCoverage: 1, failDeployment: false },
    { settings: { minCoverage: 0.5, failDeployment: true }, minCoverage: 0.5, failDeployment: true },
  ])("is inconclusive in the partition that cannot open it, as $settings asks", async (asked) => {
    const { eu, us, desk, until } = await twoPartitions("green");
    us.manifests.stored.delete("green");
    const { minCoverage, failDeployment } = asked;
    const { gate, fault } = await until(desk.tryToOpen(OPENING, asked.settings));
    expect(fault?.outcome).toBe("gate_refused");
    expect(fault?.message).toMatch(/^us: green has no manifest/);
    const [ofEu, ofUs] = await gatesOf(eu, us);
    expect(ofEu).not.toHaveProperty("answer");
    const { now } = us;
    const reason = fault?.message.slice("us: ".length);
    expect(ofUs).toEqual({
      ...{ id: "gate-1", color: "green", minCoverage, failDeployment },
      ...{ openedAt: now, openedBy: "test", deadline: now },
      answer: { result: "inconclusive", reason, at: now },
    });
    // A strict one is stopped by the first that cannot prove it.
    expect(gate?.answer?.result).toBe(failDeployment ? "inconclusive" : undefined);
  });

  it("is not opened where no partition can, with what kept each of them", async () => {
    const { eu, us, desk, until } = await twoPartitions("green");
    us.manifests.stored.delete("green");
    eu.control.item = undefined;
    const { gate, fault } = await until(desk.tryToOpen(OPENING, {}));
    expect(gate).toBeUndefined();
    expect(fault?.outcome).toBe("gate_refused");
    expect(fault?.message).toMatch(/^eu: there is no control item yet.*; us: green has no manifest/);
    expect(await gatesOf(eu, us)).toEqual([undefined, undefined]);
  });

  it("is not opened where no color can be found for all", async () => {
    const { desk, until } = await twoPartitions();
    const { gate, fault } = await until(desk.tryToOpen(OPENING, {}));
    expect(gate).toBeUndefined();
    expect(fault).toMatchObject({ outcome: "gate_refused" });
    expect(fault?.message).toMatch(/^no color beside the live one has a manifest/);
  });

  it("goes on in the others where the inconclusive answer cannot be stored either", async () => {
    const { eu, us, desk, until } = await twoPartitions("green");
    us.gates.put = () => Promise.reject(new Error("the table does not answer"));
    const { gate, fault } = await until(desk.tryToOpen(OPENING, {}));
    expect(gate).not.toHaveProperty("answer");
    expect(fault).toEqual({ outcome: "failed", message: "us: an unexpected Error" });
    expect((await gatesOf(eu, us)).map((one) => one?.color)).toEqual(["green", undefined]);
  });
});

describe("a gate that is given up", () => {
  const why = { message: "nobody answers; the release goes on", reason: "nobody answers", runId: "run-1" };

  it("is answered in the partitions that have not answered it, and told in all", async () => {
    const { eu, us, desk, until } = await twoPartitions("green");
    const gate = await until(desk.open(OPENING, {}));
    const [ofEu] = await gatesOf(eu);
    if (ofEu === undefined) throw new Error("eu has no gate");
    const warm = { result: "warm", reason: "proven", at: eu.now } as const;
    await eu.gates.put({ ...ofEu, answer: warm });
    await until(desk.giveUp(gate, { ...why, at: eu.now }));
    const answers = (await gatesOf(eu, us)).map((one) => one?.answer);
    expect(answers).toEqual([warm, { result: "inconclusive", reason: "nobody answers", at: eu.now }]);
    for (const { control } of [eu, us]) expect(control.control.news).toHaveLength(1);
  });

  it("is told in all where it was opened nowhere", async () => {
    const { eu, us, desk, until } = await twoPartitions("green");
    await until(desk.giveUp(undefined, { ...why, at: eu.now }));
    expect(await gatesOf(eu, us)).toEqual([undefined, undefined]);
    for (const { control } of [eu, us]) expect(control.control.news).toHaveLength(1);
  });
});
