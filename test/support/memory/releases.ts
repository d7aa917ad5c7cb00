import { CallbackFailed } from "../../../lib/app/errors.ts";
import type { GateCallbacks, GateStore, UsageReader } from "../../../lib/app/ports.ts";
import { type Gate, type GateCallback, parseGate } from "../../../lib/core/release/gate.ts";
import type { UsageRecord } from "../../../lib/core/usage/usage-record.ts";

/** Gates in memory, as text, so that nobody shares an object with the store. */
export class MemoryGates implements GateStore {
  readonly #items = new Map<string, string>();

  async get(id: string): Promise<Gate | undefined> {
    const item = this.#items.get(id);
    const gate = item === undefined ? undefined : parseGate(JSON.parse(item));
    if (typeof gate === "string") throw new Error(`the gate ${id} is damaged: ${gate}`);
    return gate;
  }

  async put(gate: Gate): Promise<void> {
    this.#items.set(gate.id, JSON.stringify(gate));
  }
}

/** The deployments that wait for an answer. */
export class MemoryCallbacks implements GateCallbacks {
  readonly told: { readonly callback: GateCallback; readonly passed: boolean }[] = [];
  /** Whether CodeDeploy refuses or does not answer. */
  fails = false;

  async tell(callback: GateCallback, passed: boolean): Promise<void> {
    if (this.fails) throw new CallbackFailed("CodeDeploy could not be told: AccessDeniedException");
    this.told.push({ callback, passed });
  }
}

/** What the application used, in memory. */
export class MemoryUsage implements UsageReader {
  readonly records: UsageRecord[] = [];

  async between(from: number, to: number): Promise<UsageRecord[]> {
    return this.records.filter(({ minute }) => minute >= from && minute < to);
  }
}
