import { StateUnreadable } from "../../../lib/app/errors.ts";
import type { ControlStore, HeldControl } from "../../../lib/app/ports.ts";
import type { Control } from "../../../lib/core/control.ts";
import { parseControl, toControlItem } from "../../../lib/core/control-item.ts";
import { STATE_SCHEMA } from "../../../lib/core/state-kinds.ts";

/**
 * What can befall a call.
 * - `unavailable`: nothing was read or written, and the caller is told so.
 * - `answer_lost`: written, but no attempt of the client library got an answer.
 * - `refused_retry`: written, the answer lost, and the library's second attempt met the first one's revision.
 */
export type ControlFault = "unavailable" | "answer_lost" | "refused_retry";

/**
 * The control item in memory: compare and set on its revision. It holds text, so no writer shares an object with it;
 * readers of one text share what it was parsed to.
 */
export class MemoryControl implements ControlStore {
  /** The stored item as JSON. A test may damage it. */
  item: string | undefined;
  /** Asked at every call. */
  meets: (call: "read" | "write") => ControlFault | undefined = () => undefined;
  /** Sees every item that is written, in order. */
  written: (control: Control) => void = () => {};
  /** Stores no lease, so that every run takes itself for the only one: the ledger alone must hold then. */
  losesLease = false;
  #edits = 0;
  /** What was stored last: `item` may have been changed since. */
  #stored: { readonly item: string; readonly revision: string } | undefined;
  #parsed: { readonly item: string; readonly held: HeldControl } | undefined;

  async read(): Promise<HeldControl | undefined> {
    if (this.meets("read") !== undefined) throw unavailable("reading");
    return this.#held();
  }

  async write(control: Control, expected: string | undefined, revision: string): Promise<boolean> {
    const fault = this.meets("write");
    if (fault === "unavailable") throw unavailable("writing");
    if (this.#revision() !== expected) return false;
    this.#store(control, revision);
    this.written(control);
    if (fault === "answer_lost") throw unavailable("writing");
    return fault !== "refused_retry";
  }

  /** Sets the fault of the next call of a kind. */
  failNext(call: "read" | "write", fault: ControlFault): void {
    const otherwise = this.meets;
    this.meets = (kind) => {
      if (kind !== call) return otherwise(kind);
      this.meets = otherwise;
      return fault;
    };
  }

  /** The item as it stands. @throws Error before `init` */
  get control(): Control {
    const held = this.#held();
    if (held === undefined) throw new Error("there is no control item");
    return held.control;
  }

  /** Changes the item from outside, as another run or an operator would. */
  edit(change: (control: Control) => Control): void {
    this.#edits += 1;
    this.#store(change(this.control), `edit ${this.#edits}`);
  }

  #store({ lease, ...rest }: Control, revision: string): void {
    const control = lease === undefined || this.losesLease ? rest : { ...rest, lease };
    this.item = JSON.stringify({ schema: STATE_SCHEMA, revision, control: toControlItem(control) });
    this.#stored = { item: this.item, revision };
  }

  #revision(): string | undefined {
    if (this.item === undefined) return undefined;
    return this.#stored?.item === this.item ? this.#stored.revision : JSON.parse(this.item).revision;
  }

  #held(): HeldControl | undefined {
    if (this.item === undefined) return undefined;
    if (this.#parsed?.item !== this.item) this.#parsed = { item: this.item, held: parsed(this.item) };
    return this.#parsed.held;
  }
}

/** @throws StateUnreadable for an item that is newer, or damaged */
function parsed(item: string): HeldControl {
  const { schema, revision, control: stored } = JSON.parse(item);
  if (schema > STATE_SCHEMA) throw new StateUnreadable(`the control item has schema ${schema}`);
  const control = parseControl(stored);
  if (typeof control === "string") throw new StateUnreadable(`the control item is damaged: ${control}`);
  return { control, revision };
}

function unavailable(what: string): StateUnreadable {
  return new StateUnreadable(`${what} the control item: TimeoutError`);
}
