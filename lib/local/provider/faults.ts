import { createHash } from "node:crypto";
import { shown } from "../../core/received.ts";
import type { Refusal } from "./refusals.ts";
import type { Endpoint } from "./request.ts";

/** A fault that is not an error answer. */
export type Disturbance =
  /** The answer comes an hour late: the client's own timer ends the call. Processed and billed. */
  | { readonly kind: "timeout" }
  /** The connection ends without an answer. Processed and billed. */
  | { readonly kind: "dropped_connection" }
  /** A good answer without its `usage`. Processed and billed. */
  | { readonly kind: "missing_usage" }
  /** Every 1h breakpoint is written, kept and billed as 5m. */
  | { readonly kind: "ttl_downgraded" }
  /** Status 200 and a body that is no JSON: a page of some proxy, or an answer cut short. Processed and billed. */
  | { readonly kind: "not_json"; readonly as?: "html_page" | "cut_short" };

/** Which requests a fault meets; what is not given does not restrict. */
export interface FaultScope {
  /** Virtual time: `from <= start < until`, in ms since the epoch; and at most the first `times` requests to arrive. */
  readonly when?: { readonly from?: number; readonly until?: number; readonly times?: number };
  readonly endpoint?: Endpoint;
  readonly model?: string;
  readonly caller?: string;
  readonly workspace?: string;
  readonly fingerprint?: string;
  /** Share of the requests that are met, 0 to 1, chosen by a hash of seed, fault, fingerprint and instant. */
  readonly probability?: number;
}

export type RequestFault = (Refusal | Disturbance) & FaultScope;

/** Drops every cache entry at an instant. */
export interface Eviction {
  readonly kind: "evict";
  /** ms since the epoch */
  readonly at: number;
  /** @default - the entries of all workspaces */
  readonly workspace?: string;
}

export type Fault = RequestFault | Eviction;

export type FaultKind = RequestFault["kind"];

/** What a fault can tell requests apart by. */
export interface FaultTarget {
  readonly at: number;
  readonly endpoint: Endpoint;
  readonly model: string;
  readonly caller: string;
  readonly workspace: string;
  readonly fingerprint: string;
}

/** Only a message has a usage and writes a cache. */
const MESSAGES_ONLY = new Set<FaultKind>(["missing_usage", "ttl_downgraded"]);

/** The faults that are set to happen. */
export class Faults {
  readonly #seed: string;
  readonly #evict: (at: number, workspace?: string) => void;
  readonly #active: { readonly fault: RequestFault; met: number }[] = [];

  constructor(seed: string, evict: (at: number, workspace?: string) => void) {
    this.#seed = seed;
    this.#evict = evict;
  }

  /**
   * Sets a fault. Of several that meet a request, the one set first happens and the others do not count it.
   *
   * @returns lifts the fault again; an eviction cannot be lifted
   * @throws RangeError for a probability outside 0 to 1, or `times` below 1
   */
  add(fault: Fault): () => void {
    if (fault.kind === "evict") {
      this.#evict(fault.at, fault.workspace);
      return () => {};
    }
    const { probability = 1, when: { times = 1 } = {} } = fault;
    if (!(probability >= 0 && probability <= 1)) {
      throw new RangeError(
        `probability of fault ${fault.kind} must be from 0 to 1, got ${shown(probability)}`,
      );
    }
    if (!Number.isInteger(times) || times < 1) {
      throw new RangeError(
        `when.times of fault ${fault.kind} must be an integer of at least 1, got ${shown(times)}`,
      );
    }
    const active = { fault, met: 0 };
    this.#active.push(active);
    return () => {
      const index = this.#active.indexOf(active);
      if (index !== -1) this.#active.splice(index, 1);
    };
  }

  /** Lifts every fault. */
  clear(): void {
    this.#active.length = 0;
  }

  /** The fault that meets this request, counted as one of its `times`. */
  meet(target: FaultTarget): RequestFault | undefined {
    const active = this.#active.find(
      ({ fault, met }) => met < (fault.when?.times ?? Infinity) && this.#meets(fault, target),
    );
    if (active !== undefined) active.met += 1;
    return active?.fault;
  }

  #meets(fault: RequestFault, target: FaultTarget): boolean {
    const { when: { from = -Infinity, until = Infinity } = {}, probability = 1 } = fault;
    if (target.at < from || target.at >= until) return false;
    if (MESSAGES_ONLY.has(fault.kind) && target.endpoint !== "messages") return false;
    const fields = ["endpoint", "model", "caller", "workspace", "fingerprint"] as const;
    if (fields.some((field) => fault[field] !== undefined && fault[field] !== target[field])) return false;
    return unitHash(this.#seed, fault.kind, target.fingerprint, target.at) < probability;
  }
}

/** A number from 0 up to, but not including, 1 that depends on the arguments alone. */
export function unitHash(...parts: readonly (string | number)[]): number {
  return createHash("sha256").update(JSON.stringify(parts)).digest().readUIntBE(0, 6) / 2 ** 48;
}
