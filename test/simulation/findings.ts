import type { Broken } from "./conduct.ts";
import type { FaultCode } from "./fault-table.ts";
import type { Violation } from "./invariants.ts";
import type { Planned } from "./story.ts";

/** A fault lasts up to so much longer than planned, and its effect is seen until a moment after. */
const GRACE_MS = 300_000;

/** What a story has come to: which faults took effect, and what did not hold. */
export class Findings {
  readonly took = new Map<FaultCode, number>();
  readonly #violations = new Map<string, Violation>();
  readonly #forceEnds = new Map<string, number>();

  /** A fault took effect. */
  effect(code: FaultCode): void {
    this.took.set(code, (this.took.get(code) ?? 0) + 1);
  }

  begins({ what, lastsMs }: Planned, now: number): void {
    this.#forceEnds.set(what, Math.max(this.#forceEnds.get(what) ?? 0, now + lastsMs + GRACE_MS));
  }

  /** Whether a fault is there, or was until a moment ago: an outcome that fits it is its effect. */
  isInForce(code: FaultCode, now: number): boolean {
    return now <= (this.#forceEnds.get(code) ?? 0);
  }

  /** Something did not hold; only the first time counts. */
  broke({ invariant, what }: Broken, now: number): void {
    const key = `${invariant} ${what}`;
    if (!this.#violations.has(key)) this.#violations.set(key, { invariant, what, at: now });
  }

  get violations(): readonly Violation[] {
    return [...this.#violations.values()];
  }
}
