import type { Ttl } from "../due.ts";

/** So many 1h writes must have been granted as 5m, and nine of ten, before advice is taken to be in vain. */
const REFUSALS = 8;
const REFUSED_SHARE = 0.9;
const FORGET = 0.99;

/** Whether 1h is granted where it is advised: some applications cannot ask for it, some providers downgrade it. */
export class Grants {
  inVain = false;
  private refused = 0;
  private taken = 0;
  private newRefused = 0;
  private newTaken = 0;

  count(advised: Ttl, granted: Ttl): void {
    if (granted === "1h") this.newTaken++;
    else if (advised === "1h") this.newRefused++;
  }

  /** End of a tick. Returns whether `inVain` has changed. */
  commit(): boolean {
    const seen = this.newRefused + this.newTaken;
    if (seen === 0) return false;
    const kept = FORGET ** seen;
    this.refused = this.refused * kept + this.newRefused;
    this.taken = this.taken * kept + this.newTaken;
    this.newRefused = 0;
    this.newTaken = 0;
    const before = this.inVain;
    this.inVain = this.refused >= REFUSALS && this.refused >= REFUSED_SHARE * (this.refused + this.taken);
    return this.inVain !== before;
  }

  /** What is remembered, for the store; between ticks. */
  numbers(): number[] {
    return [this.refused, this.taken, this.inVain ? 1 : 0];
  }

  /** Takes its numbers back and returns those that follow them. */
  restore([refused = 0, taken = 0, inVain = 0, ...rest]: readonly number[]): number[] {
    this.refused = refused;
    this.taken = taken;
    this.inVain = inVain === 1;
    return rest;
  }
}
