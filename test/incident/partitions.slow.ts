import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Gate } from "../../lib/core/release/gate.ts";
import { writtenTokens } from "../../lib/core/usage.ts";
import { aPrompt } from "../support/prompts.ts";
import { MINUTE } from "../support/world.ts";
import { PARTITIONS, PartitionWorld } from "./partition-world.ts";

const blue = [aPrompt("support"), aPrompt("triage")];
const green = [aPrompt("support", { words: "green support" }), aPrompt("triage", { words: "green triage" })];

/** One warmer from its first tick to a pause: each test begins where the one before it ended. */
let parts: PartitionWorld;
beforeAll(async () => {
  parts = await PartitionWorld.live(inject("assembly"), blue);
});
afterAll(() => parts.world.stop());

const pass = (ms: number) => parts.world.pass(ms);
const now = () => parts.world.engine.now();

/** The provider forgets everything of one workspace every second: whatever is written there is never read again. */
function forgetInUs(until: number): void {
  for (let at = now(); at < until; at += 1_000) {
    parts.world.provider.faults.add({ kind: "evict", at, workspace: "us" });
  }
}

describe("two partitions of one warmer", () => {
  it("are both warmed by one tick, each with its own key, though their prompts are the same", async () => {
    await pass(2 * MINUTE);
    for (const name of PARTITIONS) {
      const wrote = parts.touches(name).filter(({ usage }) => usage && writtenTokens(usage) > 0);
      expect(wrote).toHaveLength(2);
      expect(parts.touches(name)).toHaveLength(4);
      expect(parts.outcomes(name)[0]).toBe("warmed");
      expect((await parts.control(name)).serving).toMatchObject({ color: "blue", prefixes: 2 });
    }
    const [eu, us] = PARTITIONS.map((name) =>
      parts
        .touches(name)
        .map(({ fingerprint }) => fingerprint)
        .sort(),
    );
    expect(eu).toEqual(us);
    const runs = parts.world.engine.journal.events.filter(
      (event) => event.kind === "invoked" && event.trigger.startsWith("rule WarmerWarmTick"),
    );
    const [first, second] = runs;
    expect(first?.at).toBe(second?.at);
  });

  it("hold a lease each: a run that hangs in one does not keep the other from its work", async () => {
    const { ports } = parts.of("eu");
    const held = await ports.control.read();
    if (held === undefined) throw new Error("eu has no control item");
    const from = now();
    const lease = { owner: "hangs", until: from + 10 * MINUTE };
    await ports.control.write({ ...held.control, lease }, held.revision, "hangs");
    await pass(6 * MINUTE);
    expect(parts.outcomes("eu", from)).toContain("lease_held");
    expect(parts.touches("eu", from)).toEqual([]);
    expect(parts.outcomes("us", from)).not.toContain("lease_held");
    expect(parts.touches("us", from).length).toBeGreaterThan(0);
    await pass(6 * MINUTE);
    expect(parts.outcomes("eu").at(-1)).toMatch(/warmed|nothing_due/);
  });

  it("answer one gate: cold while one of them is cold, warm when both are", async () => {
    await parts.publish("eu", "green", "2", green);
    await parts.publish("us", "green", "2", green);
    const { gate } = parts.of("eu").ports;
    forgetInUs(now() + MINUTE);
    const ask = async () => (await gate.invoke({ color: "green", timeoutSeconds: 60 })) as Gate;
    const look = async ({ id }: Gate) => (await gate.invoke({ id })) as Gate & { passes?: boolean };
    const first = await ask();
    await pass(2 * MINUTE);
    const refused = await look(first);
    expect(refused).toMatchObject({ passes: false, answer: { result: "cold" } });
    expect(refused.answer?.reason).toMatch(/^us: /);

    for (const name of PARTITIONS)
      await parts.publish(name, "green", "2b", [aPrompt("support", { words: "2b" })]);
    const second = await ask();
    await pass(2 * MINUTE);
    const passed = await look(second);
    expect(passed).toMatchObject({ passes: true, answer: { result: "warm" } });
    expect(passed.answer?.reason).toMatch(/^eu: .*; us: /);
    expect(passed.progress).toMatchObject({ warm: 2, required: 2, coverage: 1 });
  });

  it("are both warmed and proven by one flip", async () => {
    await parts.publish("eu", "green", "3", [aPrompt("support", { words: "three" })]);
    await parts.publish("us", "green", "3", [aPrompt("support", { words: "three" })]);
    const from = now();
    await parts.world.flip("green");
    await pass(MINUTE);
    for (const name of PARTITIONS) {
      const { serving, flip } = await parts.control(name);
      expect(serving).toMatchObject({ color: "green", release: "3" });
      expect(flip).toMatchObject({ from: "blue", to: "green" });
      expect((flip?.provenAt ?? Number.POSITIVE_INFINITY) - from).toBeLessThan(10_000);
    }
  });

  it("publish one point for each metric, and page nobody", async () => {
    const from = now();
    await pass(5 * MINUTE);
    expect(parts.world.allFired(from + MINUTE)).toEqual([]);
    const monitor = parts.world.engine.journal.events.findLast(
      (event) => event.kind === "invoked" && event.function.startsWith("WarmerMonitor") && event.at >= from,
    );
    const report =
      monitor?.kind === "invoked" ? (monitor.result as { points: { name: string }[] }) : undefined;
    const names = report?.points.map(({ name }) => name) ?? [];
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(["FillCost", "HourlyLimitUsed", "WarmShare"]));
  });
});
