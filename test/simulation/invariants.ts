/**
 * What must hold whatever happens: I1 to I8 of the failure study, as they are read here. I8 (one seed, one trace) needs
 * two runs and is compared by who runs them.
 */
export const INVARIANTS = {
  I1: "what the provider bills for a window stays within its limit and allowance",
  I2: "the ledger of a window never falls below the provider's bill",
  I3: "nothing new is sent during a pause, and only an operator ends one",
  I4: "every run ends in exactly one outcome, and a healthy one has considered a prefix",
  I5: "nothing is sent for another color than the pinned live one, the previous one in its time, a gate's candidate",
  I6: "the generation rises with every change of control state, and a resume needs the one that it saw",
  I7: "ten minutes without warmth, and no pause, are heard",
  I8: "one seed gives one trace",
  secrets: "no key and no prompt text reaches a message, a notice or state",
} as const;

export type Invariant = keyof typeof INVARIANTS;

/** That something did not hold, for the first time in a story. */
export interface Violation {
  readonly invariant: Invariant;
  readonly what: string;
  /** ms since the epoch */
  readonly at: number;
}

/** What the audit of money says, by the invariant that it is about. */
const OF_THE_AUDIT: readonly (readonly [RegExp, Invariant])[] = [
  [/^the bill passed/, "I1"],
  [/ledger is below its bill|without a reservation|the (hour|day) went back|8 KB/, "I2"],
  [/^reserved during a pause/, "I3"],
  [/^generation/, "I6"],
];

/** The invariant that a finding of the money audit belongs to. @throws Error for one that is in no list */
export function invariantOf(finding: string): Invariant {
  const found = OF_THE_AUDIT.find(([pattern]) => pattern.test(finding));
  if (found === undefined) throw new Error(`no invariant is about: ${finding}`);
  return found[1];
}
