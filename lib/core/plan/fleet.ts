import { BINS, BLOCKS, EDGE } from "./bins.ts";

/** Classes of "requests so far": 1, 2 to 3, 4 to 7, ... 64 and more. */
export const SIZES = 7;
/** Classes of the gap before the last use; the last one: there was none. */
export const GAPS = 6;
const GAP_ENDS = [300, 3600, 14_400, 43_200];

export function sizeClass(requests: number): number {
  return Math.min(SIZES - 1, Math.floor(Math.log2(Math.max(1, requests))));
}

export function gapClass(gap: number | undefined): number {
  if (gap === undefined) return GAPS - 1;
  const at = GAP_ENDS.findIndex((end) => gap < end);
  return at < 0 ? GAPS - 2 : at;
}

/** Hazard per second before anything is known: this share of one over the age. */
const PRIOR = 0.3;
/** How many observations the prior, and a wider table beneath a narrower one, are worth. */
const PRIOR_WEIGHT = 0.5;
const PARENT_WEIGHT = 8;
/** A table forgets: each observation in a bin takes this share of the bin's past with it. */
const FORGET = 0.9998;
const HOURS_WEIGHT = 30;
const HOURS_FORGET = 0.9999;

/**
 * Sums that must not depend on the order of their parts are kept in multiples of 2^-20: such numbers add
 * up exactly.
 */
export function exactly(value: number): number {
  return Math.round(value * 1_048_576) / 1_048_576;
}

/** -ln(1 - h), the form in which hazards add up and can be scaled. */
export function cumulative(hazard: number): number {
  return -Math.log(1 - Math.min(0.9999, hazard));
}

/**
 * What all prefixes together teach about silence: a life table (how often a silence reached a bin of age,
 * how often a use ended it there) for all, per size class, and per size and gap class, the narrower shrunk
 * towards the wider; and how much livelier than expected each block of the week is.
 */
export class Fleet {
  // What is remembered has the width in which it is stored.
  private readonly entered = new Float32Array((1 + SIZES + SIZES * GAPS) * BINS);
  private readonly returned = new Float32Array(this.entered.length);
  private readonly newEntered = new Float64Array(this.entered.length);
  private readonly newReturned = new Float64Array(this.entered.length);
  private readonly touched: number[] = [];
  private readonly prior = new Float64Array(BINS);
  private readonly rows = new Map<number, Float64Array>();

  private readonly blockUses = new Float32Array(BLOCKS);
  private readonly blockExpected = new Float32Array(BLOCKS);
  private readonly newBlockUses = new Float64Array(BLOCKS);
  private readonly newBlockExpected = new Float64Array(BLOCKS);
  /** ln of (uses / expected uses) per block of the week. */
  readonly blocks = new Float64Array(BLOCKS);

  constructor() {
    for (let bin = 0; bin < BINS; bin++) {
      const from = EDGE[bin] as number;
      const to = EDGE[bin + 1] as number;
      const hazard = 1 - Math.exp((-PRIOR * (to - from)) / Math.max(60, (from + to) / 2));
      this.prior[bin] = Math.min(0.5, hazard);
    }
  }

  /** Cumulative hazard of each bin; without a gap class that of the size class as a whole. */
  row(size: number, gap?: number): Float64Array {
    const table = gap === undefined ? 1 + size : 1 + SIZES + size * GAPS + gap;
    let row = this.rows.get(table);
    if (row === undefined) {
      row = new Float64Array(BINS);
      for (let bin = 0; bin < BINS; bin++) {
        const all = this.shrunk(0, bin, this.prior[bin] as number, PRIOR_WEIGHT);
        row[bin] = cumulative(this.shrunk(table, bin, all, PARENT_WEIGHT));
      }
      this.rows.set(table, row);
    }
    return row;
  }

  private shrunk(table: number, bin: number, parent: number, weight: number): number {
    const at = table * BINS + bin;
    return ((this.returned[at] as number) + weight * parent) / ((this.entered[at] as number) + weight);
  }

  /** `count` silences were in `bin`, and ended there or outlived it. */
  count(size: number, gap: number, bin: number, ended: boolean, count: number): void {
    for (const table of [0, 1 + size, 1 + SIZES + size * GAPS + gap]) {
      const at = table * BINS + bin;
      if (this.newEntered[at] === 0) this.touched.push(at);
      this.newEntered[at] = (this.newEntered[at] as number) + count;
      if (ended) this.newReturned[at] = (this.newReturned[at] as number) + count;
    }
  }

  countBlock(block: number, ended: boolean, expected: number): void {
    this.newBlockUses[block] = (this.newBlockUses[block] as number) + (ended ? 1 : 0);
    this.newBlockExpected[block] = (this.newBlockExpected[block] as number) + exactly(expected);
  }

  commit(): void {
    for (const at of this.touched) {
      const kept = FORGET ** (this.newEntered[at] as number);
      this.entered[at] = (this.entered[at] as number) * kept + (this.newEntered[at] as number);
      this.returned[at] = (this.returned[at] as number) * kept + (this.newReturned[at] as number);
      this.newEntered[at] = 0;
      this.newReturned[at] = 0;
    }
    if (this.touched.length > 0) this.rows.clear();
    this.touched.length = 0;
    for (let block = 0; block < BLOCKS; block++) {
      const uses = this.newBlockUses[block] as number;
      const expected = this.newBlockExpected[block] as number;
      if (uses === 0 && expected === 0) continue;
      const kept = HOURS_FORGET ** (uses + 1);
      this.blockUses[block] = (this.blockUses[block] as number) * kept + uses;
      this.blockExpected[block] = (this.blockExpected[block] as number) * kept + expected;
      this.newBlockUses[block] = 0;
      this.newBlockExpected[block] = 0;
      this.weighBlock(block);
    }
  }

  private weighBlock(block: number): void {
    this.blocks[block] = Math.log(
      ((this.blockUses[block] as number) + HOURS_WEIGHT) /
        ((this.blockExpected[block] as number) + HOURS_WEIGHT),
    );
  }

  /** What is remembered, for the store; between ticks, when nothing is new. */
  tables(): readonly Float32Array[] {
    return [this.entered, this.returned, this.blockUses, this.blockExpected];
  }

  /** `tables` have been filled from the store. */
  restored(): void {
    this.rows.clear();
    for (let block = 0; block < BLOCKS; block++) this.weighBlock(block);
  }
}
