import type { Control } from "../core/control.ts";
import { StateUnreadable } from "./errors.ts";
import type { ControlStore, HeldControl } from "./ports.ts";

const MAX_ATTEMPTS = 12;

/**
 * One run's hold on the control item. Every change is a pure function of the item, written on condition
 * that nobody else wrote in between; on a conflict the function is asked again with the newer item.
 */
export class ControlSession {
  readonly #store: ControlStore;
  readonly #runId: string;
  #held: HeldControl;
  #writes = 0;

  constructor(store: ControlStore, runId: string, held: HeldControl) {
    this.#store = store;
    this.#runId = runId;
    this.#held = held;
  }

  /** The item as this run last saw it. */
  get control(): Control {
    return this.#held.control;
  }

  /**
   * Applies `change` and stores the result. Returning the same item means that nothing is to be written.
   *
   * A write whose answer was lost is recognised by its revision and not applied twice: a reservation that
   * was retried on the way counts once.
   *
   * @throws StateUnreadable if the item cannot be read or written, or is replaced by others again and again
   */
  async change(change: (control: Control) => Control): Promise<Control> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const next = change(this.#held.control);
      if (next === this.#held.control) return next;
      const revision = `${this.#runId}.${++this.#writes}`;
      if (await this.#store.write(next, this.#held.revision, revision)) {
        this.#held = { control: next, revision };
        return next;
      }
      const fresh = await this.#store.read();
      if (fresh === undefined) throw new StateUnreadable("the control item disappeared during a run");
      this.#held = fresh;
      if (fresh.revision === revision) return next;
    }
    throw new StateUnreadable(`the control item was replaced by others ${MAX_ATTEMPTS} times in a row`);
  }
}
