import { exactly } from "./fleet.ts";

/** What happened so many minutes ago counts half. */
const HALF_LIFE = 240;
/** Uses that were expected, as many as it takes to believe half of what the last hours show. */
const DOUBT = 10;
/** No fleet is taken to be more than e³ times livelier or quieter than it uses to be. */
const LARGEST = 3;

/**
 * How lively the fleet is just now: silences that uses ended in the last hours, against as many as were expected of
 * them. On a holiday, in an outage or on the evening of a launch all prefixes leave their habits together, and what one
 * is seen to do says more of the others than their own weeks.
 */
export class Pulse {
  /** ln of (uses / expected uses). */
  value = 0;
  private uses = 0;
  private expected = 0;
  /** Up to when both are counted. */
  private minute = 0;
  private newUses = 0;
  private newExpected = 0;

  /** A silence was seen for a while in which `expected` uses were predicted, without this pulse. */
  count(expected: number, ended: boolean): void {
    this.newExpected += exactly(expected);
    if (ended) this.newUses++;
  }

  /** End of a tick. Nothing fades while nothing is seen: then a tick changes nothing that would have to be stored. */
  commit(minute: number): void {
    if (this.newUses === 0 && this.newExpected === 0) return;
    const kept = 2 ** (-Math.max(0, minute - this.minute) / HALF_LIFE);
    this.uses = this.uses * kept + this.newUses;
    this.expected = this.expected * kept + this.newExpected;
    this.minute = minute;
    this.newUses = 0;
    this.newExpected = 0;
    this.weigh();
  }

  /** What is remembered, for the store; between ticks. */
  numbers(): number[] {
    return [this.uses, this.expected, this.minute];
  }

  /** Takes its numbers back and returns those that follow them. */
  restore([uses = 0, expected = 0, minute = 0, ...rest]: readonly number[]): number[] {
    this.uses = uses;
    this.expected = expected;
    this.minute = minute;
    this.weigh();
    return rest;
  }

  private weigh(): void {
    const ratio = Math.log((this.uses + DOUBT) / (this.expected + DOUBT));
    this.value = Math.max(-LARGEST, Math.min(LARGEST, ratio));
  }
}
