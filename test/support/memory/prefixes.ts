import { StateUnreadable } from "../../../lib/app/errors.ts";
import type { PrefixStore } from "../../../lib/app/ports.ts";
import { NEVER } from "../../../lib/core/due.ts";
import type { PrefixState } from "../../../lib/core/prefix-state.ts";

type Call = "due" | "all" | "some" | "any" | "save";

/** Prefix items in memory, by fingerprint. They are kept as text, so nobody shares an object with the store. */
export class MemoryPrefixes implements PrefixStore {
  readonly #items = new Map<string, { readonly dueAt: number; readonly text: string }>();
  /** Asked at every call: whether the table fails to answer it. */
  unavailable: (call: Call) => boolean = () => false;

  /** Lists every prefix as due that will ever be: a warmer that loops, which only the ledger can stop. */
  loops = false;

  async due(until: number): Promise<PrefixState[]> {
    this.#answer("due");
    return [...this.#items.values()]
      .filter(({ dueAt }) => dueAt <= until || (this.loops && dueAt !== NEVER))
      .sort((a, b) => a.dueAt - b.dueAt)
      .map((item) => JSON.parse(item.text));
  }

  async all(): Promise<PrefixState[]> {
    this.#answer("all");
    return this.states();
  }

  async some(fingerprints: readonly string[]): Promise<PrefixState[]> {
    this.#answer("some");
    return this.states().filter((state) => !state.required && fingerprints.includes(state.fingerprint));
  }

  async any(): Promise<boolean> {
    this.#answer("any");
    return this.#items.size > 0;
  }

  async save(states: readonly PrefixState[]): Promise<void> {
    this.#answer("save");
    for (const state of states) {
      this.#items.set(state.fingerprint, { dueAt: state.dueAt, text: JSON.stringify(state) });
    }
  }

  /** Every item as it stands. */
  states(): PrefixState[] {
    return [...this.#items.values()].map((item) => JSON.parse(item.text));
  }

  /** The item of a prompt's name. @throws Error if there is none */
  named(name: string): PrefixState {
    const state = this.states().find((candidate) => candidate.name === name);
    if (state === undefined) throw new Error(`there is no prefix item of ${name}`);
    return state;
  }

  /** Changes an item from outside. */
  edit(name: string, change: (state: PrefixState) => PrefixState): void {
    const state = change(this.named(name));
    this.#items.set(state.fingerprint, { dueAt: state.dueAt, text: JSON.stringify(state) });
  }

  #answer(call: Call): void {
    if (this.unavailable(call)) throw new StateUnreadable("prefix items: TimeoutError");
  }
}
