import type { Ttl } from "../due.ts";
import { BANDS, BINS } from "./bins.ts";
import type { Played, Setting } from "./guard.ts";

/** Where the adaptive policy keeps what among a prefix's 16-bit numbers. */
const sizes = {
  /** How the last use came and went: the class of the gap before it, plus 8 times the class of its turns. */
  context: 1,
  /** The first bin of the present silence that is not yet counted. */
  counted: 1,
  /** The model's own virtual entry: its horizon, plus 256 when it is 1h. */
  virtual: 1,
  /** The model's own advice, before the fleet's guard: 1 for 1h; plus twice the horizon that it gives a 1h entry. */
  advice: 1,
  /** Per bin: how often it was entered, and how often a use ended the silence in it. */
  entered: BINS,
  returned: BINS,
  /** Per band: uses, and how many the fleet would have expected. */
  uses: BANDS,
  expected: BANDS,
  /** In which hours of the last seven days it was used: a byte per hour of the day, a bit per day. */
  week: 12,
} as const;

type Field = keyof typeof sizes;

const offsets = {} as Record<Field, number>;
let size = 0;
for (const field of Object.keys(sizes) as Field[]) {
  offsets[field] = size;
  size += sizes[field];
}

export const AT: Readonly<Record<Field, number>> = offsets;
export const LEARNED_SIZE = size;

/** What is known of a silence when it begins. */
export interface Context {
  /** `gapClass` of the silence before; `undefined` where only the number of requests is to count. */
  readonly gap: number | undefined;
  /** `turnClass` of the use between them. */
  readonly turn: number;
}

export function contextOf(learned: Uint16Array): Context & { readonly gap: number } {
  const code = learned[AT.context] as number;
  return { gap: code & 7, turn: code >> 3 };
}

export function setContext(learned: Uint16Array, { gap, turn }: Context & { readonly gap: number }): void {
  learned[AT.context] = gap + 8 * turn;
}

export function virtualOf(learned: Uint16Array): Setting {
  const code = learned[AT.virtual] as number;
  return { ttl: code >= 256 ? "1h" : "5m", touches: code & 255 };
}

export function setVirtual(learned: Uint16Array, { ttl, touches }: Setting): void {
  learned[AT.virtual] = (ttl === "1h" ? 256 : 0) + touches;
}

export function adviceOf(learned: Uint16Array): Ttl {
  return (learned[AT.advice] as number) & 1 ? "1h" : "5m";
}

export function setAdvice(learned: Uint16Array, advice: Ttl): void {
  learned[AT.advice] = ((learned[AT.advice] as number) & ~1) + (advice === "1h" ? 1 : 0);
}

/** Keep-alives that the model would send for a 1h entry. */
export function setTouchesIn1h(learned: Uint16Array, touches: number): void {
  learned[AT.advice] = 2 * touches + ((learned[AT.advice] as number) & 1);
}

/** What is played on paper sends an entry of this TTL so many keep-alives at most. */
export function shortenPlayed(learned: Uint16Array, ttl: Ttl, touches: number): void {
  const { asAdvised, in1h } = playedOf(learned);
  if (ttl === asAdvised.ttl) setVirtual(learned, { ttl, touches: Math.min(asAdvised.touches, touches) });
  if (ttl === in1h.ttl) setTouchesIn1h(learned, Math.min(in1h.touches, touches));
}

export function playedOf(learned: Uint16Array): Played {
  return {
    asAdvised: virtualOf(learned),
    in1h: { ttl: "1h", touches: (learned[AT.advice] as number) >> 1 },
  };
}
