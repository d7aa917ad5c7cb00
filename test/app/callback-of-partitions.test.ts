import { describe, expect, it } from "vitest";
import { CallbackOfPartitions } from "../../lib/app/callback-of-partitions.ts";
import { CallbackFailed } from "../../lib/app/errors.ts";
import type { Gate, GateResult } from "../../lib/core/release/gate.ts";
import { codeDeployGateId } from "../../lib/core/release/gate-event.ts";
import { aGate } from "../core/release/samples.ts";

const CALLBACK = { deploymentId: "d-1", hookExecutionId: "hook-1" };
const ID = codeDeployGateId(CALLBACK);

const answered = (result: GateResult, fields: Partial<Gate> = {}) =>
  aGate({ id: ID, answer: { result, reason: "r", at: 0 }, ...fields });

/** What is told to the deployment when one partition of these hands in that it may pass, or may not. */
async function toldOf(passed: boolean, ...gates: readonly (Gate | undefined)[]) {
  const told: boolean[] = [];
  const callbacks = {
    tell: async (_callback: typeof CALLBACK, isPassed: boolean) => void told.push(isPassed),
  };
  const partitions = gates.map((gate, i) => ({
    partition: `p${i}`,
    gates: { get: async (id: string) => (id === gate?.id ? gate : undefined) },
  }));
  await new CallbackOfPartitions(callbacks, partitions).tell(CALLBACK, passed);
  return told;
}

describe("one callback for the gates of several partitions", () => {
  it("stops the release at once where one of them does", async () => {
    expect(await toldOf(false, aGate({ id: ID }), aGate({ id: ID }))).toEqual([false]);
  });

  it("lets it go on when the last of them has answered", async () => {
    expect(await toldOf(true, answered("warm"), aGate({ id: ID }))).toEqual([]);
    expect(await toldOf(true, answered("warm"), answered("inconclusive"))).toEqual([true]);
  });

  it("stops it where another one's answer does", async () => {
    expect(await toldOf(true, answered("warm"), answered("cold"))).toEqual([false]);
    const strict = answered("inconclusive", { failDeployment: true });
    expect(await toldOf(true, strict, answered("warm"))).toEqual([false]);
  });

  it("fails where a partition was never asked, so that the next one tells", async () => {
    await expect(toldOf(true, answered("warm"), undefined)).rejects.toThrow(
      new CallbackFailed(`the partition p1 has no gate ${ID}`),
    );
    await expect(toldOf(true, answered("warm"), aGate({ id: "other" }))).rejects.toThrow(CallbackFailed);
  });
});
