import { type GateCallback, letsPass } from "../core/release/gate.ts";
import { codeDeployGateId } from "../core/release/gate-event.ts";
import { CallbackFailed } from "./errors.ts";
import type { GateCallbacks, GateStore } from "./ports.ts";

/** The gates of one partition, to be looked at. */
export interface SiblingGates {
  readonly partition: string;
  readonly gates: Pick<GateStore, "get">;
}

/**
 * One callback for the gates of several partitions: each of them hands its answer in, one that stops the release is
 * told at once, and that it may go on is told by whoever is the last to find out. An answer is stored before it is
 * handed in, so of two that answer at the same time at least one sees both; telling twice is no error.
 */
export class CallbackOfPartitions implements GateCallbacks {
  readonly #callbacks: GateCallbacks;
  readonly #partitions: readonly SiblingGates[];

  /** @param partitions all of them */
  constructor(callbacks: GateCallbacks, partitions: readonly SiblingGates[]) {
    this.#callbacks = callbacks;
    this.#partitions = partitions;
  }

  async tell(callback: GateCallback, passed: boolean): Promise<void> {
    if (!passed) return this.#callbacks.tell(callback, false);
    const id = codeDeployGateId(callback);
    for (const { partition, gates } of this.#partitions) {
      const gate = await gates.get(id);
      if (gate === undefined) {
        // It was never opened there: whoever is asked again must find this one still waiting.
        throw new CallbackFailed(`the partition ${partition} has no gate ${id}`);
      }
      if (gate.answer === undefined) return;
      if (!letsPass(gate)) return this.#callbacks.tell(callback, false);
    }
    return this.#callbacks.tell(callback, true);
  }
}
