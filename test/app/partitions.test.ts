import { describe, expect, it } from "vitest";
import { CallbackOfPartitions } from "../../lib/app/callback-of-partitions.ts";
import { CallbackFailed } from "../../lib/app/errors.ts";
import { pausePartitions } from "../../lib/app/pause-partitions.ts";
import { resolveConfig } from "../../lib/core/config.ts";
import { type Control, newControl } from "../../lib/core/control.ts";
import { configsOf } from "../../lib/core/partitions.ts";
import type { Gate, GateAnswer } from "../../lib/core/release/gate.ts";
import { codeDeployGateId } from "../../lib/core/release/gate-event.ts";
import { gateOfAll } from "../../lib/core/release/gate-of-partitions.ts";
import { pause } from "../support/memory/acts.ts";
import { MemoryControl } from "../support/memory/control.ts";
import { MemoryCallbacks, MemoryGates } from "../support/memory/releases.ts";
import { CONFIG, MemoryWorld, MINUTE, START } from "../support/memory/world.ts";
import { TEST_OPTIONS } from "../support/options.ts";
import { aPrompt } from "../support/prompts.ts";

const NAMES = ["eu", "us"] as const;
const CONFIGS = configsOf(
  resolveConfig({ ...TEST_OPTIONS, partitions: NAMES.map((name) => ({ name, share: 0.5 })) }),
);
const PLACE = { account: "123456789012", region: "eu-central-1" };
const OTHERS = { owner: "another run", until: START + 2 * MINUTE };
const clock = { now: () => START, sleep: async () => {} };

/** The direct action of a spend alarm, or of the drill. */
function alarmEvent(alarm: "HourlySpend" | "Drill", at = START) {
  const name = `support-test-${alarm}`;
  const state = { value: "ALARM", reason: "Threshold Crossed", timestamp: new Date(at).toISOString() };
  return {
    source: "aws.cloudwatch",
    alarmArn: `arn:aws:cloudwatch:${PLACE.region}:${PLACE.account}:alarm:${name}`,
    alarmData: { alarmName: name, state },
  };
}

/** Two states that were just initialised, the first of them changed. */
async function twoStates(change: (control: Control) => Control = (control) => control) {
  const stores = [new MemoryControl(), new MemoryControl()];
  for (const store of stores) await store.write(newControl(START), undefined, "init");
  stores[0]?.edit(change);
  return stores;
}

function pausing(stores: readonly MemoryControl[], event: unknown) {
  const partitions = CONFIGS.map((config, i) => ({ config, control: stores[i] ?? new MemoryControl() }));
  return pausePartitions(clock, partitions, event, PLACE, "pause");
}

const pausedOnes = (stores: readonly MemoryControl[]) =>
  stores.map(({ control }) => control.paused !== undefined);

const spentAll = (control: Control): Control => {
  const { ledger } = control;
  const key = Math.floor(START / 3_600_000);
  return { ...control, ledger: { ...ledger, hour: { ...ledger.hour, key, spent: 500_000 } } };
};

describe("a spend alarm of a warmer with partitions", () => {
  it("pauses the one whose ledger met its share, and no other", async () => {
    const stores = await twoStates(spentAll);
    expect((await pausing(stores, alarmEvent("HourlySpend"))).outcome).toBe("paused");
    expect(pausedOnes(stores)).toEqual([true, false]);
  });

  it("pauses all where no state explains it", async () => {
    const stores = await twoStates();
    await pausing(stores, alarmEvent("HourlySpend"));
    expect(pausedOnes(stores)).toEqual([true, true]);
  });

  it("that fired before one was resumed pauses neither that one nor the others", async () => {
    const stores = await twoStates((control) => ({
      ...control,
      lastResume: { reason: "mended", by: "ops", at: START },
    }));
    const { outcome, message } = await pausing(stores, alarmEvent("HourlySpend", START - 1));
    expect(outcome).toBe("ignored");
    expect(message).toMatch(/^eu: /);
    expect(pausedOnes(stores)).toEqual([false, false]);
  });

  it("pauses what it can while another state is unreadable", async () => {
    const stores = await twoStates(spentAll);
    stores[1]?.failNext("read", "unavailable");
    await pausing(stores, alarmEvent("HourlySpend"));
    expect(pausedOnes(stores)).toEqual([true, false]);
  });

  it("that is a drill is heard by all and pauses none", async () => {
    const stores = await twoStates();
    expect((await pausing(stores, alarmEvent("Drill"))).outcome).toBe("drilled");
    for (const { control } of stores) expect(control.drill?.heardByAction).toBe(START);
    expect(pausedOnes(stores)).toEqual([false, false]);
  });
});

it("people are told of a pause, and of a flip, with commands for the partition that it is about", async () => {
  const [config = resolveConfig(TEST_OPTIONS)] = CONFIGS;
  const world = await MemoryWorld.live([aPrompt("support")], { config });
  await world.minutes(1);
  await world.publish("green", "2", [aPrompt("support", { words: "green" })]);
  await world.flip("green");
  await world.minutes(1);
  await pause(world);
  await world.monitor();
  const next = world.notifier.heard.map(({ message }) => /^Next: *(.*)$/m.exec(message)?.[1]);
  expect(next).toEqual([
    "warmer --partition eu status",
    'warmer --partition eu status, then warmer --partition eu resume --reason "..."',
  ]);
});

const CALLBACK = { deploymentId: "d-1", hookExecutionId: "hook-1" };
const WARM: GateAnswer = { result: "warm", reason: "proven", at: START };
const COLD: GateAnswer = { result: "cold", reason: "unread", at: START };
const UNCLEAR: GateAnswer = { result: "inconclusive", reason: "paused", at: START };

function aGate(answer?: GateAnswer, failDeployment = false): Gate {
  const times = { openedAt: START, deadline: START + 60_000 };
  const id = codeDeployGateId(CALLBACK);
  const asked = { id, color: "green", minCoverage: 1, failDeployment, openedBy: "test", ...times };
  return { ...asked, ...(answer !== undefined && { answer }) };
}

describe("the gates of two partitions", () => {
  it.each<[string, Gate, Gate, GateAnswer["result"] | undefined]>([
    ["open while one has no answer", aGate(WARM), aGate(), undefined],
    ["warm when both are", aGate(WARM), aGate(WARM), "warm"],
    ["cold as soon as one is", aGate(), aGate(COLD), "cold"],
    ["inconclusive if one is and none is cold", aGate(UNCLEAR), aGate(WARM), "inconclusive"],
    ["answered by one that must not be inconclusive", aGate(UNCLEAR, true), aGate(), "inconclusive"],
  ])("are %s", (_what, eu, us, result) => {
    const both = [
      { partition: "eu", gate: eu },
      { partition: "us", gate: us },
    ];
    expect(gateOfAll(both).answer?.result).toBe(result);
    expect(gateOfAll(both.toReversed()).answer?.result).toBe(result);
  });

  it.each<[string, readonly (Gate | undefined)[], boolean, readonly boolean[]]>([
    ["nothing while another is open", [aGate(WARM), aGate()], true, []],
    ["that it may go on, when all may", [aGate(WARM), aGate(UNCLEAR)], true, [true]],
    ["that it may not, at once", [aGate(COLD), aGate()], false, [false]],
    ["that it may not, if another was stopped before", [aGate(WARM), aGate(COLD)], true, [false]],
  ])("tell a deployment %s", async (_what, gates, passed, told) => {
    const { callbacks, callback } = await waiting(gates);
    await callback.tell(CALLBACK, passed);
    expect(callbacks.told.map((one) => one.passed)).toEqual(told);
  });

  it("keep a deployment waiting for one that was never opened, and say so", async () => {
    const { callbacks, callback } = await waiting([aGate(WARM), undefined]);
    await expect(callback.tell(CALLBACK, true)).rejects.toThrow(CallbackFailed);
    expect(callbacks.told).toEqual([]);
  });
});

async function waiting(gates: readonly (Gate | undefined)[]) {
  const siblings = NAMES.map((partition) => ({ partition, gates: new MemoryGates() }));
  for (const [i, gate] of gates.entries()) if (gate !== undefined) await siblings[i]?.gates.put(gate);
  const callbacks = new MemoryCallbacks();
  return { callbacks, callback: new CallbackOfPartitions(callbacks, siblings) };
}

describe("a partition whose share has changed", () => {
  const [eu] = CONFIGS;
  const share = eu?.guardrails.share ?? 0;
  const withShare = (of: number) => ({ ...CONFIG, guardrails: { ...CONFIG.guardrails, share: of } });

  it.each<readonly [string, (world: MemoryWorld) => unknown]>([
    ["warmed", () => {}],
    ["paused", (world) => pause(world)],
    ["no_manifest", (world) => world.manifests.stored.clear()],
    ["no_target", (world) => world.liveColor.versions.splice(0)],
    ["lease_held", (world) => world.control.edit((item) => ({ ...item, lease: OTHERS }))],
  ])("notes that in its next run, though it ends as %s", async (outcome, happens) => {
    const world = await MemoryWorld.live([aPrompt("support")], { config: withShare(share) });
    await happens(world);
    world.config = withShare(share + 100);
    expect((await world.tick()).outcome).toBe(outcome);
    expect(world.control.control.ledger).toMatchObject({ share: share + 100, gain: { from: share } });
  });
});
